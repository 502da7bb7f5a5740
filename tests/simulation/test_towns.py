"""A world made town by town is one shop: every row once, every id somebody's own, references within a town."""

import json
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from simulation import towns
from simulation.contract import FORMS
from simulation.errors import WorldError
from simulation.world import Summary, simulate
from tests.simulation.test_world import digests

CUSTOMERS, MONTHS, SEED = 200, 3, 11
TOWNS = 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """A shop of three towns, in a folder whose name has a quote in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(towns, "TOWN", 80)
        return simulate(CUSTOMERS, MONTHS, SEED, tmp_path_factory.mktemp("three's") / "world")


def column(made: Summary, table: str, name: str) -> list[str]:
    values: list[str] = pq.read_table(made.folder / f"{table}.parquet", columns=[name])[name].drop_null().to_pylist()
    return values


def town_of(value: str) -> int:
    return int(value.partition("-")[2] or 0)


@pytest.mark.parametrize(("customers", "expected"), [(50, [50]), (80, [80]), (81, [41, 40]), (200, [67, 67, 66])])
def test_towns_are_as_equal_as_can_be(monkeypatch: pytest.MonkeyPatch, customers: int, expected: list[int]) -> None:
    monkeypatch.setattr(towns, "TOWN", 80)
    assert towns.sizes(customers) == expected


def test_every_table_is_there_and_no_town_is_left_over(made: Summary) -> None:
    assert set(made.rows) == set(FORMS)
    assert {path.name for path in made.folder.iterdir()} == {f"{table}.parquet" for table in FORMS} | {
        "shop.toml",
        "truth",
    }
    assert made.rows == {table: pq.read_metadata(made.folder / f"{table}.parquet").num_rows for table in FORMS}


def test_people_and_ids_are_counted_once(made: Summary) -> None:
    people = column(made, "truth/people", "person_id")
    assert len(people) == len(set(people)) == CUSTOMERS
    for table, name in (
        ("orders", "order_id"),
        ("messages", "message_id"),
        ("stores", "store_id"),
    ):
        ids = column(made, table, name)
        assert len(ids) == len(set(ids)), table
        assert {town_of(one) for one in ids} == set(range(TOWNS))


def test_rows_point_to_rows_of_their_own_town(made: Summary) -> None:
    orders = set(column(made, "orders", "order_id"))
    assert set(column(made, "order_lines", "order_id")) <= orders
    assert set(column(made, "responses", "message_id")) <= set(column(made, "messages", "message_id"))
    rows = pq.read_table(made.folder / "orders.parquet", columns=["order_id", "customer_id", "store_id"]).to_pylist()
    assert all(town_of(row["order_id"]) == town_of(row["customer_id"] or row["order_id"]) for row in rows)
    assert all(town_of(row["order_id"]) == town_of(row["store_id"]) for row in rows if row["store_id"])


def test_nobody_shares_a_mark_with_another_town(made: Summary) -> None:
    marks = pq.read_table(
        made.folder / "identities.parquet", columns=["source_customer_id", "kind", "value"]
    ).to_pylist()
    assert {mark["kind"] for mark in marks} == {"email", "phone", "device", "card", "openid"}
    towns_of: dict[tuple[str, str], set[int]] = {}
    for mark in marks:
        plain = mark["value"].lower().replace(" ", "")
        towns_of.setdefault((mark["kind"], plain), set()).add(town_of(mark["source_customer_id"]))
    assert {len(found) for found in towns_of.values()} == {1}


def test_rows_lie_by_moment(made: Summary) -> None:
    for table in ("orders", "touchpoints", "messages", "stock"):
        moments = pq.read_table(made.folder / f"{table}.parquet")["happened_at"].combine_chunks()
        assert pc.all(pc.less_equal(moments[:-1], moments[1:])).as_py(), table


def test_one_assortment_for_all(made: Summary) -> None:
    products = column(made, "products", "product_id")
    assert len(products) == len(set(products))
    assert set(column(made, "order_lines", "product_id")) <= set(products)
    told = json.loads((made.folder / "truth" / "world.json").read_bytes())
    assert (told["customers"], told["towns"], told["seed"]) == (CUSTOMERS, TOWNS, SEED)


def test_the_same_seed_gives_the_same_bytes(made: Summary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(towns, "TOWN", 80)
    assert digests(simulate(CUSTOMERS, MONTHS, SEED, tmp_path / "again").folder) == digests(made.folder)


def test_an_incident_is_everybodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(towns, "TOWN", 80)
    made = simulate(120, 6, SEED, tmp_path / "world", incident_seed=4)
    assert json.loads((made.folder / "truth" / "world.json").read_bytes())["incident"]


def test_too_many_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="11,088,000 customers at most"):
        simulate(11_088_001, MONTHS, SEED, tmp_path / "world")
