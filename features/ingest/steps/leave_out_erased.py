"""Sixth step, across tables: whoever was erased does not come back with the next export.

What is kept of an erased person is a hash of each id, nothing more, so every id of the sources is hashed to find them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from features.ingest.steps.namesakes import ids_of, name_refused
from features.ingest.steps.step import IngestStep, leave_out

_GONE = "erased_ids"
# Tables without a customer of their own, and whose rows theirs hang on.
_HANGING = {"order_lines": ("orders", "order_id"), "responses": ("messages", "message_id")}


@dataclass(frozen=True)
class ErasedIds:
    """Who was erased.

    Attributes
    ----------
    hashes : frozenset of bytes     one an id that led to an erased person
    hashed : callable               the hash of an id
    """

    hashes: frozenset[bytes]
    hashed: Callable[[str], bytes]


def leave_out_erased(steps: Mapping[str, IngestStep], erased: ErasedIds | None) -> None:
    """Leave the relation `named` of every table: as `told`, without rows of erased persons, refused ones included."""
    if erased is None or not erased.hashes:
        for step in steps.values():
            step.database.run(f"CREATE VIEW {step.name('named')} AS SELECT * FROM {step.name('told')}")
        return
    _find(steps, erased)
    for name, step in steps.items():
        _leave_out(step, steps.get(_HANGING[name][0]) if name in _HANGING else None)


def _find(steps: Mapping[str, IngestStep], erased: ErasedIds) -> None:
    database = next(iter(steps.values())).database
    for step in steps.values():
        name_refused(step)
    told = [f"SELECT {name} AS id FROM {step.name('told')}" for step in steps.values() for name in ids_of(step.table)]
    refused = [f"SELECT customer_id FROM {step.name('refused')}" for step in steps.values()]
    rows = database.rows(f"SELECT DISTINCT id FROM ({' UNION ALL '.join(told + refused)}) WHERE id IS NOT NULL")
    gone = [one for (one,) in rows if erased.hashed(one) in erased.hashes]
    database.run(f"CREATE TABLE {_GONE} (id VARCHAR)")
    database.run(f"INSERT INTO {_GONE} SELECT unnest(CAST(? AS VARCHAR[]))", [gone])


def _leave_out(step: IngestStep, head: IngestStep | None) -> None:
    told, named, theirs = step.name("told"), step.name("named"), step.name("theirs")
    if head is not None:
        _, key = _HANGING[step.table.name]
        is_theirs = f"{key} IN (FROM {head.name('theirs')}) AND {key} NOT IN (SELECT {key} FROM {head.name('named')})"
    else:
        own = ids_of(step.table)[:1]
        is_theirs = f"{own[0]} IN (FROM {_GONE})" if own else "false"
    step.database.run(f"CREATE VIEW {named} AS SELECT * {_strangers(step)} FROM {told} WHERE ({is_theirs}) IS NOT TRUE")
    (kept_out,) = step.database.row(f"SELECT coalesce(sum(_lines), 0) FROM {told} WHERE {is_theirs}")
    refused = step.name("refused")
    of_refused = is_theirs if head is not None else f"customer_id IN (FROM {_GONE})"
    for key in {key for table, key in _HANGING.values() if table == step.table.name}:
        step.database.run(
            f"CREATE TABLE {theirs} AS SELECT {key} FROM {told} WHERE {is_theirs} AND {key} IS NOT NULL "
            f"UNION SELECT {key} FROM {refused} WHERE {of_refused} AND {key} IS NOT NULL"
        )
    (refused_out,) = step.database.row(f"SELECT coalesce(sum(lines), 0) FROM {refused} WHERE {of_refused}")
    step.database.run(f"DELETE FROM {refused} WHERE {of_refused}")
    leave_out(step, "erased", int(kept_out) + int(refused_out))


def _strangers(step: IngestStep) -> str:
    """SQL that forgets an erased person where another's row names them."""
    others = ids_of(step.table)[1:]
    forgotten = (f"CASE WHEN {one} IN (FROM {_GONE}) THEN NULL ELSE {one} END AS {one}" for one in others)
    return f"REPLACE ({', '.join(forgotten)})" if others else ""
