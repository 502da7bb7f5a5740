"""`build`: the only join of the project. A spine meets features, each row counted iff it was known before the cutoff."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.atoms import Recipe, recipe
from features.engine import DuckDB, Engine
from features.feature import FeatureColumn
from features.progress import Progress, silent
from features.relations import sources_of
from features.rows import by_rows
from features.shop import Shop
from features.spine import Spine
from features.tiles import by_tiles

COUNTS = (ops.Count, ops.CountStar, ops.CountDistinct)


def build(
    shop: Shop,
    spine: Spine,
    columns: Iterable[FeatureColumn],
    *,
    engine: Engine | None = None,
    out: Path | None = None,
    fast: bool = True,
    progress: Progress = silent,
) -> pa.Table | None:
    """Compute features for every row of a spine from what was known before its cutoff.

    Parameters
    ----------
    shop : Shop
    spine : Spine
    columns : iterable of FeatureColumn     their tables and needed columns must be present in the shop
    engine : Engine, optional               DuckDB by default
    out : Path, optional                    write Parquet there, whole or not at all, instead of returning it
    fast : bool                             False takes the by-rows path for everything: slow, a second opinion

    Returns
    -------
    pa.Table or None        customer_id, cutoff, then one float64 column a feature, null where missing; sorted by
                            cutoff, then customer; None where `out` was given
    """
    columns = tuple(columns)
    own = engine is None
    engine = engine or DuckDB()
    try:
        table = _joined(shop, spine, columns, engine, fast, progress)
        if out is not None:
            engine.write(table, out, order_by=("cutoff", "customer_id"))
            return None
        return engine.arrow(table.order_by("cutoff", "customer_id"))
    finally:
        if own:
            engine.close()


def matrix(table: pa.Table, names: Sequence[str]) -> np.ndarray:
    """The model matrix: float32, cast once for training and serving alike; missing is NaN.

    Returns
    -------
    array, shape (n_rows, n_names), float32, C order
    """
    values = np.empty((table.num_rows, len(names)), dtype=np.float32)
    for place, name in enumerate(names):
        values[:, place] = pc.fill_null(table[name].cast(pa.float64()), float("nan")).to_numpy()
    return values


def _joined(
    shop: Shop, spine: Spine, columns: Sequence[FeatureColumn], engine: Engine, fast: bool, progress: Progress
) -> ir.Table:
    asked = engine.table(_asked(spine))
    known = _known(shop, spine, columns, engine)
    parts = []
    groups = _groups(columns, fast)
    for done, ((name, tiled), recipes) in enumerate(groups.items()):
        progress(f"features from {name}", done, len(groups))
        wanted = _wanted(recipes)
        parts.append(
            (by_tiles(engine, known[name], spine, wanted) if tiled else by_rows(known, asked, name, wanted), recipes, wanted)
        )
    progress("features", len(groups), len(groups))
    joined = asked
    values: dict[str, ir.Value] = {}
    for number, (part, recipes, wanted) in enumerate(parts):
        part = engine.keep(part)
        names = {column: f"p{number}_{column}" for column in part.columns if column.startswith("atom")}
        part = part.select(part_key="key", part_asked="asked", **{new: part[old] for old, new in names.items()})
        joined = joined.left_join(part, [joined.key == part.part_key, joined.asked == part.part_asked])
        joined = joined.drop("part_key", "part_asked")
    for number, (_, recipes, wanted) in enumerate(parts):
        for one in recipes:
            values[one.column.name] = one.value(_atoms(joined, number, one, wanted), joined.cutoff)
    return joined.select("customer_id", "cutoff", **{column.name: values[column.name] for column in columns})


def _asked(spine: Spine) -> pa.Table:
    """The spine with integer keys: `key` the customer's rank, `asked` the cutoff's."""
    key = pc.index_in(spine.rows["customer_id"], spine.customers).cast(pa.int32())
    cutoffs = pa.array(spine.cutoffs, pa.timestamp("us"))
    asked = pc.index_in(spine.rows["cutoff"], cutoffs).cast(pa.int32())
    return spine.rows.append_column("key", key).append_column("asked", asked)


def _known(
    shop: Shop, spine: Spine, columns: Sequence[FeatureColumn], engine: Engine
) -> dict[str, ir.Table]:
    """Each canonical table asked for: the spine's customers only, with their key and the moment a row is shown."""
    keys = pa.table({"member": spine.customers, "key": pa.array(np.arange(len(spine.customers), dtype="int32"))})
    members = engine.table(keys)
    names = {source for column in columns for source in sources_of(column.feature.relation)}
    known = {}
    for name in sorted(names):
        rows = engine.read(shop.path(name))
        rows = rows.join(members, rows.customer_id == members.member).drop("member")
        known[name] = rows.mutate(shown_at=ibis.greatest(rows.happened_at, rows.known_at))
    return known


def _groups(columns: Iterable[FeatureColumn], fast: bool) -> Mapping[tuple[str, bool], list[Recipe]]:
    """Recipes by what they read and the path they take: tiles for canonical tables, rows for the rest."""
    groups: dict[tuple[str, bool], list[Recipe]] = defaultdict(list)
    for column in columns:
        one = recipe(column)
        name = column.feature.relation
        groups[name, fast and one.splits and sources_of(name) == (name,)].append(one)
    return groups


def _wanted(recipes: Iterable[Recipe]) -> dict[ops.Reduction, list[int | None]]:
    """Each reduction once, with every window some feature asks it for."""
    wanted: dict[ops.Reduction, list[int | None]] = {}
    for one in recipes:
        for reduction in one.reductions:
            windows = wanted.setdefault(reduction, [])
            if one.column.days not in windows:
                windows.append(one.column.days)
    return wanted


def _atoms(
    joined: ir.Table, number: int, one: Recipe, wanted: Mapping[ops.Reduction, Sequence[int | None]]
) -> dict[ops.Reduction, ir.Value]:
    suffix = "all" if one.column.days is None else one.column.days
    order = list(wanted)
    atoms = {}
    for reduction in one.reductions:
        atom = joined[f"p{number}_atom{order.index(reduction)}_{suffix}"]
        atoms[reduction] = atom.fill_null(ibis.literal(0, "int64")) if isinstance(reduction, COUNTS) else atom
    return atoms
