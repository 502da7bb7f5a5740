"""What is planted can be seen in the tables, at its place and in its days; a world without is as it always was."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from simulation.errors import WorldError
from simulation.incidents import KINDS, Incident, draw_incident
from simulation.noise import Noise
from simulation.season import START, Calendar
from simulation.words import CODE
from simulation.world import create, run, simulate

CALENDAR = Calendar(6)
DAY = 86_400
BEGIN, END = CALENDAR.end - 60 * DAY, CALENDAR.end - 39 * DAY
PLACES = {
    "payment_bug": {"channel": "web", "device": "phone"}, "carrier_price": {}, "store_closed": {"store": 0},
    "stock_out": {"channel": "store", "department": "food"}, "consent_lost": {"channel": "email"},
    "annoying_campaign": {"channel": "email"}, "viral_article": {"channel": "social"},
}  # fmt: skip
SIZES = {"payment_bug": 0.7, "carrier_price": 2.5, "consent_lost": 0.3, "annoying_campaign": 4.0, "viral_article": 2.0}


def rows(kind: str | None, table: str) -> dict[str, np.ndarray]:
    """A table of a small world with this incident, or with none."""
    world = create(700, CALENDAR, 5, Noise())
    if kind is not None:
        world.incident = Incident(kind, BEGIN, END, SIZES.get(kind, 0.9), **PLACES[kind])
    run(world, lambda what, done, total: None)
    return world.ledgers[table].columns()


def count(found: dict[str, np.ndarray], **wanted: int) -> int:
    inside = (found["happened_at"] >= BEGIN) & (found["happened_at"] < END)
    for name, value in wanted.items():
        inside &= found[name] == value
    return int(inside.sum())


@pytest.mark.parametrize(
    ("kind", "table", "wanted", "least", "most"),
    [
        ("payment_bug", "touchpoints", {"kind": CODE["payment_failed"]}, 2.0, 99.0),
        ("carrier_price", "touchpoints", {"reason": CODE["shipping_cost"]}, 1.3, 9.0),
        ("store_closed", "orders", {"store_id": 0, "kind": CODE["order"]}, 0.0, 0.0),
        ("stock_out", "touchpoints", {"reason": CODE["out_of_stock"]}, 2.0, 99.0),
        ("consent_lost", "consents", {"granted": 0, "channel": CODE["email"]}, 5.0, 999.0),
        ("annoying_campaign", "responses", {"kind": CODE["unsubscribe"]}, 3.0, 99.0),
        ("viral_article", "touchpoints", {"kind": CODE["visit"], "channel": CODE["social"]}, 2.0, 4.5),
    ],
)
def test_each_kind_can_be_seen_where_and_when_it_was(
    kind: str, table: str, wanted: dict[str, int], least: float, most: float
) -> None:
    usual, now = (count(rows(one, table), **wanted) for one in (None, kind))
    assert usual > 0
    assert least <= now / usual <= most


def test_kinds_places_and_dates_are_drawn() -> None:
    drawn = [draw_incident(seed, Calendar(12), 8) for seed in range(60)]
    assert {one.kind for one in drawn} == set(KINDS)
    for one in drawn:
        assert 10 <= (one.end - one.begin) / DAY < 25
        assert Calendar(12).end - 80 * DAY <= one.begin and one.end <= Calendar(12).end - 5 * DAY
    assert draw_incident(3, Calendar(12), 8) == drawn[3]


def test_the_truth_says_what_was_planted_and_tables_begin_the_same(tmp_path: Path) -> None:
    plain, planted = tmp_path / "plain", tmp_path / "planted"
    simulate(60, 6, 4, plain)
    simulate(60, 6, 4, planted, incident_seed=2)
    told = json.loads((planted / "truth" / "world.json").read_text())["incident"]
    assert json.loads((plain / "truth" / "world.json").read_text())["incident"] is None
    drawn = draw_incident(2, CALENDAR, 8)
    assert told["kind"] == drawn.kind
    assert told["begin"] == f"{START + timedelta(seconds=drawn.begin):%Y-%m-%d}"
    week = START + timedelta(seconds=drawn.begin // (7 * DAY) * 7 * DAY)
    before = [pq.read_table(folder / "orders.parquet") for folder in (plain, planted)]
    one, two = (table.filter(pc.less(table["happened_at"], week)) for table in before)
    assert one.num_rows > 0 and one["amount"].to_pylist() == two["amount"].to_pylist()


def test_a_world_too_short_for_an_incident_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="An incident needs 6 months or more and a seed from 0; this world lasts 5"):
        simulate(60, 5, 1, tmp_path / "shop", incident_seed=1)
