"""One customer recomputed by the Release's SQL gives what the nightly build gave, and reads nothing else."""

import time
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pytest

from features.build.build import build, matrix
from features.build.compile import compile_for_one
from features.catalog import catalogue, pick
from features.spine import Spine
from features.tables import SAME
from serving.contract.ledger_rows import Event
from serving.snapshot.feature_sql import Statement, prepared
from serving.snapshot.parquet_files import connected, remove_customers
from serving.snapshot.recompute import CustomerHistory
from tests.shops import make_shop

CUTOFF = datetime(2026, 6, 1)
COLUMNS = [one for one in catalogue() if one.feature.relation in ("orders", "order_days") and not one.feature.needs]
CUSTOMERS = [f"C-{i}" for i in range(20)]


def orders(seed=4, count=150):
    chance = np.random.default_rng(seed)
    for i in range(count):
        happened = CUTOFF - timedelta(days=int(chance.integers(1, 400)), hours=int(chance.integers(0, 20)))
        known = happened + timedelta(days=int(chance.integers(0, 3)) * int(chance.integers(0, 20)))
        who = CUSTOMERS[int(chance.integers(0, len(CUSTOMERS)))]
        amount = round(float(chance.gamma(2, 20)), 2)
        yield {"order_id": f"o{i}", "customer_id": who, "happened_at": happened, "known_at": known, "amount": amount}


def statement():
    compiled = compile_for_one(COLUMNS)
    return Statement(compiled.sql, compiled.names, compiled.sources, SAME)


def built(folder, rows):
    folder.mkdir()
    shop = make_shop(folder, orders=rows)
    table = build(shop, Spine.of(CUSTOMERS, [CUTOFF]), COLUMNS)
    return dict(zip(table["customer_id"].to_pylist(), matrix(table, [one.name for one in COLUMNS]), strict=True))


def event(row):
    plain = {**row, "amount": str(row["amount"]), "kind": "order"}
    plain |= {name: row[name].isoformat() for name in ("happened_at", "known_at")}
    return Event("orders", row["customer_id"], row["order_id"].encode(), plain)


def test_recomputed_from_history_is_as_built_in_the_batch(tmp_path):
    expected = built(tmp_path / "all", list(orders()))
    history = CustomerHistory(tmp_path / "all", statement())
    names, found = history.rows(dict.fromkeys(CUSTOMERS, ()), CUTOFF)
    assert names == tuple(one.name for one in COLUMNS)
    for who in CUSTOMERS:
        np.testing.assert_allclose(found[who], expected[who], rtol=1e-6, atol=1e-6)


def test_whom_memory_does_not_hold_together_is_computed_some_at_a_time(tmp_path, monkeypatch):
    """A hundred decisions made again, twenty customers watched: they may be too many at once."""
    expected = built(tmp_path / "all", list(orders()))
    history, asked = CustomerHistory(tmp_path / "all", statement()), []
    together = history._rows

    def for_five_at_most(some, at):
        asked.append(len(some))
        if len(some) > 5:
            history._run("SELECT list(a) FROM range(100_000_000) AS t(a)")
        return together(some, at)

    monkeypatch.setattr(history, "_rows", for_five_at_most)
    _, found = history.rows(dict.fromkeys(CUSTOMERS, ()), CUTOFF)
    assert {20, 10, 5} == set(asked) and asked.count(5) == 4
    for who in CUSTOMERS:
        np.testing.assert_allclose(found[who], expected[who], rtol=1e-6, atol=1e-6)


def test_a_plan_made_once_answers_each_customer_anew_and_keeps_none(tmp_path):
    expected = built(tmp_path / "all", list(orders()))
    history = CustomerHistory(tmp_path / "all", statement())
    for who in CUSTOMERS:
        _, found = history.rows({who: ()}, CUTOFF)
        np.testing.assert_allclose(found[who], expected[who], rtol=1e-6, atol=1e-6)
    assert history._run("SELECT * FROM duckdb_variables()").fetchall() == []
    assert history._run("SELECT count(*) FROM orders").fetchall() == [(0,)]


def test_the_statement_is_planned_once_and_not_for_every_customer(tmp_path):
    """Planning anew takes about as long as preparing; running a plan that was kept takes a small part of it."""
    built(tmp_path / "all", list(orders()))
    history = CustomerHistory(tmp_path / "all", statement())
    history._run("DEALLOCATE features")
    anew = spent(lambda: history._run(prepared(statement().sql, history._tables)))
    answered = min(spent(lambda who=who: history.rows({who: ()}, CUTOFF)) for who in CUSTOMERS[:5])
    assert answered < anew / 2


def spent(work):
    """CPU time, in seconds."""
    started = time.process_time()
    work()
    return time.process_time() - started


