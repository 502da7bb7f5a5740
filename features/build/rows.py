"""The same reductions as filtered aggregates over rows: any cutoff, what does not split, one customer.

It answers for the tiles as a second opinion, and compiled beforehand it is what serving runs for one customer.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.build.reductions import bind, merge, native, split
from features.known import is_known
from features.relations import sources_of
from features.views import VIEWS

Wanted = Mapping[ops.Reduction, Sequence[int | None]]


def by_rows(rows: ir.Table, wanted: Wanted, on: Sequence[str] = ("key", "asked")) -> ir.Table:
    """Reduce what each (customer, cutoff) knew, row by row.

    Parameters
    ----------
    rows : ir.Table         what each knew, from `seen`: `on`, `cutoff`, and the relation's columns
    wanted : mapping        reduction → the windows it is asked for
    on : sequence of str    what tells one (customer, cutoff) from another

    Returns
    -------
    ir.Table                `on` and one column a reduction × window, as from `Tiles.reduced`
    """
    items = {reduction: item for reduction in wanted if (item := _item(reduction)) is not None}
    parts = []
    if len(items) < len(wanted):
        marked = _marked(rows, wanted)
        atoms = {
            _atom(number, days): _reduced(marked, number, reduction, days)
            for number, (reduction, windows) in enumerate(wanted.items())
            if reduction not in items
            for days in windows
        }
        parts.append(marked.group_by(*on).aggregate(**atoms))
    if items:
        parts.append(_distinct(rows, wanted, items, on))
    if len(parts) == 1:
        return parts[0]
    plain, counted = parts
    both = plain.left_join(counted, list(on))
    return both.drop(*(column for column in both.columns if column.endswith("_right")))


def seen(known: Mapping[str, ir.Table], asked: ir.Table, name: str) -> ir.Table:
    """The rows of a canonical table or view that each (customer, cutoff) of `asked` knew."""
    return _view(known, asked, name) if name in VIEWS else _shown(known[name], asked)


def within(rows: ir.Table, days: int | None) -> ir.BooleanValue:
    """Rows that happened in the window before their cutoff."""
    if days is None:
        return ibis.literal(True)
    return rows.happened_at >= rows.cutoff - ibis.interval(days=days)


def _shown(rows: ir.Table, asked: ir.Table) -> ir.Table:
    rows = rows.drop(*(column for column in ("asked", "cutoff") if column in rows.columns))
    met = rows.join(asked, [rows.key == asked.key, is_known(rows, asked.cutoff)])
    return met.drop(*(column for column in met.columns if column.endswith("_right")))


def _view(known: Mapping[str, ir.Table], asked: ir.Table, name: str) -> ir.Table:
    derived = VIEWS[name].derive({source: _shown(known[source], asked) for source in sources_of(name)})
    at = asked.select("key", "asked", asked_cutoff="cutoff")
    met = derived.join(at, [derived.key == at.key, derived.cutoff == at.asked_cutoff])
    return met.drop("asked_cutoff", *(column for column in met.columns if column.endswith("_right")))


def _atom(number: int, days: int | None) -> str:
    return f"atom{number}_{'all' if days is None else days}"


def _item(reduction: ops.Reduction) -> ir.Value | None:
    how = split(reduction)
    return how.item if how else None


def _distinct(rows: ir.Table, wanted: Wanted, items: Mapping[ops.Reduction, ir.Value], on: Sequence[str]) -> ir.Table:
    """Exact distinct counts over every window from one pass: an item lies in a window iff its newest row does.

    All items of a relation are put into one line and grouped once. A count(distinct …) for each window costs a hash
    table each, a window function for each item a sort; a single customer would wait for either.
    """
    order = list(wanted)
    named = [
        ibis.struct({"which": ibis.literal(order.index(one), "int32"), "item": bind(item, rows).cast("string")})
        for one, item in items.items()
    ]
    where = [*on, "cutoff"]
    line = rows.select(*where, "happened_at", named=ibis.array(named).unnest())
    line = line.select(*where, "happened_at", which=line.named["which"], item=line.named["item"])
    newest = line.group_by(*where, "which", "item").aggregate(happened_at=line.happened_at.max())
    # Not a filter on the line: DuckDB 2.0.0 fails on one where it reads dictionaries of several row groups.
    there = newest.item.notnull()
    counts = {
        _atom(order.index(one), days): (there & (newest.which == order.index(one)) & within(newest, days))
        .cast("int64")
        .sum()
        .cast("int64")
        for one in items
        for days in wanted[one]
    }
    return newest.group_by(*on).aggregate(**counts)


def _marked(rows: ir.Table, wanted: Wanted) -> ir.Table:
    """Work out once a row what many aggregates ask of it: its states and its windows."""
    marks: dict[str, ir.Value] = {}
    for days in dict.fromkeys(days for windows in wanted.values() for days in windows if days is not None):
        marks[f"within_{days}"] = within(rows, days)
    for number, reduction in enumerate(wanted):
        how = split(reduction)
        if how is not None and how.item is None:
            for part, state in enumerate(how.states):
                marks[f"state{number}_{part}"] = bind(state.of, rows)
    return rows.mutate(**marks)


def _reduced(rows: ir.Table, number: int, reduction: ops.Reduction, days: int | None) -> ir.Value:
    young = None if days is None else rows[f"within_{days}"]
    how = split(reduction)
    if how is None:
        return native(reduction, ibis.literal(True) if young is None else young, rows)
    states = [rows[f"state{number}_{part}"] for part in range(len(how.states))]
    pairs = zip(states, how.states, strict=True)
    return how.finish([merge(column, state.merge, state.type, where=young) for column, state in pairs])
