"""Reductions that split, by tiles: the fast half of the one join.

A row counts at cutoff c over window w iff it was shown (happened and known) before c and happened at or after c − w.
Rows are merged into tiles of (customer, first cutoff that sees them, slot they happened in); tiles meet each cutoff
once, at an age, and are merged into every window at least as long. Late rows need no branch: they are seen later.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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

Wanted = Mapping[ops.Reduction, Sequence[int | None]]


@dataclass(frozen=True)
class Tiles:
    """The rows of a relation merged by customer, first cutoff that sees them and slot they happened in.

    Attributes
    ----------
    wanted : mapping                reduction → the windows it is asked for
    meeting : ir.Table              the age a slot has at each cutoff
    states : ir.Table or None       what is merged over rows; None where all that is asked for is distinct counts
    items : ir.Table or None        the tiles of exact distinct counts; None where none is asked for
    """

    wanted: Wanted
    meeting: ir.Table
    states: ir.Table | None
    items: ir.Table | None

    @property
    def tables(self) -> tuple[ir.Table, ...]:
        """What the engine keeps for it."""
        return tuple(table for table in (self.meeting, self.states, self.items) if table is not None)

    def reduced(self, asked: ir.Table | None) -> list[ir.Table]:
        """The reductions of every customer with rows, at every cutoff that is asked.

        Parameters
        ----------
        asked : ir.Table or None    `key` and `asked` (rank of the cutoff) of some rows of the spine: what is merged at
            once stays in memory, and near the processor; None for everybody at every cutoff

        Returns
        -------
        list of ir.Table            tables of `key`, `asked` and one column a reduction × window, named by `atom_name`;
            together they have them all, and the first has every row of the others
        """
        found, items = [], _items(self.wanted)
        if self.states is not None:
            found.append(_windowed(_met(self.states, self.meeting, asked), self.wanted, items))
        if self.items is not None:
            found.append(_counted(_met(self.items, self.meeting, asked), self.wanted, items))
        return found


def tiled(engine: Engine, rows: ir.Table, cutoffs: Sequence[datetime], wanted: Wanted) -> Tiles:
    """Merge rows into tiles, which the engine keeps.

    Parameters
    ----------
    rows : ir.Table         `key` (the customer, int32), `shown_at`, and the relation's columns
    cutoffs : sequence      of the spine, rising
    wanted : mapping        reduction → the windows it is asked for
    """
    time = calendar(cutoffs, windows_of(wanted))
    days = engine.table(time.days)
    rows = _placed(rows, days, cutoffs[-1])
    items = _items(wanted)
    states = _states(wanted, items)
    made = Tiles(
        wanted,
        engine.table(time.meeting),
        engine.keep(_tiles(rows, states)) if states else None,
        _item_tiles(engine, rows, items) if items else None,
    )
    engine.drop(days)
    return made


def width(wanted: Wanted) -> int:
    """How many values a row of tiles has."""
    items = _items(wanted)
    return max(len(_states(wanted, items)), len(items))


def windows_of(wanted: Wanted) -> list[int | None]:
    """Every window some reduction is asked for, rising: the ages that rows fall into."""
    return sorted({days for windows in wanted.values() for days in windows}, key=_length)


def atom_name(wanted: Wanted, reduction: ops.Reduction, days: int | None) -> str:
    """The column that holds a reduction over a window."""
    return f"atom{list(wanted).index(reduction)}_{'all' if days is None else days}"


def _length(days: int | None) -> float:
    return float("inf") if days is None else days


def _items(wanted: Wanted) -> dict[int, ir.Value]:
    """What the exact distinct counts among the reductions count, by the reduction's number."""
    found = {number: split_of(reduction).item for number, reduction in enumerate(wanted)}
    return {number: item for number, item in found.items() if item is not None}


def _states(wanted: Wanted, items: Collection[int]) -> dict[str, Partial]:
    """What is merged over rows; items are counted apart."""
    return {
        f"s{number}_{part}": state
        for number, reduction in enumerate(wanted)
        if number not in items
        for part, state in enumerate(split_of(reduction).states)
    }


