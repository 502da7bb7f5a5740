"""The night takes in what the CRM told the service: events and consents become rows of the shop's tables, once.

The exports stay as they are. A row that an export delivers as well – the same order and kind, the same response, the
same contact, the same word on consent – counts as the export has it; what a caller corrected counts as corrected.
"""

import hashlib
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from features.aside import linked_aside
from features.engine import Engine
from features.files import folder_in_one_piece
from features.shop import Shop
from features.tables import SAME, TABLES, Table
from operations import home
from operations.night.archive import with_archived
from serving.state.deliver import CORRECTS, told_by
from serving.state.received import Written, read_written

Rows = Sequence[Mapping[str, Any]]

_KEPT = 2  # nights whose tables stay: the snapshots that read them may still be served from
_FILLED = frozenset({"known_at", "kind", "is_machine", "source"})  # what ingest fills where an export lacks it
# What a response takes from the message it answers, as ingest does.
_OF_MESSAGE = {
    "customer_id": "customer_id",
    "channel": "channel",
    "campaign_id": "campaign_id",
    "sent_at": "happened_at",
}
_ORDERED = ("customer_id", "source_customer_id", "happened_at", "known_at")


def absorb(shop: Shop, written: Written, engine: Engine) -> Shop:
    """The shop with what was written among its rows; the same shop where nothing was.

    Parameters
    ----------
    written : as serving.state.received.read_written gives it

    Returns
    -------
    Shop        its tables lie in a folder of their own under the shop's, named by what was taken in
    """
    if not written.counts:
        return shop
    told = json.dumps([shop.digest, written.counts, written.events_until, written.consents_until], sort_keys=True)
    digest = hashlib.sha256(told.encode()).hexdigest()
    folder = shop.data / f"events-{digest[:12]}"
    if not folder.exists():
        _forget_others(folder)
        with folder_in_one_piece(folder) as part:
            for name in sorted({*shop.present, *written.counts}):  # messages before the responses to them
                if name in written.counts:
                    _add(shop, TABLES[name], written.batches(name), part / f"{name}.parquet", engine)
                else:
                    os.link(shop.path(name), part / f"{name}.parquet")
    present = {name: _columns(shop, TABLES[name], folder, engine) for name in written.counts}
    return replace(shop, data=folder, digest=digest, present={**shop.present, **present})


@contextmanager
def with_written(shop: Shop, cutoff: datetime, engine: Engine) -> Iterator[Shop]:
    """`absorb` what callers told the service before the cutoff, in a folder of its own that is gone afterwards."""
    written = with_archived(shop, read_written(home.state(shop), cutoff))
    if not written.counts:
        yield shop
        return
    with linked_aside(shop, "written") as copy:
        yield absorb(copy, written, engine)


def _add(shop: Shop, table: Table, batches: Iterable[Rows], target: Path, engine: Engine) -> None:
    sent = target.with_name(f".{table.name}.sent.parquet")
    corrected: list[Mapping[str, Any]] = []
    with pq.ParquetWriter(sent, table.schema) as file:
        for rows in batches:
            file.write_table(_arrow(shop, table, [{"source": shop.name, **row} for row in rows]))
            corrected += [row for row in rows if CORRECTS in row]
    fresh = _completed(table, engine.read(sent), target, engine)
    if shop.has(table.name):
        old = engine.read(shop.path(table.name)).select(*table.schema.names)
        filled = _filled(old, engine)
        old = _without(old, table, corrected, engine)
        fresh = old.union(_not_in(old, fresh, table, filled))
    engine.write(fresh.order_by([name for name in _ORDERED if name in table.schema.names]), target)
    sent.unlink()


def _not_in(old: ir.Table, fresh: ir.Table, table: Table, filled: frozenset[str]) -> ir.Table:
    """Fresh rows that the exports do not hold, each once; a column that no export fills tells nothing apart."""
    named = [kind for kind in table.same if kind]
    parts = []
    for kind, columns in table.same.items():
        rows = fresh if not named else fresh.filter(fresh.kind == kind if kind else fresh.kind.notin(named))
        told = [name for name in columns if name in filled]
        first = ibis.row_number().over(group_by=told, order_by=["known_at", "happened_at"])
        rows = rows.mutate(place=first).filter(ibis._.place == 0).drop("place")
        parts.append(rows.anti_join(old, [rows[name].identical_to(old[name]) for name in told]))
    return ibis.union(*(part.select(*table.schema.names) for part in parts)) if named else parts[0]


def _filled(rows: ir.Table, engine: Engine) -> frozenset[str]:
    """Columns of which some row says something."""
    counts = engine.arrow(rows.aggregate(**{name: rows[name].count() for name in rows.columns})).to_pylist()[0]
    return frozenset(name for name in rows.columns if counts[name])


def _without(old: ir.Table, table: Table, corrected: Rows, engine: Engine) -> ir.Table:
    """An export's rows but for those of which a caller sent a correction."""
    by: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in corrected:
        by[told_by(SAME, table.name, row)].append(row)
    for names, rows in by.items():
        kinds = {name: table.column(name).arrow for name in names}
        theirs = engine.table(
            pa.table(
                {name: pa.array([_value(row.get(name), kind) for row in rows], kind) for name, kind in kinds.items()}
            )
        )
        old = old.anti_join(theirs, [old[name].identical_to(theirs[name]) for name in names])
    return old


def _arrow(shop: Shop, table: Table, rows: Rows) -> pa.Table:
    """Rows in the table's columns; what the shop's exports never tell stays unknown, as it was in training."""
    told = shop.present[table.name] if shop.has(table.name) else frozenset(table.schema.names)
    return pa.table(
        {
            field.name: pa.array([_value(row.get(field.name), field.type) for row in rows], field.type)
            if field.name in told or field.name in _FILLED
            else pa.nulls(len(rows), field.type)
            for field in table.schema
        },
        schema=table.schema,
    )


def _columns(shop: Shop, table: Table, folder: Path, engine: Engine) -> frozenset[str]:
    """The columns that are really given: those of the exports, or what was sent where no export has the table."""
    if shop.has(table.name):
        return shop.present[table.name]
    return _filled(engine.read(folder / f"{table.name}.parquet"), engine) - {"source"}


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    if pa.types.is_decimal(kind):
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-kind.scale))
    return value


def _completed(table: Table, rows: ir.Table, target: Path, engine: Engine) -> ir.Table:
    """Responses with the customer, channel and moment of the message they answer, if it was sent too."""
    path = target.with_name("messages.parquet")
    if table.name != "responses" or not path.is_file():
        return rows
    messages = engine.read(path)
    sent = messages.select(answered="message_id", **{f"of_{name}": messages[own] for name, own in _OF_MESSAGE.items()})
    met = rows.left_join(sent, rows.message_id == sent.answered)
    filled = {name: met[f"of_{name}"].fill_null(met[name]) for name in _OF_MESSAGE}
    return met.mutate(**filled).select(*table.schema.names)


def _forget_others(folder: Path) -> None:
    nights = sorted(folder.parent.glob("events-*"), key=lambda path: path.stat().st_mtime)
    for old in nights[: max(len(nights) - _KEPT + 1, 0)]:
        shutil.rmtree(old, ignore_errors=True)
