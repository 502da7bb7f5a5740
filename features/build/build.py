"""`build`: the only join of the project. Spine meets features; a row counts iff it was known before the cutoff."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.build.appended import InProcess, appended
from features.build.join import assembled, grouped
from features.build.rows import by_rows, seen
from features.build.tiles import tiled
from features.engine import ROW_GROUP, Engine, opened
from features.feature import FeatureColumn
from features.files import replacing
from features.handed_out import AT_ONCE, Executors, Work
from features.identity.resolve import People, keyed, members_of, resolve
from features.known import took_place, with_shown_at
from features.progress import Progress, silent
from features.relations import sources_of
from features.shop import Shop
from features.spine import Spine

_ORDER = ("cutoff", "customer_id")


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
    columns = tuple(columns)
    with opened(engine) as running:
        if isinstance(running, InProcess):
            return pa.concat_tables(_parts(shop, spine, columns, running, fast, progress))
        return running.arrow(_joined(shop, spine, columns, running, fast, progress).order_by(*_ORDER))


def built_in_parts(
    shop: Shop,
    spine: Spine,
    columns: Iterable[FeatureColumn],
    *,
    engine: Engine,
    progress: Progress = silent,
) -> Iterator[pa.Table]:
    """`build`, some rows of the spine at a time, in its order; the engine must stay open until the last was read."""
    columns = tuple(columns)
    if isinstance(engine, InProcess):
        yield from _parts(shop, spine, columns, engine, True, progress)
    else:
        yield engine.arrow(_joined(shop, spine, columns, engine, True, progress).order_by(*_ORDER))


def build_to(
    out: Path,
    shop: Shop,
    spine: Spine,
    columns: Iterable[FeatureColumn],
    *,
    engine: Engine | None = None,
    progress: Progress = silent,
) -> None:
    """`build` into one Parquet file that appears whole or not at all."""
    columns = tuple(columns)
    with opened(engine) as running:
        if isinstance(running, InProcess):
            _write(out, _parts(shop, spine, columns, running, True, progress))
            return
        running.write(_joined(shop, spine, columns, running, True, progress).order_by(*_ORDER), out)


def build_parts(
    shop: Shop,
    spine: Spine,
    columns: Iterable[FeatureColumn],
    beside: pa.Table,
    work: Work,
    *,
    engine: Engine,
    progress: Progress = silent,
) -> None:
    """`build`, each part of whose rows is written where it lies: nowhere do all of them come together.

    Parameters
    ----------
    spine : of as many parts as the engine says; of one cutoff where they are several
    beside : the rows of the spine in its order, with `_part` and columns that are to stand beside the features
    """
    columns = tuple(columns)
    if isinstance(engine, InProcess):
        parts = _parts(shop, spine, columns, engine, True, progress)
        work.do_here(batch for table in _beside(parts, beside) for batch in table.to_batches(AT_ONCE))
        return
    assert isinstance(engine, Executors)
    engine.hand_out(_with(_joined(shop, spine, columns, engine, True, progress), engine.table(beside)), work)


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


def _parts(
    shop: Shop,
    spine: Spine,
    columns: Sequence[FeatureColumn],
    engine: InProcess,
    fast: bool,
    progress: Progress,
) -> Iterator[pa.Table]:
    rows, asked, known = _rows_and_known(shop, spine, columns, engine)
    yield from appended(engine, rows, asked, known, spine.cutoffs, grouped(columns, fast), columns, progress)
    engine.drop(asked)


def _joined(
    shop: Shop,
    spine: Spine,
    columns: Sequence[FeatureColumn],
    engine: Engine,
    fast: bool,
    progress: Progress,
) -> ir.Table:
    """The built table as one expression of an engine that parts its work itself."""
    _, asked, known = _rows_and_known(shop, spine, columns, engine)
    groups = grouped(columns, fast)
    parts = []
    for done, group in enumerate(groups):
        progress(f"features from {group.relation}", done, len(groups))
        if group.tiled:
            found = tiled(engine, known[group.relation], spine.cutoffs, group.wanted).reduced(None)
        else:
            found = [by_rows(seen(known, asked, group.relation), group.wanted)]
        parts.append([engine.keep(table) for table in found])
    progress("features", len(groups), len(groups))
    return assembled(asked, groups, parts, columns)


def _beside(parts: Iterable[pa.Table], others: pa.Table) -> Iterator[pa.Table]:
    """Parts of the spine in its order, and what stands beside the same rows of it."""
    start = 0
    for part in parts:
        for name in others.column_names:
            if name not in ("customer_id", "cutoff"):
                part = part.append_column(name, others[name].slice(start, len(part)))
        start += len(part)
        yield part


def _with(rows: ir.Table, others: ir.Table) -> ir.Table:
    both = rows.inner_join(others, ["customer_id", "cutoff"])
    more = [name for name in others.columns if name not in ("customer_id", "cutoff")]
    return both.select(*rows.columns, *more)


def _write(out: Path, parts: Iterator[pa.Table]) -> None:
    """Write parts as they come, and let go of each before the next is made."""
    with replacing(out) as part, ExitStack() as opening:
        file: pq.ParquetWriter | None = None
        for rows in parts:
            if file is None:
                file = opening.enter_context(pq.ParquetWriter(part, rows.schema, compression="zstd"))
            file.write_table(rows, row_group_size=ROW_GROUP)
            del rows


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
