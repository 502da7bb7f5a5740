"""The same reductions as filtered aggregates over rows: any cutoff, what does not split, one customer.

It answers for the tiles as a second opinion, and compiled beforehand it is what serving runs for one customer.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.atoms import bind, merge, native, split
from features.relations import VIEWS, sources_of

Wanted = Mapping[ops.Reduction, Sequence[int | None]]


def by_rows(known: Mapping[str, ir.Table], asked: ir.Table, name: str, wanted: Wanted) -> ir.Table:
    """Reduce what each (customer, cutoff) knew, row by row.

    Parameters
    ----------
    known : mapping     canonical table → rows with `key`, `shown_at` and the table's columns
    asked : ir.Table    the spine: `key`, `asked`, `cutoff`
    name : str          the canonical table or view the reductions are over
    wanted : mapping    reduction → the windows it is asked for

    Returns
    -------
    ir.Table            `key`, `asked` and one column a reduction × window, as from `by_tiles`
    """
    rows = _shown(known[name], asked) if name not in VIEWS else _view(known, asked, name)
    merged: dict[str, ir.Value] = {}
    for number, (reduction, windows) in enumerate(wanted.items()):
        for days in windows:
            merged[f"atom{number}_{'all' if days is None else days}"] = _reduced(rows, reduction, days)
    return rows.group_by("key", "asked").aggregate(**merged)


def _shown(rows: ir.Table, asked: ir.Table) -> ir.Table:
    rows = rows.drop(*(column for column in ("asked", "cutoff") if column in rows.columns))
    met = rows.join(asked, [rows.key == asked.key, rows.shown_at < asked.cutoff])
    return met.drop(*(column for column in met.columns if column.endswith("_right")))


def _view(known: Mapping[str, ir.Table], asked: ir.Table, name: str) -> ir.Table:
    derived = VIEWS[name].derive({source: _shown(known[source], asked) for source in sources_of(name)})
    at = asked.select("key", "asked", asked_cutoff="cutoff")
    met = derived.join(at, [derived.key == at.key, derived.cutoff == at.asked_cutoff])
    return met.drop("key_right", "asked_cutoff")


def _reduced(rows: ir.Table, reduction: ops.Reduction, days: int | None) -> ir.Value:
    seen = _within(rows, days)
    how = split(reduction)
    if how is None:
        return native(reduction, seen, rows)
    if how.item is not None:
        item = bind(how.item, rows)
        return seen.ifelse(item, ibis.literal(None, item.type())).nunique().cast("int64")
    states = []
    for state in how.states:
        value = bind(state.of, rows)
        kept = value if days is None else seen.ifelse(value, ibis.literal(None, value.type()))
        states.append(merge(kept, state.merge, state.type))
    return how.finish(states)


def _within(rows: ir.Table, days: int | None) -> ir.BooleanValue:
    if days is None:
        return ibis.literal(True)
    return rows.happened_at >= rows.cutoff - ibis.interval(days=days)
