"""An erasure asked for while a night or an import is under way leaves nothing of the person when those end."""

import threading
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.shop import Shop
from operations import home as places
from operations.night import nightly
from perennial import opening
from perennial.opening import opened_shop
from scoring.errors import ServingError
from serving.snapshot.snapshot import open_snapshot
from serving.state.database import State
from serving.state.erasure import erasure_of, settle, suppress
from serving.state.files_lock import IMPORT, NIGHT, changing_files
from serving.state.overlay import id_hash
from tests.perennial.conftest import home, perennial, shop, three  # noqa: F401
from tests.perennial.corner_shop import CUTOFF, rule_model


def run(shop: Shop, progress=lambda *_: None) -> nightly.Night:  # noqa: F811
    out = places.scores(shop, CUTOFF)
    return nightly.run(shop, CUTOFF, {"churn": rule_model()}, out, serve=True, progress=progress)


def holders(who: str) -> list[str]:
    """Files under home that still name a customer."""
    found = []
    for path in Path(places.home_folder()).rglob("*"):
        if path.suffix == ".parquet" and "customer_id" in pq.read_schema(path).names:
            ids = pq.read_table(path)["customer_id"].to_pylist()
        elif path.suffix == ".csv":
            ids = [line.split(",")[0].strip('"') for line in path.read_text().splitlines()]
        elif path.stem in ("ids", "keys"):
            ids = [one.decode() for one in np.load(path).tolist()]
        else:
            continue
        found += [path.name] if who in ids else []
    return found


@pytest.mark.parametrize("stage", ["writing scores", "gathering products to recommend"])
def test_who_is_erased_during_the_night_is_in_none_of_its_files(three: Shop, stage: str) -> None:  # noqa: F811
    state = State(places.state(three))

    def meanwhile(told: str, *_: int) -> None:
        if told == stage:
            suppress(state, ["a"], "r1")
            assert not settle(state, places.places(three))  # the night has the files

    night = run(three, meanwhile)
    assert erasure_of(state, "r1").done
    assert holders("a") == [] and holders("b")
    assert open_snapshot(places.snapshots(three)).name == night.snapshot.name
    state.close()


def test_a_second_night_is_told_that_one_is_under_way(three: Shop) -> None:  # noqa: F811
    with (
        changing_files(places.state(three), NIGHT),
        pytest.raises(ServingError, match="perennial score is already running since"),
    ):
        run(three)
    assert run(three).snapshot is not None


def test_a_rerun_under_the_same_key_never_takes_the_served_snapshot_away(three: Shop) -> None:  # noqa: F811
    first = run(three).snapshot
    served = open_snapshot(places.snapshots(three))
    again = run(three).snapshot
    assert first != again and first.is_dir()
    assert served.find("b") >= 0 and open_snapshot(places.snapshots(three)).name == again.name
    for _ in range(4):
        run(three)
    kept = [path for path in places.snapshots(three).iterdir() if path.is_dir()]
    assert len(kept) <= nightly.KEPT + 1


def test_who_is_erased_while_an_import_waits_does_not_come_back(shop: Path, monkeypatch) -> None:  # noqa: F811
    folder = places.state_of(shop)
    state = State(folder)

    def erased_just_before(where, what, *, seconds=0.0):
        assert what == IMPORT
        if not state.read("SELECT 1 FROM erasures"):
            suppress(state, ["C1"], "r1")
            assert settle(state, lambda kind: Path(places.home_folder()) / kind / places.key_of(shop))
        return changing_files(where, what, seconds=seconds)

    monkeypatch.setattr(opening, "changing_files", erased_just_before)
    opened = opened_shop(shop)
    assert "C1" not in pq.read_table(opened.path("orders"))["customer_id"].to_pylist()
    assert holders("C1") == ["orders.parquet"] or holders("C1") == []  # the export itself lies outside
    assert id_hash("C1") in {row[0] for row in state.read("SELECT id_hash FROM erasures")}
    state.close()


def test_an_import_waits_for_an_erasure(shop: Path) -> None:  # noqa: F811
    begun, ended = threading.Event(), []

    def hold() -> None:
        with changing_files(places.state_of(shop), "An erasure"):
            begun.set()
            threading.Event().wait(0.5)
            ended.append(True)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(5)
    opened_shop(shop)
    assert ended
    thread.join()