def test_history_and_newer_events_together_are_as_if_all_had_been_known(tmp_path):
    rows = list(orders())
    expected = built(tmp_path / "all", rows)
    built(tmp_path / "old", rows[:100])
    newer = {who: [event(row) for row in rows[90:] if row["customer_id"] == who] for who in CUSTOMERS}  # 10 twice
    _, found = CustomerHistory(tmp_path / "old", statement()).rows(newer, CUTOFF)
    _, alone = CustomerHistory(None, statement()).rows(
        {"C-1": [event(r) for r in rows if r["customer_id"] == "C-1"]}, CUTOFF
    )
    for who in CUSTOMERS:
        np.testing.assert_allclose(found[who], expected[who], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(alone["C-1"], expected["C-1"], rtol=1e-6, atol=1e-6)


def test_a_visit_that_history_holds_as_well_counts_once(tmp_path):
    """An export of the evening and the CRM tell of the same visit; another at the same moment is another."""
    columns = [one for one in catalogue() if one.feature.relation == "touchpoints" and not one.feature.needs]
    compiled = compile_for_one(columns)
    (tmp_path / "all").mkdir()
    seen = datetime(2026, 5, 20, 9)
    visit = {"customer_id": "C-1", "happened_at": seen, "known_at": seen, "channel": "web", "kind": "view"}
    order = {"order_id": "o-1", "customer_id": "C-1", "happened_at": seen, "known_at": seen, "amount": 1.0}
    make_shop(tmp_path / "all", orders=[order], touchpoints=[visit])
    history = CustomerHistory(tmp_path / "all", Statement(compiled.sql, compiled.names, compiled.sources, SAME))
    told = {**visit, "happened_at": seen.isoformat(), "known_at": (seen + timedelta(days=1)).isoformat()}
    again, cart = (
        Event("touchpoints", "C-1", kind.encode(), {**told, "kind": kind}) for kind in ("view", "add_to_cart")
    )
    touches = compiled.names.index("touches_30d")
    counted = [history.rows({"C-1": newer}, CUTOFF)[1]["C-1"][touches] for newer in ((), (again,), (again, cart, cart))]
    assert counted == [1, 1, 2]


def test_a_click_in_history_and_again_as_an_event_is_one_and_takes_the_messages_channel(tmp_path):
    columns = pick(["clicks_90d", "email_messages_365d"])
    compiled = compile_for_one(columns)
    (tmp_path / "all").mkdir()
    seen = datetime(2026, 5, 20, 9)
    known = {"happened_at": seen, "known_at": seen}
    send = {"message_id": "m-1", "customer_id": "C-1", "channel": "email", **known}
    click = {"message_id": "m-1", "kind": "click", "customer_id": "C-1", "channel": "email", "sent_at": seen, **known}
    order = {"order_id": "o-1", "customer_id": "C-1", "amount": 1.0, **known}
    opened = {**click, "kind": "open", "item": "coupon"}  # a shop that tells items apart
    make_shop(tmp_path / "all", orders=[order], messages=[send], responses=[click, opened])
    history = CustomerHistory(tmp_path / "all", Statement(compiled.sql, compiled.names, compiled.sources, SAME))
    later = {"happened_at": "2026-05-20T09:00:02", "known_at": "2026-05-21T00:00:00", "is_machine": False}
    again, other = (
        Event("responses", "C-1", b"", {"message_id": "m-1", "kind": "click", "customer_id": "C-1", **item, **later})
        for item in ({}, {"item": "button", "channel": "sms"})
    )
    clicks = compiled.names.index("clicks_90d")
    given = ((), (again,), (again, other, other))
    counted = [history.rows({"C-1": newer}, CUTOFF)[1]["C-1"][clicks] for newer in given]
    assert counted == [1, 1, 2]


def test_nothing_of_one_customer_stays_for_the_next(tmp_path):
    built(tmp_path / "all", list(orders()))
    history = CustomerHistory(tmp_path / "all", statement())
    _, first = history.rows({"C-1": ()}, CUTOFF)
    history.rows({"C-2": (), "C-3": ()}, CUTOFF)
    _, again = history.rows({"C-1": ()}, CUTOFF)
    assert list(again) == ["C-1"]
    np.testing.assert_array_equal(again["C-1"], first["C-1"])


@pytest.mark.parametrize(
    "escape",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('/tmp/*.parquet')",
        "COPY (SELECT 1) TO '/tmp/perennial-escape.csv'",
        "ATTACH '/tmp/perennial-escape.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SELECT * FROM read_text('/etc/hostname')",
        "SET lock_configuration = false",
    ],
)
def test_sql_reaches_nothing_but_the_history(tmp_path, escape):
    with pytest.raises(duckdb.Error):
        connected(tmp_path).execute(escape)


def test_customers_are_removed_from_a_file_and_the_others_kept(tmp_path):
    built(tmp_path / "all", list(orders()))
    path = tmp_path / "all" / "orders.parquet"
    before = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    theirs = sum(row[1] in ("C-1", "C-2") for row in before)
    assert sum(remove_customers(path, ["C-1", "C-2"]).values()) == theirs > 0
    after = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    assert after == [row for row in before if row[1] not in ("C-1", "C-2")]
    assert remove_customers(path, ["C-1", "C-2"]) == {}
    assert [one.name for one in path.parent.iterdir()] == ["orders.parquet"]
