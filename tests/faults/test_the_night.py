"""What a night must refuse, what it must not lose, and which midnight it answers for."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import CutoffError, DataError, ShopError
from features.shop import Shop
from operations import home as places
from operations.night import night_guard, nightly
from operations.night.snapshot import snapshot_cutoff
from operations.night.tonight import end_of_today, has_ended, refuse_future
from perennial.opening import opened_shop
from scoring.clock import now
from serving.contract.ledger_rows import ConsentRecord, Event
from serving.snapshot.snapshot import open_snapshot
from serving.state.database import State
from serving.state.received import read_written
from tests.perennial.conftest import home, orders, perennial, shop, three  # noqa: F401
from tests.perennial.corner_shop import CUTOFF, ago, corner_shop, rule_model

TODAY = CUTOFF - timedelta(hours=3)


def run(shop: Shop, cutoff: datetime = CUTOFF, **more) -> nightly.Night:  # noqa: F811
    return nightly.run(shop, cutoff, {"churn": rule_model()}, places.scores(shop, cutoff), serve=True, **more)


def order(number: str, who: str, days: int, known: datetime = TODAY, **more) -> Event:
    row = {"order_id": number, "customer_id": who, "happened_at": ago(days).isoformat(), "kind": "order",
           "amount": "10.00", "known_at": known.isoformat(), **more}  # fmt: skip
    return Event("orders", who, f"{number}{row['kind']}".encode().ljust(16), row)


def history(night: nightly.Night, table: str) -> list[dict]:
    kept = open_snapshot(night.snapshot.parent).history
    return pq.read_table(kept / f"{table}.parquet").to_pylist()


def test_a_row_with_a_clock_ahead_waits_alone_and_is_named(three: Shop) -> None:  # noqa: F811
    state = State(places.state(three))
    ahead = CUTOFF + timedelta(days=40)
    state.add_events([order("ahead", "b", 2, known=ahead), *(order(f"n{i}", "b", 2) for i in range(50))])
    state.add_consent(ConsentRecord("a", "mail", "contact", False, ahead.isoformat()))
    state.add_consent(ConsentRecord("b", "mail", "contact", False, TODAY.isoformat()))
    state.close()
    night = run(three)
    ids = {row["order_id"] for row in history(night, "orders")}
    assert "ahead" not in ids and {f"n{i}" for i in range(50)} <= ids
    assert night.waiting.startswith(
        "2 of the rows callers wrote wait for a later night: they are known from 2026-07-11"
    )
    assert read_written(places.state(three), ahead + timedelta(days=1)).counts == {"orders": 51, "consents": 2}


def test_the_cutoff_is_the_midnight_that_ends_the_shops_today(three: Shop) -> None:  # noqa: F811
    ends = end_of_today(three)
    assert ends.date() == now().astimezone(ZoneInfo(three.timezone)).date() + timedelta(days=1)
    assert (ends.hour, ends.minute, ends.second, ends.microsecond) == (0, 0, 0, 0)
    assert end_of_today(three, date(2026, 5, 31)) == CUTOFF
    refuse_future(CUTOFF, CUTOFF)
    with pytest.raises(CutoffError, match="lies after the midnight that ends today, 2026-06-01"):
        refuse_future(CUTOFF + timedelta(days=1), CUTOFF)
    newest = three.newest_known_at
    assert not has_ended(three, newest + timedelta(days=91), 91)
    assert has_ended(three, newest + timedelta(days=92), 91)


def test_a_snapshot_from_beyond_today_does_not_end_all_later_nights(three: Shop) -> None:  # noqa: F811
    assert run(three, datetime(2027, 6, 1)).snapshot is not None  # what an older version let happen
    assert run(three, CUTOFF, latest=CUTOFF).snapshot is not None
    assert snapshot_cutoff(three) == CUTOFF
    assert run(three, CUTOFF - timedelta(days=9), latest=CUTOFF).snapshot is None  # older, and said


def smaller(three: Shop, tmp_path: Path, **more) -> Shop:  # noqa: F811
    rows = [{"order_id": "1", "customer_id": "a", "happened_at": ago(1), "amount": 10, "store_id": "1"}]
    lines = [{"order_id": "1", "product_id": "milk"}]
    return corner_shop(tmp_path / "smaller", **{"orders": rows, "order_lines": lines, **more})


def test_a_night_that_shrank_stops_before_it_replaces_anything(three: Shop, tmp_path: Path) -> None:  # noqa: F811
    first = run(three)
    before = {path: path.read_bytes() for path in first.files.values()}
    cut = smaller(three, tmp_path)
    told = r"'orders' has 1 rows, it had 4; .*there are 1 customers, there were 3.*--accept"
    with pytest.raises(DataError, match=told):
        run(cut)
    assert {path: path.read_bytes() for path in before} == before
    assert open_snapshot(places.snapshots(three)).name == first.snapshot.name
    assert run(cut, accept=True).snapshot is not None
    assert run(cut).snapshot is not None  # accepted once, it is what the next night compares with


def test_a_lost_table_and_an_older_export_are_named(three: Shop) -> None:  # noqa: F811
    run(three)
    path = places.snapshots(three) / "last-night.json"
    told = json.loads(path.read_text())
    told["rows"]["stock"] = 9
    told["newest_known_at"] = (three.newest_known_at + timedelta(days=1)).isoformat()
    path.write_text(json.dumps(told))
    with pytest.raises(DataError, match=r"table 'stock' is missing; the newest order is of .*, it was of "):
        run(three)


@pytest.mark.parametrize(("rows", "refused"), [(96, False), (95, False), (94, True)])
def test_five_in_a_hundred_may_be_missing(three: Shop, rows: int, refused: bool) -> None:  # noqa: F811
    last = night_guard.Delivered({"orders": 100}, "2026-01-01", 10)
    this = night_guard.Delivered({"orders": rows}, "2026-01-01", 10)
    assert bool(night_guard._losses(last, this)) is refused


def test_two_shops_of_one_name_do_not_share_a_home(home: Path, perennial) -> None:  # noqa: F811
    for which in ("a", "b"):
        (home / which / "exports").mkdir(parents=True)
        pq.write_table(orders(60, seed=ord(which)), home / which / "exports" / "orders.parquet")
    opened_shop(home / "a" / "exports")
    opened_shop(home / "a" / "exports")
    with pytest.raises(ShopError, match=r"'exports' is the shop in .*/a/exports, and .*/b/exports has the same name"):
        opened_shop(home / "b" / "exports")
    refused = perennial("serve", "--shop", home / "b" / "exports")
    assert refused.code == 2 and "has the same name" in refused.err
    (home / "a").rename(home / "moved")
    opened_shop(home / "moved" / "exports")
    (home / "b" / "exports" / "shop.toml").write_text('name = "other"\n[orders]\nsource = "orders.parquet"\n')
    opened_shop(home / "b" / "exports")


def test_a_return_under_an_exported_orders_number_is_in_the_nights_orders(three: Shop) -> None:  # noqa: F811
    state = State(places.state(three))
    state.add_events([order("2", "b", 3, kind="return", amount="-10.00"), order("2", "b", 3)])
    state.close()
    found = sorted((row["order_id"], row["kind"]) for row in history(run(three), "orders") if row["order_id"] == "2")
    assert found == [("2", "order"), ("2", "return")]


def test_one_click_told_twice_two_seconds_apart_is_one_row(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    clicked = {"message_id": "a", "kind": "click", "happened_at": ago(3)}
    shop = corner_shop(tmp_path, responses=[clicked])  # noqa: F811
    state = State(places.state(shop))
    row = {**clicked, "happened_at": (ago(3) + timedelta(seconds=2)).isoformat(), "known_at": TODAY.isoformat()}
    state.add_events([Event("responses", "a", b"a" * 16, row)])
    state.close()
    assert [row["kind"] for row in history(run(shop), "responses")] == ["click"]


def test_a_table_grows_from_night_to_night(home: Path, shop: Path, perennial) -> None:  # noqa: F811
    """The night compares with what it was given, not with what callers sent besides."""
    opened = opened_shop(shop)
    assert night_guard.delivered(opened, 3).rows == {"orders": pa.parquet.read_metadata(opened.path("orders")).num_rows}
