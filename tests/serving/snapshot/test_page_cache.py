"""Files are held in memory by a process of its own, which follows what becomes of them."""

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.snapshot.page_cache import PageKeeper, fitting

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads what is mapped from /proc")
SIZE = 200_000


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / name for name in ("features.npy", "orders.parquet", "lines.parquet")]
    for path in made:
        path.write_bytes(b"x" * SIZE)
    return made


def _mapped(keeper: PageKeeper) -> dict[str, int]:
    """Kilobytes in memory by the name of each mapped file of the keeper's process."""
    assert keeper._process is not None
    told = Path(f"/proc/{keeper._process.pid}/smaps").read_text()
    parts = re.findall(r"^\S+ \S+ \S+ \S+ \d+ +(/.*)\n(?:.*\n)*?Rss: +(\d+) kB", told, re.MULTILINE)
    return {Path(name).name: int(size) for name, size in parts}


def _soon(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until and not true():
        time.sleep(0.05)
    return true()


def test_files_are_taken_in_order_while_they_fit(files: list[Path], tmp_path: Path) -> None:
    (empty := tmp_path / "empty.npy").touch()
    assert fitting([empty, *files], 2 * SIZE) == (files[:2], files[2:])
    assert fitting(files, 0) == ([], files)


def test_every_page_is_held_until_the_keeper_lets_go(files: list[Path]) -> None:
    keeper = PageKeeper(1)
    keeper.keep(files)
    assert _soon(lambda: all(_mapped(keeper).get(path.name, 0) * 1024 >= SIZE for path in files))
    process = keeper._process
    keeper.keep(files[:1])
    assert process is not None and process.returncode is not None
    assert _soon(lambda: files[0].name in _mapped(keeper)) and files[1].name not in _mapped(keeper)
    keeper.close()
    assert keeper._process is None


def test_what_was_put_in_another_files_place_is_held_and_the_old_let_go(files: list[Path]) -> None:
    keeper = PageKeeper(1)
    keeper.keep(files[1:2])
    assert _soon(lambda: files[1].name in _mapped(keeper))
    (part := files[1].with_suffix(".part")).write_bytes(b"y" * (SIZE // 2))
    part.replace(files[1])
    name = files[1].name
    assert _soon(lambda: f"{name} (deleted)" not in _mapped(keeper) and _mapped(keeper).get(name, 0) * 1024 < SIZE)
    keeper.close()


def test_it_ends_with_the_process_that_made_it(files: list[Path]) -> None:
    keeper = PageKeeper(1)
    keeper.keep(files)
    process = keeper._process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0


def test_one_that_was_killed_is_started_again_and_later_and_later(files: list[Path], caplog) -> None:  # type: ignore[no-untyped-def]
    keeper = PageKeeper(1)
    keeper.keep(files)
    assert not keeper.look_after()
    for started_again in (True, False):
        process = keeper._process
        assert process is not None
        process.kill()
        process.wait(10)
        with caplog.at_level("WARNING", logger="perennial"):
            assert keeper.look_after() is started_again
    assert caplog.text.count("page_keeper_ended") == 1
    keeper.close()
    assert not keeper.look_after()
