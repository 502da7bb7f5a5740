"""The laws of features, held against a shop's own: point in time, order, tiles, one customer, Spark."""

import importlib.util
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.build.build import build, matrix
from features.build.compile import compile_for_one
from features.catalog import missing_for
from features.engine import DuckDB, Engine, Spark
from features.errors import PerennialError
from features.feature import Feature, FeatureColumn
from features.progress import Progress, silent
from features.scratch import own_folder
from features.shop import Shop, open_shop
from features.spine import Spine
from simulation.world import simulate

Values = NDArray[np.float32]

_CUSTOMERS, _MONTHS, _SEED = 150, 8, 5
_ALONE = 5  # customers asked one by one


@dataclass(frozen=True)
class Law:
    """One law, and what it found.

    Attributes
    ----------
    broken : names of the columns that break it
    skipped : why it could not be tried; empty where it was
    """

    name: str
    broken: tuple[str, ...] = ()
    skipped: str = ""


def hold(features: Sequence[Feature], *, progress: Progress = silent) -> tuple[Law, ...]:
    """Try every law on a simulated shop that has all tables.

    Raises
    ------
    PerennialError      if a feature is empty for everybody there, so that the laws would hold for nothing
    """
    columns = tuple(column for feature in features for column in feature.columns)
    with tempfile.TemporaryDirectory(prefix="laws-", dir=own_folder()) as place:
        folder = Path(place)
        progress("simulating a shop")
        simulate(_CUSTOMERS, _MONTHS, _SEED, folder / "world")
        shop = open_shop(folder / "world", home=folder / "home")
        _refuse_unfilled(shop, features)
        with closing(DuckDB(threads=1)) as engine:
            return tuple(_tried(shop, columns, engine, folder, progress))


def _tried(
    shop: Shop, columns: Sequence[FeatureColumn], engine: Engine, folder: Path, progress: Progress
) -> Iterator[Law]:
    cutoff = shop.default_cutoff() - timedelta(days=60)
    spine = Spine.ever(shop, cutoff, engine=engine)
    built = _values(shop, spine, columns, engine)
    _refuse_constant(built, columns)

    def law(name: str, other: Values, same: Values = built) -> Law:
        return Law(name, _different(columns, same, other))

    progress("rows known later")
    past = _rewritten(shop, folder / "past", lambda table: _known_before(table, cutoff))
    yield law("what was known at or after the cutoff changes nothing", _values(past, spine, columns, engine))
    progress("rows in another order")
    mixed = _rewritten(shop, folder / "mixed", _shuffled)
    yield law("the order of rows changes nothing", _values(mixed, spine, columns, engine))
    progress("row by row")
    yield law("tiles say what rows say", _values(shop, spine, columns, engine, fast=False))
    progress("one customer at a time")
    some = spine.customers.to_pylist()[:: max(1, len(spine) // _ALONE)][:_ALONE]
    alone = [_values(shop, Spine.of([one], [cutoff]), columns, engine, fast=False) for one in some]
    rows = [spine.rows["customer_id"].to_pylist().index(one) for one in some]
    compile_for_one(columns)  # what the Release carries; raises where a body cannot be compiled
    yield law("a customer alone is the same as in the batch", np.concatenate(alone), built[rows])
    if importlib.util.find_spec("pyspark") is None:
        yield Law("Spark says what DuckDB says", skipped="pyspark is not installed: pip install 'perennial[spark]'")
        return
    progress("on Spark")
    with closing(Spark()) as spark:
        yield law("Spark says what DuckDB says", _values(shop, spine, columns, spark))


def _values(shop: Shop, spine: Spine, columns: Sequence[FeatureColumn], engine: Engine, *, fast: bool = True) -> Values:
    table = build(shop, spine, columns, engine=engine, fast=fast)
    assert table is not None  # no `out` was given
    return matrix(table, [column.name for column in columns])


def _different(columns: Sequence[FeatureColumn], one: Values, other: Values) -> tuple[str, ...]:
    close: NDArray[np.bool_] = np.isclose(one, other, rtol=1e-5, atol=1e-5, equal_nan=True)
    return tuple(column.name for place, column in enumerate(columns) if not close[:, place].all())


def _rewritten(shop: Shop, folder: Path, change: Callable[[pa.Table], pa.Table]) -> Shop:
    """The shop with every table that has clocks changed."""
    folder.mkdir()
    for name in shop.present:
        table = pq.read_table(shop.path(name))
        if "known_at" in table.column_names:
            pq.write_table(change(table), folder / f"{name}.parquet")
        else:
            shutil.copy(shop.path(name), folder / f"{name}.parquet")
    return replace(shop, data=folder)


def _known_before(table: pa.Table, cutoff: datetime) -> pa.Table:
    return table.filter(pc.less(table["known_at"], pa.scalar(cutoff, table["known_at"].type)))


def _shuffled(table: pa.Table) -> pa.Table:
    places = list(range(table.num_rows))
    random.Random(_SEED).shuffle(places)
    return table.take(pa.array(places, pa.int64()))


def _refuse_unfilled(shop: Shop, features: Sequence[Feature]) -> None:
    for feature in features:
        lacking = missing_for(shop, feature)
        if lacking:
            raise PerennialError(
                f"feature '{feature.name}' needs {', '.join(lacking)}, which the simulated shop does not have, so the "
                "laws cannot be tried on it. Test it on a shop of yours."
            )


def _refuse_constant(built: Values, columns: Sequence[FeatureColumn]) -> None:
    for place, column in enumerate(columns):
        known = built[:, place][~np.isnan(built[:, place])]
        if len(np.unique(known)) < 2:
            raise PerennialError(
                f"{column.name} is the same for every customer of the simulated shop, so the laws would hold for "
                "nothing. Look at its condition; values there may be called differently."
            )
