"""A shop with a person's id in the place of every record's, as known at one cutoff: what a night works on.

Training resolves anew at each of its cutoffs. A night has one, so its snapshot, history, candidates and scores read
tables in which the persons are settled.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from features.engine import Engine, opened
from features.files import folder_in_one_piece
from features.identity.resolve import resolve, unmerged
from features.shop import Shop

ID_COLUMNS = ("customer_id", "source_customer_id", "referred_by")


def settle(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> tuple[Shop, dict[str, str]]:
    """Put persons in the place of records.

    Parameters
    ----------
    shop : Shop
    cutoff : datetime       links shown before it count

    Returns
    -------
    (shop, linked)          the shop as it is where nothing links records; `linked` maps every other record of a
                            person to the person's id
    """
    with opened(engine) as running:
        people = resolve(shop, [cutoff], running)
        if people is None:
            return shop, {}
        members = running.arrow(people.members.select("customer_id", "person_id"))
        members = members.filter(pc.not_equal(members["customer_id"], members["person_id"]))
        linked = dict(zip(members["customer_id"].to_pylist(), members["person_id"].to_pylist(), strict=True))
        cuts = hashlib.sha256(json.dumps(unmerged(shop)).encode()).hexdigest()[:6]
        folder = shop.data / f"persons-{cutoff:%Y-%m-%d}-{cuts}"
        if not folder.exists():
            _forget_others(folder)
            with folder_in_one_piece(folder) as part:
                for table in shop.present:
                    _rewrite(shop.path(table), part / f"{table}.parquet", members, running)
    return replace(shop, data=folder, settled=True), linked


def _rewrite(source: Path, target: Path, members: pa.Table, engine: Engine) -> None:
    rows = engine.read(source)
    ids = [name for name in ID_COLUMNS if name in rows.columns]
    if not ids:
        os.link(source, target)
        return
    columns = list(rows.columns)
    known = engine.table(members)
    for name in ids:
        person = known.select(record="customer_id", person="person_id")
        met = rows.left_join(person, rows[name] == person.record)
        rows = met.mutate(**{name: ibis.coalesce(met.person, met[name])}).select(*columns)
    order = [name for name in ("customer_id", "source_customer_id", "happened_at", "known_at") if name in columns]
    engine.write(rows.order_by(order), target)


def _forget_others(folder: Path) -> None:
    """Earlier nights of the same data: the snapshots that read them keep them open until they are gone."""
    for old in sorted(folder.parent.glob("persons-*"), key=lambda path: path.stat().st_mtime)[:-2]:
        for file in old.iterdir():
            file.unlink()
        old.rmdir()


def merge_log(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> Mapping[str, pa.Table]:
    """What links whom at a cutoff, and what was held back.

    Returns
    -------
    mapping     `links`: person_id, customer_id, kind, value (hashed), shown_at, sharing, one row a link;
                `held`: kind, value, sharing, one row a hub
    """
    with opened(engine) as running:
        people = resolve(shop, [cutoff], running)
        if people is None:
            return {}
        members = people.members.select(record="customer_id", person_id="person_id")
        links = people.links.join(members, people.links.customer_id == members.record)
        links = links.select("person_id", "customer_id", "kind", "value", "shown_at", "sharing")
        return {
            "links": running.arrow(links.order_by("person_id", "customer_id", "kind", "value")),
            "held": running.arrow(people.held.select("kind", "value", "sharing").order_by("kind", "value")),
        }
