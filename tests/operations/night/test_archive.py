"""Old events and decisions leave the database for files, count as before, and are erased there too."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.errors import ShopError
from features.ingest.source.config import read_config
from features.shop import Shop
from operations import home
from operations.night import archive
from operations.night.archive import move_old, with_archived
from serving.state.database import State
from serving.state.erasure import erase
from serving.state.received import read_written
from tests.operations.night.test_merge_events import night, order, silence
from tests.perennial.corner_shop import CUTOFF, ago


@pytest.fixture
def kept(three: Shop) -> Shop:
    """A shop whose service holds events for 60 days and decisions for 40."""
    return replace(three, settings=replace(three.settings, keep_events_days=60, keep_decisions_days=40))


@pytest.fixture
def state(kept: Shop) -> Iterator[State]:
    made = State(home.state(kept))
    made.add_events([order(f"n{days}", "b", days, known=ago(days)) for days in (90, 61, 59, 2)])
    made.add_decisions([decision(days) for days in (41, 39)])
    yield made
    made.close()


def decision(days: int) -> tuple[str, str, str]:
    row = {"action": "leave_alone", "cutoff": ago(days).isoformat()}
    return "b", f"{ago(days).isoformat()}.000+02:00", json.dumps(row)


def in_database(state: State) -> tuple[int, int]:
    ((events,),), ((decisions,),) = (state.read(f"SELECT count(*) FROM {table}") for table in ("events", "decisions"))
    return events, decisions


def in_files(shop: Shop, table: str) -> list[int]:
    files = sorted(home.archive(shop).glob(f"{table}-*.parquet"))
    return [number for path in files for number in pq.read_table(path)["seq"].to_pylist()]


def test_the_night_moves_what_is_old_and_counts_it_as_before(kept: Shop, state: State) -> None:
    first = night(kept)
    assert in_database(state) == (2, 1)
    assert (in_files(kept, "events"), in_files(kept, "decisions")) == ([1, 2], [1])
    again = night(kept)
    for snapshot in (first, again):
        assert snapshot.history is not None
        ids = pq.read_table(snapshot.history / "orders.parquet")["order_id"].to_pylist()
        assert sorted(ids) == ["0", "1", "2", "3", "n2", "n59", "n61", "n90"]
    assert silence(again, "b") == 2 and in_files(kept, "events") == [1, 2]
    assert again.events_until == first.events_until == 4


def test_when_every_event_is_archived_the_night_still_knows_them(kept: Shop, state: State) -> None:
    later = CUTOFF + timedelta(days=70)
    night(kept)
    snapshot = night(kept, later)
    assert in_database(state)[0] == 0 and snapshot.history is not None
    assert silence(night(kept, later), "b") == 72


def test_an_event_that_is_delivered_again_after_it_was_archived_counts_once(kept: Shop, state: State) -> None:
    night(kept)
    state.add_events([order("n90", "b", 90)])
    history = night(kept).history
    assert history is not None
    assert pq.read_table(history / "orders.parquet")["order_id"].to_pylist().count("n90") == 1


def amounts(shop: Shop, moment: datetime = CUTOFF) -> list[float]:
    """What the night knows of the order n90."""
    history = night(shop, moment).history
    assert history is not None
    rows = pq.read_table(history / "orders.parquet", filters=[("order_id", "=", "n90")])
    return [float(amount) for amount in rows["amount"].to_pylist()]


def test_another_version_of_what_was_archived_is_a_correction(kept: Shop, state: State) -> None:
    assert amounts(kept) == [10.0] and in_files(kept, "events") == [1, 2]
    assert state.add_events([order("n90", "b", 90)]) == ["duplicate"]
    assert state.add_events([order("n90", "b", 90, amount="77.00")]) == ["corrected"]
    assert state.add_events([order("n90", "b", 90, amount="77.0")]) == ["duplicate"]
    assert amounts(kept) == [77.0]
    assert state.add_events([order("n90", "b", 90, amount="55.00")]) == ["corrected"]
    assert amounts(kept) == [55.0]
    later = CUTOFF + timedelta(days=70)
    assert amounts(kept, later) == amounts(kept, later) == [55.0] and in_database(state)[0] == 0
    assert state.add_events([order("n90", "b", 90, amount="44.00")]) == ["corrected"]
    assert amounts(kept, later) == [44.0]


def test_an_erasure_leaves_no_trace_of_what_was_archived(kept: Shop, state: State) -> None:
    night(kept)
    assert state.read("SELECT count(*) FROM archived_events") == [(2,)]
    erase(state, home.places(kept), ["b"], "r1")
    assert state.read("SELECT count(*) FROM archived_events") == [(0,)]


def test_what_no_night_took_in_stays(kept: Shop, state: State) -> None:
    assert move_old(kept, state, CUTOFF, events_until=1, looked_back=30) == {"events": 1, "decisions": 1}
    assert in_database(state)[0] == 3


def test_one_that_was_killed_between_file_and_database_leaves_no_row_twice(
    kept: Shop, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(archive, "_remove", killed)
        move_old(kept, state, CUTOFF, events_until=4, looked_back=30)
    assert in_database(state)[0] == 4 and in_files(kept, "events") == [1, 2]
    move_old(kept, state, CUTOFF, events_until=4, looked_back=30)
    assert in_database(state)[0] == 2 and in_files(kept, "events") == [1, 2]


def test_an_erasure_reaches_what_was_archived(kept: Shop, state: State) -> None:
    night(kept)
    done = erase(state, home.places(kept), ["b"], "r1")
    assert done.done and done.removed["archive"] == 3
    assert in_files(kept, "events") == in_files(kept, "decisions") == []
    assert with_archived(kept, read_written(home.state(kept), CUTOFF)).counts == {}


def test_moving_many_takes_turns_with_writers(kept: Shop, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_AT_ONCE", 1)
    assert move_old(kept, state, CUTOFF, events_until=4, looked_back=30)["events"] == 2
    assert len(list(home.archive(kept).glob("events-*"))) == 2 and in_files(kept, "events") == [1, 2]


def test_decisions_that_a_cool_down_asks_for_stay(kept: Shop, state: State) -> None:
    assert move_old(kept, state, CUTOFF, events_until=0, looked_back=41) == {"events": 0, "decisions": 0}
    assert move_old(kept, state, CUTOFF, events_until=0, looked_back=40) == {"events": 0, "decisions": 1}


def test_shop_toml_says_how_long(tmp_path: Path) -> None:
    folder = tmp_path / "toml"
    folder.mkdir()
    (folder / "orders.csv").write_text("order_id,customer_id,happened_at,amount\n")
    toml = folder / "shop.toml"
    assert read_config(folder).settings.keep_events_days == 730
    toml.write_text('[retention]\nevents = "365d"\ndecisions = "90d"\n')
    settings = read_config(folder).settings
    assert (settings.keep_events_days, settings.keep_decisions_days) == (365, 90)
    toml.write_text('[retention]\nevents = "30d"\n')
    with pytest.raises(ShopError, match=r'"30d" is too short: caps and cool-downs look back 30 days. Write "31d"'):
        read_config(folder)
    toml.write_text('[retention]\norders = "90d"\n')
    with pytest.raises(ShopError, match=r"says 'orders', which means nothing here. Known are events and decisions"):
        read_config(folder)
