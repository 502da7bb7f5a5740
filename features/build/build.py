"""`build`: the only join of the project. Spine meets features; a row counts iff it was known before the cutoff."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.build.join import Group, assembled, grouped
from features.build.rows import by_rows, seen
from features.build.tiles import by_tiles, width
from features.engine import Engine, opened
from features.feature import FeatureColumn
from features.identity.resolve import People, keyed, members_of, resolve
from features.known import took_place, with_shown_at
from features.progress import Progress, silent
from features.relations import sources_of
from features.shop import Shop
from features.spine import Spine


def build(
    shop: Shop,
    spine: Spine,
    columns: Iterable[FeatureColumn],
    *,
    engine: Engine | None = None,
    fast: bool = True,
    progress: Progress = silent,
) -> pa.Table:
    """Compute features for every row of a spine from what was known before its cutoff.

    Parameters
    ----------
    shop : Shop
    spine : Spine
    columns : iterable of FeatureColumn     their tables and needed columns must be present in the shop
    engine : Engine, optional               DuckDB by default
    fast : bool                             False takes the by-rows path for everything: slow, a second opinion

    Returns
    -------
    pa.Table        customer_id, cutoff, then one float64 column a feature, null where missing; sorted by cutoff,
                    then customer
    """
    with opened(engine) as running:
        _, joined = _joined(shop, spine, tuple(columns), running, fast, progress)
        return pa.concat_tables([running.arrow(part) for part in joined])


def build_to(
    out: Path,
    shop: Shop,
    spine: Spine,
    columns: Iterable[FeatureColumn],
    *,
    engine: Engine | None = None,
    progress: Progress = silent,
    beside: pa.Table | None = None,
) -> None:
    """`build` into one Parquet file that appears whole or not at all.

    Parameters
    ----------
    beside : customer_id, cutoff, and columns that are to stand beside the features of each row of the spine
    """
    with opened(engine) as running:
        turns, parts = _joined(shop, spine, tuple(columns), running, True, progress)
        if beside is not None:
            others = running.table(beside)
            parts = (_with(part, others) for part in parts)
        if turns == 1:
            running.write(next(parts), out)
            return
        kept = [running.keep(part) for part in parts]
        running.write(reduce(lambda left, right: left.union(right), kept), out)
        running.drop(*kept)


def matrix(table: pa.Table, names: Sequence[str]) -> npt.NDArray[np.float32]:
    """The model matrix: cast to float32 once, for training and serving alike; missing is NaN.

    Parameters
    ----------
    table : pa.Table            from `build`
    names : sequence of str     feature columns, in the order wanted

    Returns
    -------
    array, shape (n_rows, n_names), float32, C order
    """
    values = np.empty((table.num_rows, len(names)), dtype=np.float32)
    for place, name in enumerate(names):
        values[:, place] = pc.fill_null(table[name].cast(pa.float64()), float("nan")).to_numpy()
    return values


def _with(rows: ir.Table, others: ir.Table) -> ir.Table:
    both = rows.inner_join(others, ["customer_id", "cutoff"])
    more = [name for name in others.columns if name not in ("customer_id", "cutoff")]
    return both.select(*rows.columns, *more).order_by("cutoff", "customer_id")


def _joined(
    shop: Shop,
    spine: Spine,
    columns: Sequence[FeatureColumn],
    engine: Engine,
    fast: bool,
    progress: Progress,
) -> tuple[int, Iterator[ir.Table]]:
    """The built table in its order, as so many parts: what they are made of is dropped once the next is asked for."""
    rows, asked, known = _rows_and_known(shop, spine, columns, engine)
    groups = grouped(columns, fast)
    turns = _turns(engine, rows, asked, groups)
    parts = []
    for done, group in enumerate(groups):
        progress(f"features from {group.relation}", done, len(groups))
        if group.tiled:
            wide = len(rows) * width(group.wanted) > engine.cells
            own = [turn.select("key", "asked") for turn in turns] if wide and len(turns) > 1 else [None]
            parts.append(by_tiles(engine, known[group.relation], spine.cutoffs, group.wanted, own))
        else:
            parts.append([[engine.keep(by_rows(seen(known, asked, group.relation), group.wanted))]])
    progress("features", len(groups), len(groups))
    return len(turns), _assembled(engine, turns, groups, parts, columns)


def _turns(engine: Engine, rows: pa.Table, asked: ir.Table, groups: Sequence[Group]) -> list[ir.Table]:
    """The spine, as many of its rows at a time as the engine is best asked to merge at once."""
    cells = len(rows) * max((width(group.wanted) for group in groups if group.tiled), default=0)
    turns = -(-cells // engine.cells) if engine.cells else 1
    if turns <= 1:
        return [asked]
    at_once = -(-len(rows) // turns)
    return [engine.table(rows.slice(start, at_once)) for start in range(0, len(rows), at_once)]


def _assembled(
    engine: Engine,
    turns: Sequence[ir.Table],
    groups: Sequence[Group],
    parts: Sequence[Sequence[Sequence[ir.Table]]],
    columns: Sequence[FeatureColumn],
) -> Iterator[ir.Table]:
    """Turn by turn; a group has tables for each of the turns, or the same for all."""
    for number, asked in enumerate(turns):
        tables = [part[number] if len(part) > 1 else part[0] for part in parts]
        yield assembled(asked, groups, tables, columns).order_by("cutoff", "customer_id")
        engine.drop(asked, *(table for part in parts if len(part) > 1 for table in part[number]))
    engine.drop(*(table for part in parts if len(part) == 1 for table in part[0]))


def asked_and_known(
    shop: Shop, spine: Spine, columns: Sequence[FeatureColumn], engine: Engine
) -> tuple[ir.Table, dict[str, ir.Table]]:
    """The spine with integer keys, and each canonical table the columns read with the rows of its persons."""
    _, asked, known = _rows_and_known(shop, spine, columns, engine)
    return asked, known


def _rows_and_known(
    shop: Shop, spine: Spine, columns: Sequence[FeatureColumn], engine: Engine
) -> tuple[pa.Table, ir.Table, dict[str, ir.Table]]:
    people = resolve(shop, spine.cutoffs, engine)
    rows = _asked(spine, people, engine)
    asked = engine.table(rows)
    return rows, asked, _known(shop, members_of(asked, people), columns, engine)


def _asked(spine: Spine, people: People | None, engine: Engine) -> pa.Table:
    """The spine with integer keys: `key` the person's, `asked` the cutoff's rank."""
    rows = keyed(spine.rows, people, engine)
    cutoffs = pa.array(spine.cutoffs, pa.timestamp("us"))
    return rows.append_column("asked", pc.index_in(rows["cutoff"], cutoffs).cast(pa.int32()))


def _known(shop: Shop, members: ir.Table, columns: Sequence[FeatureColumn], engine: Engine) -> dict[str, ir.Table]:
    """Each canonical table asked for: the spine's customers only, with their key and the moment a row is shown."""
    members = engine.keep(members)
    known = {}
    for name in sorted({source for column in columns for source in sources_of(column.feature.relation)}):
        rows = took_place(engine.read(shop.path(name)), name)
        rows = rows.join(members, rows.customer_id == members.member).drop("member")
        known[name] = with_shown_at(rows)
    return known
