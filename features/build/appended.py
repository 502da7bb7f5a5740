"""The columns of every group beside one another, some rows of the spine at a time: no wide join, no wide sort.

A group's rows are fetched in any order and taken for each row of the spine by where they stand. What a customer without
rows of a relation is given depends on the cutoff alone, so it is computed once a cutoff, as one more row each.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from features.build.join import Group, atoms_of
from features.build.rows import by_rows, seen
from features.build.tiles import tiled, width
from features.engine import ROW_GROUP, Engine
from features.feature import FeatureColumn
from features.progress import Progress

ON = ("key", "asked")
NOBODY = -1  # the key of a customer without rows
Found = Callable[[ir.Table], list[ir.Table]]


@runtime_checkable
class InProcess(Engine, Protocol):
    """An engine whose results are fetched cheaply, and whose work is parted for it; others part it themselves.

    Attributes
    ----------
    cells : int     how many values it is best asked to merge at once
    """

    cells: int

    def for_each(
        self, place: ir.Table, slices: Iterable[pa.Table], expressions: Sequence[ir.Table]
    ) -> Iterator[Iterator[pa.Table]]:
        """Compile expressions once, and compute them for each of the slices, put in a handed-over table's place.

        What is fetched for one slice must be read before the next is asked for.
        """
        ...


def appended(
    engine: InProcess,
    rows: pa.Table,
    asked: ir.Table,
    known: Mapping[str, ir.Table],
    cutoffs: Sequence[datetime],
    groups: Sequence[Group],
    columns: Sequence[FeatureColumn],
    progress: Progress,
) -> Iterator[pa.Table]:
    """Features of the spine, in its order.

    Parameters
    ----------
    rows : pa.Table         the spine with `key` and `asked` (rank of the cutoff)
    asked : ir.Table        the same, in the engine
    known : mapping         canonical table → the rows of the spine's persons
    cutoffs : sequence      of the spine, rising

    Returns
    -------
    iterator of pa.Table    customer_id, cutoff, and the columns in the order asked for, as float64
    """
    slices = _slices(engine, rows, groups)
    kept: list[ir.Table] = []
    found: list[Found] = []
    for done, group in enumerate(groups):
        progress(f"features from {group.relation}", done, len(groups))
        tables, of_turn = _group(engine, group, known, asked, cutoffs, len(rows), len(slices))
        kept += tables
        found.append(of_turn)
    turn, moments = engine.table(slices[0]), engine.table(_moments(cutoffs))
    expressions = [_finished(group, of_turn(turn), moments) for group, of_turn in zip(groups, found, strict=True)]
    for number, fetched in enumerate(engine.for_each(turn, slices, expressions)):
        progress("features", number, len(slices))
        yield _side_by_side(slices[number], len(cutoffs), fetched, columns)
    progress("features", len(slices), len(slices))
    engine.drop(turn, moments, *kept)


def _slices(engine: InProcess, rows: pa.Table, groups: Sequence[Group]) -> list[pa.Table]:
    """The spine, as many of its rows at a time as the engine is best asked to merge at once."""
    cells = len(rows) * max((width(group.wanted) for group in groups if group.tiled), default=0)
    turns = max(1, -(-cells // engine.cells))
    at_once = max(1, -(-len(rows) // turns))
    if turns > 1 and at_once > ROW_GROUP:
        at_once -= at_once % ROW_GROUP
    return [rows.slice(start, at_once) for start in range(0, max(1, len(rows)), at_once)]


def _group(
    engine: InProcess,
    group: Group,
    known: Mapping[str, ir.Table],
    asked: ir.Table,
    cutoffs: Sequence[datetime],
    rows: int,
    turns: int,
) -> tuple[list[ir.Table], Found]:
    """What the engine keeps for a group, and its reductions for the rows of a turn (at least)."""
    kept: list[ir.Table] = []
    if group.tiled:
        tiles = tiled(engine, known[group.relation], cutoffs, group.wanted)
        kept += tiles.tables
        if turns > 1 and rows * width(group.wanted) > engine.cells:
            return kept, lambda turn: tiles.reduced(turn.select(*ON))
        everybody = tiles.reduced(None)
    else:
        everybody = [by_rows(seen(known, asked, group.relation), group.wanted)]
    if turns == 1:
        return kept, lambda _: everybody
    of_all = [engine.keep(table) for table in everybody]
    engine.drop(*kept)
    return of_all, lambda turn: [table.semi_join(turn, list(ON)) for table in of_all]


def _finished(group: Group, tables: Sequence[ir.Table], moments: ir.Table) -> ir.Table:
    """`key`, `asked` and the group's columns, for NOBODY too."""
    joined, *others = tables
    for place, other in enumerate(others):
        other = other.rename({f"{name}_{place}": name for name in ON})
        joined = joined.left_join(other, [joined[name] == other[f"{name}_{place}"] for name in ON])
        joined = joined.drop(*(f"{name}_{place}" for name in ON))
    empty = {name: ibis.null(kind) for name, kind in joined.schema().items() if name not in ON}
    nobody = moments.select(key=ibis.literal(NOBODY, "int32"), asked="asked", **empty)
    every = joined.union(nobody.select(*joined.columns))
    every = every.inner_join(moments, ["asked"])
    wanted = group.wanted
    values = {one.column.name: one.value(atoms_of(every, one, wanted), every.cutoff) for one in group.recipes}
    return every.select(*ON, **values)


def _moments(cutoffs: Sequence[datetime]) -> pa.Table:
    ranks = pa.array(range(len(cutoffs)), pa.int32())
    return pa.table({"asked": ranks, "cutoff": pa.array(cutoffs, pa.timestamp("us"))})


def _side_by_side(
    rows: pa.Table, cutoffs: int, fetched: Iterator[pa.Table], columns: Sequence[FeatureColumn]
) -> pa.Table:
    """Take what was fetched for each row of the spine, a group at a time."""
    taken: dict[str, pa.ChunkedArray] = {}
    for found in fetched:
        found = found.combine_chunks()
        places = _places(rows, found, cutoffs)
        for name in found.column_names:
            if name not in ON:
                taken[name] = found[name].cast(pa.float64()).take(places)
    made = {name: rows[name] for name in ("customer_id", "cutoff")}
    return pa.table({**made, **{column.name: taken[column.name] for column in columns}})


def _places(rows: pa.Table, found: pa.Table, cutoffs: int) -> pa.Array:
    """Where in `found` each row of the spine stands, or NOBODY at its cutoff."""
    there = _codes(found["key"], found["asked"], cutoffs)
    own = pc.index_in(_codes(rows["key"], rows["asked"], cutoffs), value_set=there)
    nobody = pc.index_in(_codes(pa.scalar(NOBODY), rows["asked"], cutoffs), value_set=there)
    return pc.coalesce(own, nobody)


def _codes(key: pa.ChunkedArray | pa.Scalar, asked: pa.ChunkedArray, cutoffs: int) -> pa.ChunkedArray:
    return pc.add(pc.multiply(key.cast(pa.int64()), cutoffs), asked.cast(pa.int64()))
