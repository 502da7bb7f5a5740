"""`build`: the only join of the project. Spine meets features; a row counts iff it was known before the cutoff."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.build.join import assembled, grouped
from features.build.rows import by_rows, seen
from features.build.tiles import by_tiles
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
        return running.arrow(_joined(shop, spine, tuple(columns), running, fast, progress))


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
        rows = _joined(shop, spine, tuple(columns), running, True, progress)
        if beside is not None:
            rows = _with(rows, running.table(beside))
        running.write(rows, out)


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
) -> ir.Table:
    asked, known = asked_and_known(shop, spine, columns, engine)
    groups = grouped(columns, fast)
    parts = []
    for done, group in enumerate(groups):
        progress(f"features from {group.relation}", done, len(groups))
        if group.tiled:
            part = by_tiles(engine, known[group.relation], spine, group.wanted)
        else:
            part = by_rows(seen(known, asked, group.relation), group.wanted)
        parts.append(engine.keep(part))
    progress("features", len(groups), len(groups))
    return assembled(asked, groups, parts, columns).order_by("cutoff", "customer_id")


def asked_and_known(
    shop: Shop, spine: Spine, columns: Sequence[FeatureColumn], engine: Engine
) -> tuple[ir.Table, dict[str, ir.Table]]:
    """The spine with integer keys, and each canonical table the columns read with the rows of its persons."""
    people = resolve(shop, spine.cutoffs, engine)
    asked = engine.table(_asked(spine, people, engine))
    return asked, _known(shop, members_of(asked, people), columns, engine)


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
