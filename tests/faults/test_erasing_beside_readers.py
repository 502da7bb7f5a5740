"""An erasure asked for while somebody reads a shop's tables waits for them, and what they wrote is cleaned up too."""

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import perennial as pn
from features.engine import DuckDB
from features.errors import PerennialError
from features.identity.resolve import unmerge, unmerged
from operations import home as places
from perennial import opening
from perennial.models import fitting
from perennial.opening import opened_shop
from serving.state.database import State
from serving.state.erasure import erased_hashes, erasure_of, settle, suppress
from serving.state.files_lock import FilesBusyError, changing_files, reading_files, without_readers
from serving.state.overlay import id_hash
from tests.faults.test_erasing_beside_the_night import holders
from tests.perennial.conftest import Perennial, home, orders, perennial  # noqa: F401

WHO = "C1"
TABLE = "all-2025-10-25.parquet"
PAUSED = """
import sys
from perennial.shops import catalogue
build_to = catalogue.build_to
def paused(*arguments, **named):
    build_to(*arguments, **named)
    print("written", flush=True)
    sys.stdin.readline()
    build_to(*arguments, **named)
catalogue.build_to = paused
sys.argv = ["perennial", "features", "--shop", sys.argv[1]]
from perennial.cli import main
main()
"""


@pytest.fixture
def shop(home: Path) -> Path:  # noqa: F811
    folder = home / "corner-shop"
    folder.mkdir()
    pq.write_table(orders(30), folder / "orders.parquet")
    return folder


def asked_to_erase(folder: Path) -> State:
    state = State(places.state_of(folder))
    suppress(state, [WHO], "r1")
    return state


def of(folder: Path) -> Callable[[str], Path]:
    return lambda kind: Path(places.home_folder()) / kind / places.key_of(folder)


@pytest.fixture
def reader(shop: Path):
    """A process of `perennial features` that has read everything, written once and is about to write again."""
    child = subprocess.Popen(
        [sys.executable, "-c", PAUSED, str(shop)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert any(line == "written\n" for line in child.stdout)
        yield child
    finally:
        child.kill()
        child.communicate()


def test_a_table_written_beside_an_erasure_brings_nobody_back(shop: Path, reader) -> None:
    state = asked_to_erase(shop)
    assert not settle(state, of(shop)) and not erasure_of(state, "r1").done
    assert TABLE in holders(WHO)
    reader.communicate("\n", timeout=60)
    assert reader.returncode == 0
    assert erasure_of(state, "r1").done  # by the reader's process itself, when it had ended its work
    assert holders(WHO) == [] and TABLE in holders("C2")
    state.close()


def test_a_killed_reader_keeps_no_erasure_waiting(shop: Path, reader) -> None:
    state = asked_to_erase(shop)
    assert not settle(state, of(shop))
    reader.kill()
    reader.communicate()
    assert settle(state, of(shop)) and holders(WHO) == []
    state.close()


def stopped(*_: object, **__: object) -> None:
    raise PerennialError("far enough")


VERBS = {
    "check": ["check"],
    "features": ["features"],
    "explain": ["features", "--explain", "spend_90d", "--customer", "C2"],
    "train": ["train", "churn"],
}


@pytest.mark.parametrize("verb", VERBS)
def test_no_erasure_comes_between_what_a_verb_reads(
    shop: Path,
    perennial: Perennial,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
) -> None:
    state, tried = erased_at_first_read(shop, monkeypatch)
    monkeypatch.setattr(fitting, "fit_prepared", stopped)  # the tables are built by then
    command, *more = VERBS[verb]
    ended = perennial(command, "--shop", shop, *more)
    assert ended.code == (2 if verb == "train" else 0), ended.err
    assert len(tried) > 1 and not any(tried)
    assert erasure_of(state, "r1").done and holders(WHO) == []
    state.close()


CALLS = {
    "features": lambda opened: pn.features(opened, names=["spend_90d"]),
    "dataset": lambda opened: pn.dataset(opened, horizon="28d", active_within="91d"),
}


@pytest.mark.parametrize("call", CALLS)
def test_no_erasure_comes_between_what_python_reads(
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
) -> None:
    opened = pn.open_shop(shop)
    state, tried = erased_at_first_read(shop, monkeypatch)
    CALLS[call](opened)
    assert len(tried) > 1 and not any(tried)
    assert erasure_of(state, "r1").done and holders(WHO) == []
    state.close()


def erased_at_first_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[State, list[bool]]:
    """Ask for an erasure when the first table is read, and try to do it at every read from then on."""
    opened_shop(folder)
    state, tried, read = State(places.state_of(folder)), [], DuckDB.read

    def tried_before(engine: DuckDB, path: Path):
        if not tried:
            suppress(state, [WHO], "r1")
        tried.append(settle(state, of(folder)))
        return read(engine, path)

    monkeypatch.setattr(DuckDB, "read", tried_before)
    return state, tried


def test_python_opens_a_shop_as_the_command_line_does(shop: Path) -> None:
    """Who is erased while the import waits for the files does not come back with it."""
    state = State(places.state_of(shop))
    with changing_files(places.state_of(shop), "perennial score"):
        waiting = threading.Thread(target=lambda: found.append(pn.open_shop(shop)))
        found: list[pn.Shop] = []
        waiting.start()
        waiting.join(0.5)
        assert not found  # an import waits for the night
        suppress(state, [WHO], "r1")
    waiting.join(30)
    assert found[0].reconciliation[0].erased > 0
    assert id_hash(WHO) in erased_hashes(places.state_of(shop))
    state.close()


def test_readers_read_together_and_an_erasure_alone(tmp_path: Path) -> None:
    with reading_files(tmp_path), reading_files(tmp_path):
        refused(without_readers(tmp_path), "reading this shop's files")
    with without_readers(tmp_path):
        refused(reading_files(tmp_path), "Run the command again")
    with without_readers(tmp_path):
        pass


def refused(lock: AbstractContextManager[None], why: str) -> None:
    with pytest.raises(FilesBusyError, match=why), lock:
        pass


def test_links_cut_by_hand_name_nobody_who_was_erased(shop: Path) -> None:
    opened = opened_shop(shop)
    for who in ("C1", "C2"):
        unmerge(opened, who, "email", "a", by="Ada", why="two sisters")
    state = asked_to_erase(shop)
    assert settle(state, of(shop))
    assert [cut["customer_id"] for cut in unmerged(opened)] == ["C2"]
    state.close()


def test_only_the_night_opens_a_shop_without_keeping_erasures_waiting() -> None:
    """Who reads tables more than once or writes what is made of them uses `reading_shop`; the night has the files."""
    nights = {"opening.py", "batch.py", "deciding.py", "in_parts.py", "night_steps.py"}
    users = {path.name for path in Path(opening.__file__).parent.rglob("*.py") if "opened_shop(" in path.read_text()}
    assert users == nights
