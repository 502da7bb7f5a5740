"""Damaged releases, snapshots and state files: refused with a sentence, before any parser; the old ones answer."""

import os
import pickle
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scoring.errors import ServingError
from serving.state.database import State
from tests.serving.asgi import Caller
from tests.serving.tiny import SHOP, point_to_release, write_home, write_release, write_tiny_snapshot

DAMAGES = 1_000 if os.environ.get("PERENNIAL_BATTERY") == "full" else 100
MARK = "/tmp/perennial-pickle-ran"


class Bomb:
    """What leaves a file behind wherever it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {MARK}",)


def cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def flip(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def digit(content: bytes, chance: random.Random) -> bytes:
    places = [at for at, one in enumerate(content) if chr(one).isdigit()] or [0]
    at = chance.choice(places)
    return content[:at] + str((content[at] - 47) % 10).encode() + content[at + 1 :]


def longer(content: bytes, chance: random.Random) -> bytes:
    return content + content[: 1 + chance.randrange(100)]


def booby_trapped(content: bytes, chance: random.Random) -> bytes:
    return pickle.dumps(Bomb())


KINDS = (cut, flip, digit, longer, booby_trapped)


def told(worker: object) -> object:
    """What the worker answers about some customers, without what differs from call to call."""
    caller = Caller(worker.application)  # type: ignore[attr-defined]
    asked = {"customer_ids": [f"C-{i}" for i in range(0, 60, 7)]}
    answers = [caller.post(f"/v1/{call}", json=asked) for call in ("churn", "next_purchase")]
    assert [one.status_code for one in answers] == [200, 200]
    return [one.json()["results"] for one in answers]


@pytest.mark.parametrize("what", ["release", "snapshot"])
def test_what_is_damaged_is_refused_and_the_old_goes_on(tmp_path: Path, worker_of, what: str) -> None:
    Path(MARK).unlink(missing_ok=True)
    own = write_home(tmp_path)
    worker = worker_of(own, watch_seconds=60)
    before, served = told(worker), (worker.watcher.live.release.release_id, worker.watcher.live.snapshot.name)
    root = own / f"{what}s" / SHOP
    good = write_release(own, "r2") if what == "release" else write_tiny_snapshot(own, "newer")
    pointer = root / "current.json"
    pointed, kept = pointer.read_bytes(), tmp_path / "kept"
    shutil.copytree(good, kept)
    files = sorted(path.relative_to(kept) for path in kept.rglob("*") if path.is_file() and path.stat().st_size)
    chance = random.Random(7)
    for n in range(DAMAGES // 2):
        name, kind = files[n % len(files)], KINDS[n // len(files) % len(KINDS)]
        shutil.rmtree(good)
        shutil.copytree(kept, good)
        content = (kept / name).read_bytes()
        (good / name).write_bytes(kind(content, chance))
        pointer.write_bytes(pointed + b" " * (n + 1))  # the same, and yet to be looked at
        worker.watcher.look()
        live = worker.watcher.live
        assert (live.release.release_id, live.snapshot.name) == served, (name, kind.__name__)
        assert worker.watcher.why, (name, kind.__name__)
    assert told(worker) == before
    assert not Path(MARK).exists()
    shutil.rmtree(good)
    shutil.copytree(kept, good)
    pointer.write_bytes(pointed)
    worker.watcher.look()
    assert (worker.watcher.live.release.release_id, worker.watcher.live.snapshot.name) != served


def test_a_damaged_pointer_changes_nothing(tmp_path: Path, worker_of) -> None:
    own = write_home(tmp_path)
    worker = worker_of(own, watch_seconds=60)
    served, chance = worker.watcher.live.release.release_id, random.Random(8)
    write_release(own, "r2", point=False)
    for kind in KINDS:
        point_to_release(own, "r2")
        pointer = own / "releases" / SHOP / "current.json"
        content = pointer.read_bytes()
        pointer.write_bytes(kind(content, chance))
        worker.watcher.look()
        assert worker.watcher.live.release.release_id == served and worker.watcher.why, kind.__name__


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"not a database" * 100, pickle.dumps(Bomb())])
def test_a_state_file_that_is_no_database_is_told_and_kept(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "state"
    State(folder).close()
    path = folder / "state.db"
    for beside in folder.glob("state.db-*"):
        beside.unlink()
    path.write_bytes(content)
    if content == b"":  # a new database is an empty file
        State(folder).close()
        return
    with pytest.raises(ServingError, match="cannot be opened"):
        State(folder)
    assert path.read_bytes() == content
