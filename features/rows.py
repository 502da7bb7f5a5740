"""The same reductions as filtered aggregates over rows: any cutoff, what does not split, one customer.

It answers for the tiles as a second opinion, and compiled beforehand it is what serving runs for one customer.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.atoms import bind, merge, native, split
from features.relations import sources_of
from features.views import VIEWS

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
    rows = _marked(seen(known, asked, name), wanted)
    merged: dict[str, ir.Value] = {}
    for number, (reduction, windows) in enumerate(wanted.items()):
        for days in windows:
            merged[f"atom{number}_{'all' if days is None else days}"] = _reduced(rows, number, reduction, days)
    return rows.group_by("key", "asked").aggregate(**merged)


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
    met = rows.join(asked, [rows.key == asked.key, rows.shown_at < asked.cutoff])
    return met.drop(*(column for column in met.columns if column.endswith("_right")))


def _view(known: Mapping[str, ir.Table], asked: ir.Table, name: str) -> ir.Table:
    derived = VIEWS[name].derive({source: _shown(known[source], asked) for source in sources_of(name)})
    at = asked.select("key", "asked", asked_cutoff="cutoff")
    met = derived.join(at, [derived.key == at.key, derived.cutoff == at.asked_cutoff])
    return met.drop("asked_cutoff", *(column for column in met.columns if column.endswith("_right")))


def _marked(rows: ir.Table, wanted: Wanted) -> ir.Table:
    """Work out once a row what many aggregates ask of it: its states, its windows, whether it is an item's newest.

    An item lies in a window iff its newest row does, so an exact distinct count becomes a sum over marked rows: DuckDB
    plans a join for every count(distinct …), and planning is what one customer waits for.
    """
    marks: dict[str, ir.Value] = {}
    for days in dict.fromkeys(days for windows in wanted.values() for days in windows if days is not None):
        marks[f"within_{days}"] = within(rows, days)
    for number, reduction in enumerate(wanted):
        how = split(reduction)
        if how is not None and how.item is not None:
            item = bind(how.item, rows)
            newest = ibis.window(group_by=[rows.key, rows.asked, item], order_by=rows.happened_at.desc())
            marks[f"state{number}_0"] = (item.notnull() & (ibis.row_number().over(newest) == 0)).cast("int64")
        elif how is not None:
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
    return how.finish([merge(_kept(column, young), state.merge, state.type) for column, state in pairs])


def _kept(state: ir.Value, young: ir.BooleanValue | None) -> ir.Value:
    """A state, or null outside the window: DuckDB copies every aggregate's input for every FILTER clause."""
    return state if young is None else young.ifelse(state, ibis.literal(None, state.type()))
