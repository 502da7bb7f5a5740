from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from features.build.build import build
from features.build.outcomes import outcomes
from features.engine import DuckDB
from features.feature import feature
from features.identity import resolve as people
from features.identity.resolve import resolve, unmerge, unmerged
from features.ingest.store import FACTS
from features.spine import Spine
from tests.shops import make_shop

MAY, JUNE, JULY = datetime(2026, 5, 1), datetime(2026, 6, 1), datetime(2026, 7, 1)


def mark(record: str, value: str, day: datetime = datetime(2026, 1, 1), kind: str = "email", **more):
    row = {"source": "test-shop", "source_customer_id": record, "kind": kind, "value": value, "happened_at": day}
    return row | more


def order(record: str, day: datetime, amount: float = 10):
    return {"order_id": f"{record}{day}", "customer_id": record, "happened_at": day, "amount": amount}


@feature(table="orders", windows=("all",), unit="currency", empty=0)
def spend(orders):
    """Money spent."""
    return orders.amount.sum()


@feature(table="orders", windows=("all",), unit="days", empty=0)
def days(orders):
    """Different days with an order: a day both records bought on counts once."""
    return orders.happened_at.date().nunique()


COLUMNS = [*spend.columns, *days.columns]


def who(shop, cutoff: datetime) -> dict[str, str]:
    engine = DuckDB(threads=1)
    found = engine.arrow(resolve(shop, [cutoff], engine).members)
    return dict(zip(found["customer_id"].to_pylist(), found["person_id"].to_pylist(), strict=True))


def values(table) -> list[tuple]:
    return [tuple(row.values()) for row in table.to_pylist()]


def test_a_link_counts_from_the_moment_it_is_known(tmp_path):
    shop = make_shop(
        tmp_path,
        orders=[order("web", MAY), order("till", MAY), order("till", MAY + timedelta(days=1))],
        identities=[mark("web", "a"), mark("till", "a", datetime(2026, 5, 20), known_at=datetime(2026, 6, 10))],
    )
    assert who(shop, JUNE) == {}
    assert who(shop, JULY) == {"web": "web", "till": "web"}
    spine = Spine.active(shop, [JUNE, JULY], 90)
    assert values(spine.rows) == [("till", JUNE), ("web", JUNE), ("web", JULY)]
    for fast in (True, False):
        assert values(build(shop, spine, COLUMNS, fast=fast)) == [
            ("till", JUNE, 20.0, 2.0),
            ("web", JUNE, 10.0, 1.0),
            ("web", JULY, 30.0, 2.0),
        ]


def test_outcomes_follow_the_person_as_known_when_they_are_looked_up(tmp_path):
    shop = make_shop(
        tmp_path,
        orders=[order("web", MAY), order("till", datetime(2026, 6, 5), 7)],
        identities=[mark("web", "a"), mark("till", "a", datetime(2026, 6, 5))],
    )
    wanted = {"spend": ("orders", lambda orders: orders.amount.sum())}
    found = outcomes(shop, Spine.of(["web"], [JUNE]), 28, JULY, wanted)
    assert found["spend"].to_pylist() == [7]


def test_a_hub_links_nobody_and_is_reported(tmp_path):
    crowd = [mark(f"r{number}", "till@shop") for number in range(9)]
    pair = [mark("r1", "own"), mark("r2", "own")]
    shop = make_shop(tmp_path, orders=[order("r1", MAY)], identities=[*crowd, *pair])
    assert who(shop, JUNE) == {"r1": "r1", "r2": "r1"}
    engine = DuckDB(threads=1)
    held = engine.arrow(resolve(shop, [JUNE], engine).held).to_pylist()
    assert [(row["value"], row["sharing"]) for row in held] == [("till@shop", 9)]


def test_the_oldest_record_lends_its_id_whatever_joins_later(tmp_path):
    rows = [mark("b", "x", datetime(2026, 3, 1)), mark("a", "x", MAY)]
    shop = make_shop(tmp_path, orders=[order("a", MAY)], identities=rows)
    assert who(shop, JUNE) == {"a": "b", "b": "b"}
    later = [*rows, mark("a", "y", MAY), mark("0", "y", datetime(2026, 5, 3))]
    shop = make_shop(tmp_path, orders=[order("a", MAY)], identities=later)
    assert who(shop, JUNE) == {"0": "b", "a": "b", "b": "b"}