def _placed(rows: ir.Table, days: ir.Table, last: datetime) -> ir.Table:
    """Give each row its slot and the first cutoff that sees it; drop what no cutoff sees."""
    happened = days.select(happened_day="day", slot="slot")
    shown = days.select(shown_day="day", first="first")
    rows = rows.filter(is_known(rows, last))
    rows = rows.left_join(happened, rows.happened_at.date() == happened.happened_day)
    rows = rows.left_join(shown, rows.shown_at.date() == shown.shown_day)
    zero = ibis.literal(0, "int32")
    return rows.mutate(slot=rows.slot.fill_null(zero), first=rows["first"].fill_null(zero))


def _tiles(rows: ir.Table, states: Mapping[str, Partial]) -> ir.Table:
    merged = {name: merge(bind(state.of, rows), state.merge, state.type) for name, state in states.items()}
    return rows.group_by("key", "first", "slot").aggregate(**merged)


def _item_tiles(engine: Engine, rows: ir.Table, items: Mapping[int, ir.Value]) -> ir.Table:
    """The tiles of all exact distinct counts in one line, `which` telling them apart: narrow however many they are."""
    parts = [engine.keep(_of_item(rows, number, item)) for number, item in items.items()]
    return reduce(lambda left, right: left.union(right), parts)


def _of_item(rows: ir.Table, which: int, item: ir.Value) -> ir.Table:
    """An exact distinct count as a sum over tiles.

    Per customer and item, in the order of being shown, a row that raises the newest slot adds one there and takes one
    away at the slot that was newest before: at any cutoff, each item counts once, in the newest slot known by then.
    """
    seen = rows.mutate(item=bind(item, rows)).filter(lambda t: t.item.notnull())
    seen = seen.group_by("key", "item", "first").aggregate(slot=seen.slot.max())
    before = ibis.window(group_by=["key", "item"], order_by="first", preceding=(None, 1))
    seen = seen.mutate(newest=seen.slot.max().over(before))
    raised = seen.filter(seen.newest.isnull() | (seen.slot > seen.newest))
    one = ibis.literal(1, "int64")
    added = raised.select("key", "first", "slot", n=one)
    moved = raised.filter(raised.newest.notnull()).select("key", "first", slot="newest", n=-one)
    both = added.union(moved)
    merged = both.group_by("key", "first", "slot").aggregate(n=merge(both.n, "sum", dt.int64))
    return merged.mutate(which=ibis.literal(which, "int32"))


def _met(tiles: ir.Table, meeting: ir.Table, asked: ir.Table | None) -> ir.Table:
    """Tiles at every cutoff that sees them; where a turn is told, at those it asks for its customers."""
    if asked is None:
        return tiles.join(meeting, [tiles.slot == meeting.slot, tiles["first"] <= meeting.asked])
    seen = tiles.join(asked, [tiles.key == asked.key, tiles["first"] <= asked.asked]).drop("key_right")
    return seen.join(meeting, [seen.slot == meeting.slot, seen.asked == meeting.asked])


def _windowed(met: ir.Table, wanted: Wanted, items: Collection[int]) -> ir.Table:
    # Not by age first: most states are asked for over one window or two, and a wide group costs more than it saves.
    merged: dict[str, ir.Value] = {}
    plain = [(number, one, wanted[one]) for number, one in enumerate(wanted) if number not in items]
    ages = windows_of(wanted)
    for number, reduction, windows in plain:
        for days in windows:
            young = None if days == ages[-1] else met.age <= ages.index(days)
            for part, state in enumerate(split_of(reduction).states):
                column = met[f"s{number}_{part}"]
                merged[f"s{number}_{part}_{days}"] = merge(column, state.merge, state.type, where=young)
    wide = met.group_by("key", "asked").aggregate(**merged)
    finished = {
        atom_name(wanted, reduction, days): _finished(wide, number, reduction, days)
        for number, reduction, windows in plain
        for days in windows
    }
    return wide.select("key", "asked", **finished)


def _finished(wide: ir.Table, number: int, reduction: ops.Reduction, days: int | None) -> ir.Value:
    how = split_of(reduction)
    return how.finish([wide[f"s{number}_{part}_{days}"] for part in range(len(how.states))])


def _counted(met: ir.Table, wanted: Wanted, items: Collection[int]) -> ir.Table:
    named, ages = list(wanted), windows_of(wanted)
    counts = {
        atom_name(wanted, named[number], days): merge(
            met.n, "sum", dt.int64, where=(met.which == number) & (met.age <= ages.index(days))
        ).fill_null(ibis.literal(0, "int64"))
        for number in items
        for days in wanted[named[number]]
    }
    return met.group_by("key", "asked").aggregate(**counts)
