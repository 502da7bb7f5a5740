"""Many generated histories as one shop: a build costs seconds whatever the rows, so they share it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, settings

from features.build.build import build
from features.engine import DuckDB
from features.feature import FeatureColumn
from features.shop import Shop
from features.spine import SCHEMA, Spine
from tests.laws.histories import COLUMNS, CUSTOMERS, CUTOFFS, Rows, histories
from tests.shops import everything, write_shop

NOBODY = "nobody"
IDS = ("customer_id", "order_id", "message_id", "ticket_id")


def gathered(count: int) -> list[dict[str, Rows]]:
    """Histories as Hypothesis draws them; nothing is tried and nothing shrinks."""
    found: list[dict[str, Rows]] = []

    @settings(max_examples=count, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(histories())
    def draw(history: dict[str, Rows]) -> None:
        found.append(history)

    draw()
    return found


def together(worlds: Iterable[Mapping[str, Rows]]) -> dict[str, Rows]:
    """Histories side by side in one shop, ids told apart by the number of their history."""
    joined: dict[str, Rows] = {}
    for number, world in enumerate(worlds):
        for name, rows in world.items():
            apart = [{key: _numbered(key, value, number) for key, value in row.items()} for row in rows]
            joined.setdefault(name, []).extend(apart)
    joined["products"] = [dict(row) for row in {tuple(row.items()) for row in joined["products"]}]
    return joined


def customers(count: int) -> list[str]:
    return [_numbered("customer_id", name, number) for number in range(count) for name in CUSTOMERS]


def built(shop: Shop, spine: Spine, columns: Iterable[FeatureColumn] | None = None, *, fast: bool = True) -> pa.Table:
    return build(shop, spine, columns or COLUMNS, engine=DuckDB(threads=1), fast=fast)


def shop_of(folder: Any, tables: Mapping[str, Rows]) -> Shop:
    return write_shop(folder, tables, everything(tables))


def whole_spine(count: int) -> Spine:
    """Every customer at every cutoff, and one of whom nothing is known."""
    return Spine.of([*customers(count), NOBODY], CUTOFFS)


def one_cutoff_each(count: int) -> Spine:
    """Every customer at one cutoff alone, the cutoffs taking turns."""
    names = customers(count)
    turns: list[datetime] = [CUTOFFS[number // len(CUSTOMERS) % len(CUTOFFS)] for number in range(len(names))]
    return Spine.from_rows(pa.table([names, turns], schema=SCHEMA))


def rows_of(table: pa.Table, spine: Spine) -> pa.Table:
    """The rows of a feature table that a smaller spine asks for, in order."""
    keys = [("cutoff", "ascending"), ("customer_id", "ascending")]
    return table.join(spine.rows, ["customer_id", "cutoff"], join_type="left semi").sort_by(keys)


def _numbered(key: str, value: Any, number: int) -> Any:
    return f"{number}-{value}" if key in IDS and value is not None else value
