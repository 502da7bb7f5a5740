"""The night takes in what the CRM told the service: events and consents become rows of the shop's tables, once.

The exports stay as they are. A row that an export delivers as well – the same order and kind, the same response, the
same contact, the same word on consent – counts as the export has it; what a caller corrected counts as corrected.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from features.engine import Engine
from features.ingest.store import folder_in_one_piece
from features.shop import Shop
from features.tables import TABLES, Table
from serving.state.deliver import CORRECTS
from serving.state.received import Written

Rows = Sequence[Mapping[str, Any]]

_KEPT = 2  # nights whose tables stay: the snapshots that read them may still be served from
# Which columns tell that a row is delivered again; a touchpoint has no id, so what it says does.
_SAME = {
    "orders": ("order_id", "kind"),
    "messages": ("message_id",),
    "responses": ("message_id", "kind", "item"),
    "tickets": ("ticket_id", "happened_at", "closed_at"),
    "touchpoints": ("customer_id", "happened_at", "channel", "kind", "product_id"),
    "consents": ("customer_id", "channel", "purpose", "happened_at"),
}
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


def _add(shop: Shop, table: Table, batches: Iterable[Rows], target: Path, engine: Engine) -> None:
    sent = target.with_name(f".{table.name}.sent.parquet")
    corrected: list[tuple[str | None, ...]] = []
    with pq.ParquetWriter(sent, table.schema) as file:
        for rows in batches:
            file.write_table(_arrow(shop, table, [{"source": shop.name, **row} for row in rows]))
            corrected += [tuple(row.get(name) for name in _SAME[table.name]) for row in rows if CORRECTS in row]
    fresh = _completed(table, engine.read(sent), target, engine)
    if shop.has(table.name):
        old = _without(engine.read(shop.path(table.name)).select(*table.schema.names), table, corrected, engine)
        same = [fresh[name].identical_to(old[name]) for name in _SAME[table.name]]
        fresh = old.union(fresh.anti_join(old, same).select(*table.schema.names))
    engine.write(fresh.order_by([name for name in _ORDERED if name in table.schema.names]), target)
    sent.unlink()


def _without(old: ir.Table, table: Table, corrected: Sequence[Sequence[str | None]], engine: Engine) -> ir.Table:
    """An export's rows but for those of which a caller sent a correction."""
    if not corrected:
        return old
    columns = list(zip(*corrected, strict=True))
    theirs = engine.table(
        pa.table({name: pa.array(c, pa.string()) for name, c in zip(_SAME[table.name], columns, strict=True)})
    )
    return old.anti_join(theirs, [old[name].identical_to(theirs[name]) for name in _SAME[table.name]])


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
    sent = engine.read(folder / f"{table.name}.parquet")
    names = [name for name in table.schema.names if name != "source"]
    told = engine.arrow(sent.aggregate(**{name: sent[name].count() for name in names})).to_pylist()[0]
    return frozenset(name for name in names if told[name])


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
