"""The canonical table `decisions`: what nights and calls decided, beside what the shop's exports say was decided."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.aside import linked_aside
from features.engine import Engine
from features.known import known_before
from features.shop import Shop
from features.tables import TABLES
from operations import home
from serving.state.decisions import decided_rows

DECISIONS = "decisions"
LOOKED_BACK = 365  # days
MOST = 2_000_000  # rows of nights that are read, the newest; a shop of a million would else hold a year of them
_SCHEMA = TABLES[DECISIONS].schema
_VERSION = "version_"


@contextmanager
def with_decisions(shop: Shop, until: datetime, engine: Engine) -> Iterator[Shop]:
    """The shop with all decisions of the last year in its table, in a folder of its own that is gone afterwards."""
    nights = home.all_decisions(shop).glob("*/decisions.parquet")
    if not any(nights) and not any(decided_rows(home.state(shop))) and not any(_archived(shop)):
        yield shop
        return
    with linked_aside(shop, "decided", without={DECISIONS}) as copy:
        write_decided(shop, until, engine, copy.data / f"{DECISIONS}.parquet")
        given = frozenset(column.name for column in TABLES[DECISIONS].columns)
        yield replace(copy, present={**shop.present, DECISIONS: given})


def write_decided(shop: Shop, until: datetime, engine: Engine, path: Path) -> None:
    """Write the table: each decision once, as the night or call that made it has it."""
    since, seen = until - timedelta(days=LOOKED_BACK), pa.array([], pa.string())
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:
        for rows in (*_by_nights(shop, since, until), _by_calls(shop, since, until)):
            fresh = rows.filter(pc.invert(pc.is_in(rows["decision_id"], seen)))
            writer.write_table(fresh)
            seen = pa.concat_arrays([seen, *fresh["decision_id"].chunks])
        if shop.has(DECISIONS):
            own = engine.arrow(known_before(engine.read(shop.path(DECISIONS)), until).select(*_SCHEMA.names))
            writer.write_table(own.filter(pc.invert(pc.is_in(own["decision_id"], seen))).cast(_SCHEMA))


def _by_nights(shop: Shop, since: datetime, until: datetime) -> Iterator[pa.Table]:
    """Newest first. Of the oldest one row at least: readers ask since when decisions tell."""
    paths = sorted(home.all_decisions(shop).glob("*/decisions.parquet"), reverse=True)
    paths = [path for path in paths if f"{since:%Y-%m-%d}" <= path.parent.name < f"{until:%Y-%m-%d}"]
    left = MOST
    for path in paths:
        if left > 0 or path == paths[-1]:
            rows = _of_night(shop, path).slice(0, max(left, 1))
            left -= rows.num_rows
            yield rows


def _of_night(shop: Shop, path: Path) -> pa.Table:
    rows = pq.read_table(path)
    versions = {name.removeprefix(_VERSION): rows[name][0].as_py() for name in rows.column_names
                if name.startswith(_VERSION) and rows.num_rows}  # fmt: skip
    same = {"model_versions": json.dumps({task: one for task, one in versions.items() if one}), "source": shop.name}
    named = {"happened_at": "as_of", "known_at": "as_of"}
    columns = {}
    for field in _SCHEMA:
        name = named.get(field.name, field.name)
        if field.name in same:
            columns[field.name] = pa.array([same[field.name]] * rows.num_rows, field.type)
        elif name not in rows.column_names:
            columns[field.name] = pa.nulls(rows.num_rows, field.type)
        else:
            columns[field.name] = _rounded(rows[name], field.type)
    return pa.table(columns, schema=_SCHEMA)


def _rounded(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return (pc.round(column, kind.scale) if pa.types.is_decimal(kind) else column).cast(kind, safe=False)


def _by_calls(shop: Shop, since: datetime, until: datetime) -> pa.Table:
    rows = []
    for one in (*_archived(shop), *decided_rows(home.state(shop))):
        moment = datetime.fromisoformat(one["decided_at"]).replace(tzinfo=None)
        if one.get("decision_id") and since <= moment < until:
            rows.append(_of_call(shop, one, moment))
    return pa.Table.from_pylist(list({row["decision_id"]: row for row in rows}.values()), schema=_SCHEMA)


def _of_call(shop: Shop, one: dict[str, Any], moment: datetime) -> dict[str, Any]:
    kept = {name: one.get(name) for name in ("decision_id", "customer_id", "action", "channel", "cause", "arm",
                                             "propensity", "expected_net_value")}  # fmt: skip
    cost = one.get("cost")
    told = {name: json.dumps(one[name]) if one.get(name) else None for name in ("model_versions", "receipt")}
    return {**kept, **told, "happened_at": moment, "known_at": moment, "source": shop.name,
            "cost": None if cost is None else Decimal(str(round(cost, 4)))}  # fmt: skip


def _archived(shop: Shop) -> Iterator[dict[str, Any]]:
    """Decisions of calls that the service's database need not hold any more."""
    for path in sorted(home.archive(shop).glob("decisions-*.parquet")):
        for text in pq.read_table(path, columns=["row"])["row"].to_pylist():
            yield json.loads(text)


def decided_elsewhere(shop: Shop, since: datetime, until: datetime, engine: Engine) -> pa.Table:
    """What the shop's own exports say was decided in [since, until), to do something, as known at `until`.

    Returns
    -------
    pa.Table        decision_id, customer_id, action, channel, arm, cost (float), as_of: midnight of the day
    """
    names = ("decision_id", "customer_id", "action", "channel", "arm")
    if not shop.has(DECISIONS):
        texts = {name: pa.array([], pa.string()) for name in names}
        return pa.table({**texts, "cost": pa.array([], pa.float64()), "as_of": pa.array([], pa.timestamp("us"))})
    rows = known_before(engine.read(shop.path(DECISIONS)), until)
    rows = rows.filter(rows.action != "leave_alone", rows.happened_at >= since)
    day = rows.happened_at.truncate("D").cast("timestamp(6)")
    told = rows.select(*names, cost=rows.cost.cast("float64").fill_null(0.0), as_of=day)
    return engine.arrow(told.order_by("decision_id"))
