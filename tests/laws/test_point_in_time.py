"""Point in time, as laws over the whole catalogue: what was not known before a cutoff changes nothing at it."""

import random
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from features.spine import Spine
from tests.laws.conftest import World
from tests.laws.histories import COLUMNS, CUTOFFS, Rows
from tests.laws.worlds import built, customers, one_cutoff_each, rows_of, shop_of
from tests.shops import canonical

NAMES = [column.name for column in COLUMNS]

Row = dict[str, Any]


def test_rows_known_at_or_after_the_cutoff_change_nothing(world: World, tmp_path):
    """Each customer stands before one cutoff; what is known only from then on is added, changed and deleted."""
    spine = one_cutoff_each(world.count)
    cutoff_of = {row["customer_id"]: row["cutoff"] for row in spine.rows.to_pylist()}
    chance = random.Random(7)
    other = {
        name: rows if name == "products" else _another_future(rows, cutoff_of, chance)
        for name, rows in world.tables.items()
    }
    assert sum(map(len, other.values())) > 0 and other != world.tables
    assert built(shop_of(tmp_path, other), spine).equals(rows_of(world.batch, spine))


def test_a_row_known_just_before_the_cutoff_does_change_something(world: World, tmp_path):
    """The law above would hold for features that read nothing: one second earlier the same rows must count."""
    spine = one_cutoff_each(world.count)
    cutoff_of = {row["customer_id"]: row["cutoff"] for row in spine.rows.to_pylist()}
    eve = [
        {**row, "order_id": f"eve-{customer}", "customer_id": customer, "happened_at": moment, "known_at": moment}
        for customer, cutoff in cutoff_of.items()
        for row, moment in [(world.tables["orders"][0], cutoff - timedelta(seconds=1))]
    ]
    more = {**world.tables, "orders": [*world.tables["orders"], *eve]}
    columns = [column for column in COLUMNS if column.feature.name == "orders"]
    before = rows_of(world.batch, spine)
    after = built(shop_of(tmp_path, more), spine, columns)
    for column in columns:
        risen = np.subtract(after[column.name].to_numpy(), before[column.name].to_numpy())
        assert (risen == (world.tables["orders"][0]["kind"] == "order")).all()


def test_row_order_and_duplicate_delivery_change_nothing(world: World, tmp_path):
    chance = random.Random(11)
    twice = {name: [*rows, *chance.sample(rows, len(rows) // 2)] for name, rows in world.given.items()}
    for rows in twice.values():
        chance.shuffle(rows)
    spine = one_cutoff_each(world.count)
    assert built(shop_of(tmp_path, canonical(twice)), spine).equals(rows_of(world.batch, spine))


def test_a_customer_alone_is_the_same_in_the_batch(world: World):
    spine = Spine.of(customers(2)[-1:], CUTOFFS)
    assert built(world.shop, spine).equals(rows_of(world.batch, spine))


def _another_future(rows: Rows, cutoff_of: dict[str, datetime], chance: random.Random) -> Rows:
    past = [row for row in rows if row["known_at"] < cutoff_of[row["customer_id"]]]
    future = [row for row in rows if row["known_at"] >= cutoff_of[row["customer_id"]]]
    changed = [_changed(row, rows, cutoff_of, chance) for row in future if chance.random() < 0.6]
    added = [_changed(row, rows, cutoff_of, chance) for row in chance.sample(rows, len(rows) // 2)]
    renamed = [{**row, **dict.fromkeys(_OWN & row.keys(), f"new-{n}")} for n, row in enumerate(added)]
    return [*past, *changed, *renamed]


_OWN = {"order_id", "message_id"}


def _changed(row: Row, rows: Rows, cutoff_of: dict[str, datetime], chance: random.Random) -> Row:
    """A row with values of other rows, that happened at any time but is known no earlier than the cutoff."""
    cutoff = cutoff_of[row["customer_id"]]
    kept = {"customer_id", "known_at", "order_id", "message_id"}
    mixed = {name: row[name] if name in kept else chance.choice(rows)[name] for name in row}
    return {**mixed, "known_at": cutoff + chance.choice([timedelta(0), timedelta(hours=9), timedelta(days=40)])}