def test_a_cut_link_parts_features_again_and_is_kept_with_its_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(people, "_unmerged_path", lambda shop: tmp_path / "unmerged.jsonl")
    shop = make_shop(
        tmp_path,
        orders=[order("web", MAY), order("till", MAY)],
        identities=[mark("web", "a"), mark("till", "a")],
    )
    assert values(build(shop, Spine.ever(shop, JUNE), COLUMNS)) == [("till", JUNE, 20.0, 1.0)]
    unmerge(shop, "web", "email", "a", by="Ada", why="two sisters")
    assert values(build(shop, Spine.ever(shop, JUNE), COLUMNS)) == [("till", JUNE, 10.0, 1.0), ("web", JUNE, 10.0, 1.0)]
    assert [cut["why"] for cut in unmerged(shop)] == ["two sisters"]


def test_a_cut_counts_in_a_night_that_took_in_callers_rows(tmp_path):
    ingest = tmp_path / "shops" / "ingest"
    ingest.mkdir(parents=True)
    shop = make_shop(
        ingest, orders=[{"order_id": "1", "customer_id": "a", "happened_at": datetime(2026, 1, 1), "amount": 1}]
    )
    (ingest / FACTS).write_text("{}")
    unmerge(shop, "a", "email", "x", by="me", why="another person")
    night = replace(shop, data=ingest / "events-1")
    assert [cut["customer_id"] for cut in unmerged(night)] == ["a"]
    assert (tmp_path / "shops" / "unmerged.jsonl").is_file()


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 50)), min_size=1, max_size=30))
def test_persons_are_the_connected_components(tmp_path_factory, drawn):
    rows = [mark(f"r{record}", f"m{value}", MAY + timedelta(days=day)) for record, value, day in drawn]
    shop = make_shop(tmp_path_factory.mktemp("shop"), orders=[order("r0", MAY)], identities=rows)
    for cutoff in (MAY + timedelta(days=20), JULY):
        shared: dict[int, set[str]] = {}
        for record, value, day in drawn:
            if MAY + timedelta(days=day) < cutoff:
                shared.setdefault(value, set()).add(f"r{record}")
        expected = merged([records for records in shared.values() if len(records) <= people.HUB_LIMIT])
        found: dict[str, set[str]] = {}
        for record, person in who(shop, cutoff).items():
            found.setdefault(person, set()).add(record)
        assert all(person in records for person, records in found.items())
        assert sorted(map(sorted, found.values())) == sorted(sorted(part) for part in expected if len(part) > 1)


def merged(sets: list[set[str]]) -> list[set[str]]:
    """Union whatever overlaps until nothing does."""
    for one in sets:
        for other in sets:
            if one is not other and one & other:
                rest = [part for part in sets if part is not one and part is not other]
                return merged([*rest, one | other])
    return sets


def test_an_engine_is_asked_once_and_again_only_where_the_answer_may_differ(tmp_path, monkeypatch):
    shop = make_shop(tmp_path, identities=[mark("web", "a"), mark("till", "a")], orders=[order("web", MAY)])
    monkeypatch.setattr(people, "_unmerged_path", lambda _: tmp_path / "unmerged.jsonl")
    worked, work = [], people._resolved
    monkeypatch.setattr(people, "_resolved", lambda *args: worked.append(args[1]) or work(*args))
    engine = DuckDB(threads=1)
    first = resolve(shop, [JUNE, JULY], engine)
    assert resolve(shop, [JULY, JUNE, JUNE], engine) is first and len(worked) == 1
    resolve(shop, [JUNE], engine)
    resolve(shop, [JUNE], DuckDB(threads=1))
    assert len(worked) == 3
    unmerge(shop, "till", "email", "a", by="Ana", why="another person")
    assert engine.arrow(resolve(shop, [JUNE], engine).members).num_rows == 0 and len(worked) == 4


def test_no_more_is_kept_than_who_is_who(tmp_path):
    """A training run looks at dozens of cutoffs: the rounds of looking for persons are as large as what they find."""
    shop = make_shop(tmp_path, identities=[mark("web", "a"), mark("till", "a")], orders=[order("web", MAY)])
    engine = DuckDB(threads=1)

    def rows_kept():
        return engine._sql.sql("SELECT sum(estimated_size) FROM duckdb_tables() WHERE column_count > 1").fetchall()

    found = resolve(shop, [JUNE, JULY], engine)
    assert rows_kept() == [(len(engine.arrow(found.members)),)] == [(4,)]
    people.forget(shop, [JULY, JUNE], engine)
    assert rows_kept() == [(None,)]
    assert len(engine.arrow(resolve(shop, [JUNE, JULY], engine).members)) == 4
