"""Which records are one person, as far as was known at each cutoff.

Records that share a mark – an e-mail, a phone, a card, as keyed hashes – are one person: the connected components of
records and marks. A link counts at a cutoff only if it was shown before it. A mark that more records share than a
person plausibly has is a hub (the till's own e-mail, a family card): it links nobody, and what it held back is told.

A person carries the id of the record that showed a mark first, so ids are stable from run to run as data are added.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from weakref import WeakKeyDictionary

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from features.engine import Engine
from features.files import replacing
from features.ingest.store import FACTS
from features.known import is_known, with_shown_at
from features.shop import Shop

# A person has a record or two in each of a few systems; what more records share is a till, a club or a family.
HUB_LIMIT = 4
MARK = ("kind", "value")


@dataclass(frozen=True)
class People:
    """Who is who at each cutoff; records that are a person of their own are left out.

    Attributes
    ----------
    members : ir.Table      customer_id (a record), cutoff, person_id
    links : ir.Table        customer_id, cutoff, kind, value, shown_at, sharing: the evidence, one row a record and mark
    held : ir.Table         cutoff, kind, value, sharing: hubs, and how many records share them
    """

    members: ir.Table
    links: ir.Table
    held: ir.Table


_FOUND: WeakKeyDictionary[Engine, dict[str, People]] = WeakKeyDictionary()  # the tables live as long as the engine


def resolve(shop: Shop, cutoffs: Sequence[datetime], engine: Engine, *, hub_limit: int = HUB_LIMIT) -> People | None:
    """Find the persons of a shop at each cutoff; None if the shop has no identities.

    Who asks the same of the same engine again is given what was found: a training run asks many times.

    Parameters
    ----------
    shop : Shop
    cutoffs : sequence of datetime      local midnights
    engine : Engine                     the connected components are computed in it
    hub_limit : int                     a mark shared by more records links nobody
    """
    if shop.settled or not shop.has("identities"):
        return None
    moments = sorted(set(cutoffs))
    known = _FOUND.setdefault(engine, {})
    key = _asked(shop, moments, hub_limit)
    if key not in known:
        known[key] = _resolved(shop, moments, engine, hub_limit)
    return known[key]


def _resolved(shop: Shop, moments: Sequence[datetime], engine: Engine, hub_limit: int) -> People:
    asked = engine.table(pa.table({"cutoff": pa.array(moments, pa.timestamp("us"))}))
    shared = _shared(_evidence(shop, engine), asked)  # who asks for the evidence computes it: few do, and it is large
    links = shared.filter(shared.sharing <= hub_limit)
    held = shared.filter(shared.sharing > hub_limit).select("cutoff", *MARK, "sharing").distinct()
    return People(_components(links, engine), links, held)


def forget(shop: Shop, cutoffs: Sequence[datetime], engine: Engine) -> None:
    """Let go of the persons at these cutoffs, which nobody will ask this engine for again."""
    if shop.settled or not shop.has("identities"):
        return
    people = _FOUND.get(engine, {}).pop(_asked(shop, sorted(set(cutoffs)), HUB_LIMIT), None)
    if people is not None:
        engine.drop(people.members)


def _asked(shop: Shop, moments: Sequence[datetime], hub_limit: int) -> str:
    """What a shop's persons follow from."""
    file = shop.path("identities").stat()
    known = [str(shop.data), file.st_mtime_ns, file.st_size, unmerged(shop), moments, hub_limit]
    return json.dumps(known, default=str)


def person_of(rows: ir.Table, people: People | None) -> ir.Table:
    """Put the person at `cutoff` in the place of the record: `rows` carry customer_id and cutoff."""
    if people is None:
        return rows
    members = people.members.select(record="customer_id", at="cutoff", person_id="person_id")
    met = rows.left_join(members, [rows.customer_id == members.record, rows.cutoff == members.at])
    met = met.mutate(customer_id=ibis.coalesce(met.person_id, met.customer_id))
    return met.drop("record", "at", "person_id")


def members_of(asked: ir.Table, people: People | None) -> ir.Table:
    """The records of each asked person: `asked` has key, customer_id (the person) and cutoff; gives key and member.

    A key stands for one person as known at some cutoffs; where links change, `keyed` gives the person another key.
    """
    alone = asked.select("key", member="customer_id")
    if people is None:
        return alone.distinct()
    found = people.members.select(member="customer_id", at="cutoff", person_id="person_id")
    joined = asked.join(found, [asked.customer_id == found.person_id, asked.cutoff == found.at])
    return alone.union(joined.select("key", "member")).distinct()


def records_at(asked: ir.Table, people: People | None, at: datetime) -> ir.Table:
    """The records that are known at `at` to belong to each asked person: for_customer, for_cutoff, member.

    What happened next is looked up with what is known by then: a link learnt after the cutoff brings the person's
    other orders back to them.
    """
    rows = asked.select(
        for_customer="customer_id",
        for_cutoff="cutoff",
        customer_id="customer_id",
        cutoff=ibis.literal(at, "timestamp(6)"),
    )
    own = rows.select("for_customer", "for_cutoff", member="customer_id")
    if people is None:
        return own
    now = person_of(rows, people)
    found = people.members.select(member="customer_id", person_id="person_id")
    joined = now.join(found, now.customer_id == found.person_id)
    return own.union(joined.select("for_customer", "for_cutoff", "member")).distinct()


