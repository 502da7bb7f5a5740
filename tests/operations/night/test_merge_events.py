"""What the CRM sent today counts tomorrow, once, also when the retailer's export holds the same."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest

from features.engine import DuckDB, opened
from features.shop import Shop
from operations import home
from operations.night import nightly
from operations.night.merge_events import absorb
from serving.contract.ledger_rows import ConsentRecord, Event
from serving.snapshot.snapshot import Snapshot, open_snapshot
from serving.state.database import State
from serving.state.overlay import Overlay
from serving.state.received import Written, read_written
from tests.perennial.corner_shop import CUTOFF, ago, rule_model

TODAY = CUTOFF - timedelta(hours=3)


@pytest.fixture
def state(three: Shop) -> State:
    return State(home.state(three))


def order(number: str, who: str, days: int, known: datetime = TODAY, amount: str = "10.00") -> Event:
    row = {"order_id": number, "customer_id": who, "happened_at": ago(days).isoformat(), "kind": "order",
           "amount": amount, "known_at": known.isoformat()}  # fmt: skip
    return Event("orders", who, number.encode().ljust(16), row)


def response(message: str, kind: str, who: str | None = None) -> Event:
    row = {"message_id": message, "kind": kind, "happened_at": TODAY.isoformat(), "known_at": TODAY.isoformat()}
    return Event("responses", who, f"{message}{kind}".encode().ljust(16), row)


def night(shop: Shop, cutoff: datetime = CUTOFF) -> Snapshot:
    nightly.run(shop, cutoff, {"churn": rule_model()}, home.scores(shop, cutoff), serve=True)
    return open_snapshot(home.snapshots(shop))


def silence(snapshot: Snapshot, who: str) -> float:
    at = [column.name for column in snapshot.columns].index("days_since_order")
    return float(snapshot.matrix[snapshot.find(who), at])


def test_an_order_sent_today_is_in_tonights_snapshot_and_in_its_history(three: Shop, state: State) -> None:
    state.add_events([order("n1", "b", 2), order("n2", "new", 3)])
    snapshot = night(three)
    assert (silence(snapshot, "b"), silence(snapshot, "new"), silence(snapshot, "a")) == (2, 3, 1)
    assert snapshot.events_until == 2 and snapshot.history is not None
    assert pq.read_table(snapshot.history / "orders.parquet").num_rows == 6
    assert silence(night(three), "b") == 2  # again: the same


def test_what_the_export_holds_as_well_counts_once(three: Shop, state: State) -> None:
    assert "2" in pq.read_table(three.path("orders"))["order_id"].to_pylist()
    state.add_events([order("2", "b", 200), order("n1", "b", 2)])
    history = night(three).history
    assert history is not None
    ids = pq.read_table(history / "orders.parquet")["order_id"].to_pylist()
    assert sorted(ids) == ["0", "1", "2", "3", "n1"]


def test_a_return_under_an_exported_orders_number_counts_and_so_does_a_second_one(three: Shop, state: State) -> None:
    back = [order("2", "b", days) for days in (3, 2, 2)]
    rows = [{**one.row, "kind": "return", "amount": "-4.00"} for one in back]
    state.add_events([Event("orders", "b", bytes([i] * 16), row) for i, row in enumerate(rows[:2])])
    history = night(three).history
    assert history is not None
    told = [(one["order_id"], one["kind"]) for one in pq.read_table(history / "orders.parquet").to_pylist()]
    assert sorted(one for one in told if one[0] == "2") == [("2", "order"), ("2", "return"), ("2", "return")]


def merged(shop: Shop, table: str, *rows: dict[str, object]) -> Shop:
    """The shop after nights that each brought one row."""
    for number, row in enumerate(rows, 1):
        written = SimpleNamespace(
            counts={table: 1}, batches=lambda _, row=row: [[row]], events_until=number, consents_until=number
        )
        with opened(DuckDB()) as engine:
            shop = absorb(shop, written, engine)  # type: ignore[arg-type]
    return shop


def test_one_click_told_twice_two_seconds_apart_is_one_row(three: Shop) -> None:
    click = dict(response("a", "click").row)
    shop = merged(three, "responses", click, {**click, "happened_at": (TODAY + timedelta(seconds=2)).isoformat()})
    assert pq.read_table(shop.path("responses")).num_rows == 1


def test_a_refusal_at_the_moment_of_an_exported_grant_is_kept(three: Shop) -> None:
    grant = {"customer_id": "a", "channel": "mail", "purpose": "contact", "granted": True,
             "happened_at": ago(5).isoformat(), "known_at": ago(5).isoformat()}  # fmt: skip
    shop = merged(three, "consents", grant, grant, {**grant, "granted": False})
    assert sorted(pq.read_table(shop.path("consents"))["granted"].to_pylist()) == [False, True]


def test_what_was_known_later_than_the_cutoff_waits(three: Shop, state: State) -> None:
    state.add_events([order("n1", "b", 2), order("n2", "b", 1, known=CUTOFF + timedelta(hours=1))])
    snapshot = night(three)
    assert (silence(snapshot, "b"), snapshot.events_until) == (2, 1)


def test_words_on_consent_open_and_close_channels(three: Shop, state: State) -> None:
    state.add_consent(ConsentRecord("a", "mail", "contact", False, TODAY.isoformat()))
    state.add_consent(ConsentRecord("=c", "mail", "contact", True, TODAY.isoformat()))
    snapshot = night(three)
    facts = snapshot.facts
    assert [int(facts.allowed[snapshot.find(who)]) for who in ("a", "b", "=c")] == [0, 1, 0]  # =c was never reached
    assert snapshot.consents_until == 2
    assert not Overlay().may_contact("a", "mail", bool(facts.allowed[snapshot.find("a")]))


def test_a_withdrawal_of_profiling_stays_after_the_night_until_it_is_taken_back(three: Shop, state: State) -> None:
    state.add_consent(ConsentRecord("a", "mail", "profiling", False, TODAY.isoformat()))
    state.add_consent(ConsentRecord("b", "mail", "profiling", False, TODAY.isoformat()))
    state.add_consent(ConsentRecord("b", "mail", "profiling", True, (TODAY + timedelta(hours=1)).isoformat()))
    snapshot, overlay = night(three), Overlay()
    facts = snapshot.facts
    told = {who: facts.channels_of(facts.withdrawn, snapshot.find(who)) for who in ("a", "b", "=c")}
    assert told == {"a": ("mail",), "b": (), "=c": ()}
    assert [overlay.profiling_withdrawn(who, told[who]) for who in told] == [True, False, False]
    overlay.add_consent(ConsentRecord("a", "app", "profiling", True, CUTOFF.isoformat()))
    assert overlay.profiling_withdrawn("a", told["a"])  # another channel's word
    overlay.add_consent(ConsentRecord("a", "mail", "profiling", True, CUTOFF.isoformat()))
    assert not overlay.profiling_withdrawn("a", told["a"])


def test_a_response_finds_its_customer_through_the_message(three: Shop, state: State) -> None:
    state.add_events([response("a", "unsubscribe"), response("unheard", "open")])
    snapshot = night(three)
    assert [int(snapshot.facts.allowed[snapshot.find(who)]) for who in "ab"] == [0, 1]
    assert snapshot.history is not None
    told = pq.read_table(snapshot.history / "responses.parquet").to_pylist()
    assert {row["message_id"]: (row["customer_id"], row["channel"]) for row in told} == {
        "a": ("a", "mail"),
        "unheard": (None, None),
    }


def test_where_nothing_was_written_the_shop_stays_as_it_is(three: Shop) -> None:
    assert read_written(home.state(three), CUTOFF) == Written()
    assert absorb(three, Written(), DuckDB()) is three


def test_a_table_that_only_callers_tell_of_has_the_columns_they_gave(three: Shop, state: State) -> None:
    assert not three.has("touchpoints")
    row = {"customer_id": "a", "happened_at": ago(2).isoformat(), "channel": "web", "known_at": TODAY.isoformat()}
    state.add_events([Event("touchpoints", "a", bytes([i] * 16), {**row, "kind": f"view{i}"}) for i in range(3)])
    with opened(DuckDB()) as engine:
        shop = absorb(three, read_written(home.state(three), CUTOFF), engine)
    assert shop.present["touchpoints"] == {"customer_id", "happened_at", "channel", "known_at", "kind"}
    assert pq.read_table(shop.path("touchpoints"))["kind"].to_pylist() == ["view0", "view1", "view2"]


def test_rows_come_some_at_a_time(three: Shop, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.state.received._AT_ONCE", 2)
    state.add_events([order(f"n{number}", "b", 2) for number in range(5)])
    state.add_consent(ConsentRecord("a", "mail", "contact", False, TODAY.isoformat()))
    written = read_written(home.state(three), CUTOFF)
    assert (written.counts, written.events_until) == ({"orders": 5, "consents": 1}, 5)
    assert [[row["order_id"] for row in rows] for rows in written.batches("orders")] == [
        ["n0", "n1"],
        ["n2", "n3"],
        ["n4"],
    ]
    history = night(three).history
    assert history is not None and pq.read_table(history / "orders.parquet").num_rows == 9
    assert [path.name for path in history.iterdir() if path.name.startswith(".")] == []


def test_two_nights_are_kept(three: Shop, state: State) -> None:
    for number in range(3):
        state.add_events([order(f"n{number}", "b", 2)])
        night(three)
    assert len(list(three.data.glob("events-*"))) == 2


def test_a_correction_counts_in_the_place_of_what_it_corrects_also_of_an_export(three: Shop, state: State) -> None:
    state.add_events([order("2", "b", 200), order("n1", "b", 9)])
    assert state.add_events([order("2", "b", 3), order("n1", "b", 9), order("n1", "b", 2)]) == [
        "corrected", "duplicate", "corrected",
    ]  # fmt: skip
    snapshot = night(three)
    assert silence(snapshot, "b") == 2 and snapshot.history is not None
    orders = pq.read_table(snapshot.history / "orders.parquet").to_pylist()
    assert sorted(row["order_id"] for row in orders) == ["0", "1", "2", "3", "n1"]
    assert {row["order_id"]: row["happened_at"] for row in orders}["2"] == ago(3)


def test_a_message_a_caller_sent_is_found_by_its_response(three: Shop, state: State) -> None:
    row = {"message_id": "m9", "customer_id": "b", "happened_at": ago(1).isoformat(), "channel": "mail",
           "known_at": TODAY.isoformat()}  # fmt: skip
    state.add_events([Event("messages", "b", b"m9".ljust(16), row), response("m9", "unsubscribe")])
    snapshot = night(three)
    assert int(snapshot.facts.allowed[snapshot.find("b")]) == 0 and snapshot.history is not None
    told = pq.read_table(snapshot.history / "responses.parquet").to_pylist()
    assert [(one["customer_id"], one["channel"]) for one in told if one["message_id"] == "m9"] == [("b", "mail")]


def test_a_word_on_all_channels_stays_one_after_the_night(three: Shop, state: State) -> None:
    state.add_consent(
        ConsentRecord("a", "all", "contact", False, TODAY.isoformat()),
        ConsentRecord("b", "all", "profiling", False, TODAY.isoformat()),
    )
    facts, snapshot = (found := night(three)).facts, found
    assert int(facts.allowed[snapshot.find("a")]) == 0
    withdrawn = {who: facts.channels_of(facts.withdrawn, snapshot.find(who)) for who in ("a", "b")}
    assert withdrawn["a"] == () and "mail" in withdrawn["b"] and "all" not in facts.channels
    overlay = Overlay()
    overlay.add_consent(ConsentRecord("b", "mail", "profiling", True, CUTOFF.isoformat()))
    assert overlay.profiling_withdrawn("b", withdrawn["b"])  # on every other channel it is still no
    overlay.add_consent(ConsentRecord("b", "all", "profiling", True, CUTOFF.isoformat()))
    assert not overlay.profiling_withdrawn("b", withdrawn["b"])
