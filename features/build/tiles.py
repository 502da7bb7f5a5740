"""Reductions that split, by tiles: the fast half of the one join.

A row counts at cutoff c over window w iff it was shown (happened and known) before c and happened at or after c − w.
Rows are merged into tiles of (customer, first cutoff that sees them, slot they happened in); tiles meet each cutoff
once, fall into disjoint ages, and ages add up to windows. Late rows need no branch: they are seen later.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.build.calendar import calendar
from features.build.reductions import Partial, bind, merge, split_of
from features.engine import Engine
from features.known import is_known
from features.spine import Spine

Wanted = Mapping[ops.Reduction, Sequence[int | None]]


def by_tiles(engine: Engine, rows: ir.Table, spine: Spine, wanted: Wanted) -> ir.Table:
    """Reduce rows for every customer and cutoff that has any.

    Parameters
    ----------
    rows : ir.Table     `key` (the customer, int32), `shown_at`, and the relation's columns
    wanted : mapping    reduction → the windows it is asked for

    Returns
    -------
    ir.Table            `key`, `asked` (rank of the cutoff) and one column a reduction × window, named by `atom_name`
    """
    order = sorted({days for windows in wanted.values() for days in windows}, key=_length)
    time = calendar(spine.cutoffs, order)
    rows = _placed(rows, engine.table(time.days), spine.cutoffs[-1])
    states = _states(wanted)
    tiles = _tiles(engine, rows, wanted, states)
    aged = _aged(tiles, engine.table(time.meeting), states)
    return _windowed(engine.keep(aged), wanted, states, order)


def atom_name(wanted: Wanted, reduction: ops.Reduction, days: int | None) -> str:
    """The column that holds a reduction over a window."""
    return f"atom{list(wanted).index(reduction)}_{'all' if days is None else days}"


def _length(days: int | None) -> float:
    return float("inf") if days is None else days


def _states(wanted: Wanted) -> dict[str, Partial]:
    named = {}
    for number, reduction in enumerate(wanted):
        for part, state in enumerate(split_of(reduction).states):
            named[f"s{number}_{part}"] = state
    return named


def _placed(rows: ir.Table, days: ir.Table, last: datetime) -> ir.Table:
    """Give each row its slot and the first cutoff that sees it; drop what no cutoff sees."""
    happened = days.select(happened_day="day", slot="slot")
    shown = days.select(shown_day="day", first="first")
    rows = rows.filter(is_known(rows, last))
    rows = rows.left_join(happened, rows.happened_at.date() == happened.happened_day)
    rows = rows.left_join(shown, rows.shown_at.date() == shown.shown_day)
    zero = ibis.literal(0, "int32")
    return rows.mutate(slot=rows.slot.fill_null(zero), first=rows["first"].fill_null(zero))


def _tiles(engine: Engine, rows: ir.Table, wanted: Wanted, states: Mapping[str, Partial]) -> ir.Table:
    """Tiles of all states together; exact distinct counts come as tiles of their own, each from its own scan."""
    parts: list[tuple[ir.Table, set[str]]] = []
    plain = {name: state for name, state in states.items() if _item(wanted, name) is None}
    if plain:
        merged = {name: _merged_rows(rows, state) for name, state in plain.items()}
        parts.append((rows.group_by("key", "first", "slot").aggregate(**merged), set(plain)))
    for name in states:
        item = _item(wanted, name)
        if item is not None:
            parts.append((_item_tiles(rows, bind(item, rows), name), {name}))
    if len(parts) == 1:
        return engine.keep(parts[0][0])
    widened = (_widened(engine.keep(tile), has, states) for tile, has in parts)
    padded = reduce(lambda left, right: left.union(right), widened)
    merged = {name: merge(padded[name], state.merge, state.type) for name, state in states.items()}
    return engine.keep(padded.group_by("key", "first", "slot").aggregate(**merged))


def _item(wanted: Wanted, state_name: str) -> ir.Value | None:
    reduction = list(wanted)[int(state_name[1:].split("_")[0])]
    return split_of(reduction).item


def _merged_rows(rows: ir.Table, state: Partial) -> ir.Value:
    return merge(bind(state.of, rows), state.merge, state.type)


def _widened(tiles: ir.Table, has: set[str], states: Mapping[str, Partial]) -> ir.Table:
    columns = [
        tiles[name].name(name) if name in has else ibis.literal(None, state.type).name(name)
        for name, state in states.items()
    ]
    return tiles.select("key", "first", "slot", *columns)


def _item_tiles(rows: ir.Table, item: ir.Value, name: str) -> ir.Table:
    """An exact distinct count as a sum over tiles.

    Per customer and item, in the order of being shown, a row that raises the newest slot adds one there and takes one
    away at the slot that was newest before: at any cutoff, each item counts once, in the newest slot known by then.
    """
    seen = rows.mutate(item=item).filter(lambda t: t.item.notnull())
    seen = seen.group_by("key", "item", "first").aggregate(slot=seen.slot.max())
    before = ibis.window(group_by=["key", "item"], order_by="first", preceding=(None, 1))
    seen = seen.mutate(newest=seen.slot.max().over(before))
    raised = seen.filter(seen.newest.isnull() | (seen.slot > seen.newest))
    one = ibis.literal(1, "int64")
    added = raised.select("key", "first", "slot", n=one)
    moved = raised.filter(raised.newest.notnull()).select("key", "first", slot="newest", n=-one)
    both = added.union(moved)
    return both.group_by("key", "first", "slot").aggregate(merge(both.n, "sum", dt.int64).name(name))


def _aged(tiles: ir.Table, meeting: ir.Table, states: Mapping[str, Partial]) -> ir.Table:
    met = tiles.join(meeting, [tiles.slot == meeting.slot, tiles["first"] <= meeting.asked])
    merged = {name: merge(met[name], state.merge, state.type) for name, state in states.items()}
    return met.group_by("key", "asked", "age").aggregate(**merged)


def _windowed(aged: ir.Table, wanted: Wanted, states: Mapping[str, Partial], order: Sequence[int | None]) -> ir.Table:
    merged: dict[str, ir.Value] = {}
    for number, (reduction, windows) in enumerate(wanted.items()):
        for days in windows:
            young = aged.age <= order.index(days)
            for part, state in enumerate(split_of(reduction).states):
                column = aged[f"s{number}_{part}"]
                merged[f"s{number}_{part}_{days}"] = merge(column, state.merge, state.type, where=young)
    wide = aged.group_by("key", "asked").aggregate(**merged)
    finished = {
        atom_name(wanted, reduction, days): _finished(wide, number, reduction, days)
        for number, (reduction, windows) in enumerate(wanted.items())
        for days in windows
    }
    return wide.select("key", "asked", **finished)


def _finished(wide: ir.Table, number: int, reduction: ops.Reduction, days: int | None) -> ir.Value:
    how = split_of(reduction)
    return how.finish([wide[f"s{number}_{part}_{days}"] for part in range(len(how.states))])