def keyed(spine: pa.Table, people: People | None, engine: Engine) -> pa.Table:
    """Give every spine row a `key`: one for a person, and another wherever their records are not the same.

    Parameters
    ----------
    spine : pa.Table        customer_id (a person), cutoff

    Returns
    -------
    pa.Table                the same rows in the same order, with `key` int32
    """
    if people is None:
        names = pc.unique(spine["customer_id"])
        return spine.append_column("key", pc.index_in(spine["customer_id"], names).cast(pa.int32()))
    sets = people.members.group_by("person_id", "cutoff").aggregate(
        records=people.members.customer_id.collect(order_by=people.members.customer_id).join("\n")
    )
    rows = engine.table(spine)
    met = rows.left_join(sets, [rows.customer_id == sets.person_id, rows.cutoff == sets.cutoff])
    met = met.select("customer_id", "cutoff", records=ibis.coalesce(met.records, met.customer_id))
    found = engine.arrow(met.order_by("cutoff", "customer_id"))
    engine.drop(rows)
    identity = pc.binary_join_element_wise(found["customer_id"], found["records"], "\n\n")
    key = pc.index_in(identity, pc.unique(identity)).cast(pa.int32())
    return found.select(["customer_id", "cutoff"]).append_column("key", key)


def unmerge(shop: Shop, customer_id: str, kind: str, value: str, *, by: str, why: str) -> None:
    """Cut one link for good: the record no longer carries the mark, at any cutoff. It was never true.

    Parameters
    ----------
    customer_id, kind, value : str      as the merge log shows them
    by, why : str                       kept with the cut
    """
    cuts = [
        cut for cut in unmerged(shop) if (cut["customer_id"], cut["kind"], cut["value"]) != (customer_id, kind, value)
    ]
    cuts.append({"customer_id": customer_id, "kind": kind, "value": value, "by": by, "why": why})
    with replacing(_unmerged_path(shop)) as part:
        part.write_text("\n".join(json.dumps(cut, ensure_ascii=False) for cut in cuts) + "\n")


def unmerged(shop: Shop) -> list[dict[str, str]]:
    """The links that were cut, oldest first."""
    path = _unmerged_path(shop)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _unmerged_path(shop: Shop) -> Path:
    """Beside the ingests, not inside one: a cut outlives the next delivery of data.

    The tables of a night that took in callers' rows lie within the ingest they were made from.
    """
    ingest = next((folder for folder in (shop.data, shop.data.parent) if (folder / FACTS).is_file()), shop.data)
    return ingest.parent / "unmerged.jsonl"


def _evidence(shop: Shop, engine: Engine) -> ir.Table:
    """Each record and mark once, with the moment their link was first shown; cut links are left out."""
    marks = with_shown_at(engine.read(shop.path("identities")))
    marks = marks.mutate(customer_id=marks.source_customer_id)
    marks = marks.group_by("customer_id", *MARK).aggregate(shown_at=marks.shown_at.min())
    cuts = unmerged(shop)
    if not cuts:
        return _of_several(marks)
    cut = engine.table(pa.table({name: [row[name] for row in cuts] for name in ("customer_id", *MARK)}))
    return _of_several(marks.anti_join(cut, ["customer_id", *MARK]))


def _of_several(marks: ir.Table) -> ir.Table:
    """What only one record ever shows links nobody at any cutoff: most marks, left out before they meet the cutoffs."""
    records = marks.customer_id.count().over(ibis.window(group_by=[*MARK]))
    return marks.mutate(records=records).filter(lambda t: t.records > 1).drop("records")


def _shared(marks: ir.Table, asked: ir.Table) -> ir.Table:
    """Links shown before each cutoff through marks that several records share by then."""
    met = marks.join(asked, is_known(marks, asked.cutoff))
    sharing = met.customer_id.count().over(ibis.window(group_by=["cutoff", *MARK]))
    met = met.mutate(sharing=sharing)
    return met.filter(met.sharing > 1)


def _components(links: ir.Table, engine: Engine) -> ir.Table:
    """Connected components: every record takes the smallest name among its neighbours until nothing changes.

    A name is the record's rank at the cutoff, by the moment it first showed a mark, so the smallest is the oldest. A
    mark goes by the smallest name it is on: two marks of one name share that record, and link the same people anyway.
    """
    first = links.shown_at.min().over(ibis.window(group_by=["cutoff", "customer_id"])).epoch_seconds()
    found = links.select("cutoff", "customer_id", *MARK, first=first)
    by_age = ibis.window(group_by="cutoff", order_by=[found["first"], found.customer_id])
    found = found.mutate(name=ibis.dense_rank().over(by_age))
    mark = found.name.min().over(ibis.window(group_by=["cutoff", *MARK]))
    found = engine.keep(found.select("cutoff", "customer_id", "name", mark=mark, least=mark))
    linked = found.select("cutoff", "name", "mark", "least").distinct()
    latest: tuple[ir.Table, ...] = ()
    changed = 1
    while changed:
        by_record = linked.least.min().over(ibis.window(group_by=["cutoff", "name"]))
        met = linked.mutate(met=by_record)
        by_mark = met.met.min().over(ibis.window(group_by=["cutoff", "mark"]))
        linked = engine.keep(met.select("cutoff", "name", "mark", "least", new=by_mark))
        engine.drop(*latest)
        latest = (linked,)
        changed = engine.arrow(linked.aggregate(changed=(linked.new != linked.least).sum()))["changed"][0].as_py()
        linked = linked.drop("least").rename(least="new")
    members = engine.keep(_persons(found, linked))
    engine.drop(found, *latest)
    return members


def _persons(found: ir.Table, linked: ir.Table) -> ir.Table:
    """Every record with the id of the person's oldest one."""
    named = found.select("cutoff", "name", "customer_id").distinct()
    least = linked.select("cutoff", "name", "least").distinct()
    oldest = named.select(at="cutoff", oldest="name", person_id="customer_id")
    met = named.join(least, ["cutoff", "name"])
    met = met.join(oldest, [met.cutoff == oldest.at, met.least == oldest.oldest])
    return met.select("customer_id", "cutoff", "person_id")
