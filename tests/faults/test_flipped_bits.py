"""Bits that flip in a snapshot are not served: not when it is taken up, not while it is served."""

from pathlib import Path

import pytest

from tests.serving.asgi import Caller
from tests.serving.tiny import write_home, write_tiny_snapshot


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-7] ^= 64
    with path.open("r+b") as file:
        file.write(content)


def ask(worker, call, **body):
    return Caller(worker.application).post(f"/v1/{call}", json=body)


@pytest.mark.parametrize("name", ["features", "keys", "allowed", "hours", "recommend/personal"])
def test_a_damaged_snapshot_is_not_taken_up(tmp_path, worker_of, name):
    own = write_home(tmp_path)
    worker = worker_of(own)
    served = worker.watcher.live.snapshot.name
    newer = write_tiny_snapshot(own, "newer")
    flip(newer / f"{name}.npy")
    worker.watcher.look()
    assert worker.watcher.live.snapshot.name == served
    assert "its bits have changed on the disk" in worker.watcher.why


def test_what_is_served_is_looked_at_and_damage_ends_it(tmp_path, worker_of):
    own = write_home(tmp_path)
    worker = worker_of(own, watch_seconds=60)
    for _ in range(60):
        worker.watcher.look_at_blocks()
    assert ask(worker, "churn", customer_ids=["C-1"]).status_code == 200
    flip(next(own.glob("snapshots/*/*/features.npy")))
    for _ in range(60):
        worker.watcher.look_at_blocks()
    answer = ask(worker, "churn", customer_ids=["C-1"])
    assert answer.status_code == 503 and "retry-after" in answer.headers
    told = Caller(worker.application).get("/readyz")
    assert told.status_code == 503 and "run `perennial score`" in told.json()["why"]
    write_tiny_snapshot(own, "mended")
    worker.watcher.look()
    assert ask(worker, "churn", customer_ids=["C-1"]).status_code == 200


def test_an_erasure_is_never_taken_for_damage(tmp_path, worker_of):
    own = write_home(tmp_path)
    worker = worker_of(own, watch_seconds=60)
    for i in range(12):
        assert ask(worker, "erase", customer_id=f"C-{i * 30}").status_code == 200
        for _ in range(30):
            worker.watcher.look_at_blocks()
    assert ask(worker, "churn", customer_ids=["C-1"]).status_code == 200
    assert worker_of(own).watcher.live is not None
