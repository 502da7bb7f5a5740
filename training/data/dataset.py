"""The rows a model learns from: customers × cutoffs, with their inputs as serving will compute them."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from features.build.build import built_in_parts, matrix
from features.build.store import FeatureStore
from features.catalog import columns_for
from features.engine import Engine
from features.errors import FeatureError
from features.feature import FeatureColumn
from features.progress import Progress, silent
from features.shop import Shop
from features.spine import Spine
from scoring.derived.derived import BUY_TILL_YOU_DIE, DERIVED, RHYTHM, derivations, derive, needed_columns
from scoring.release import FeatureRef
from training.data.parameters import fitted_parameters
from training.data.sampling import MOST_ROWS, Thinned, active_sample

Matrix = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Dataset:
    """Inputs of every active customer at every cutoff, sorted by cutoff, then customer.

    Attributes
    ----------
    spine : Spine
    columns : tuple of FeatureColumn, k          the shop's whole catalogue
    derived : tuple of str, d                    empty where no customer ever came back
    inputs : array (n, k + d), float32           derived columns by the parameters of the row's own cutoff
    parameters : dict                            cutoff → parameters fitted on what was known before it
    taken : Thinned or None                      of which rows these were taken; None where nobody asks
    """

    spine: Spine
    columns: tuple[FeatureColumn, ...]
    derived: tuple[str, ...]
    inputs: Matrix
    parameters: Mapping[datetime, Mapping[str, float]]
    taken: Thinned | None = None
    _narrower: "WeakValueDictionary[tuple[int, ...], Dataset]" = field(
        default_factory=WeakValueDictionary, init=False, repr=False, compare=False
    )

    @property
    def features(self) -> Matrix:
        """The built columns of the inputs: array (n, k), no copy."""
        return self.inputs[:, : len(self.columns)]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The inputs' names, in order."""
        return (*(column.name for column in self.columns), *self.derived)

    @property
    def references(self) -> tuple[FeatureRef, ...]:
        """The built columns as a Model lists them."""
        return tuple(FeatureRef(column.name, column.fingerprint) for column in self.columns)

    @property
    def customers(self) -> NDArray[np.str_]:
        """Whose row it is; array (n,)."""
        ids: NDArray[np.str_] = self.spine.rows["customer_id"].to_numpy().astype(np.str_)
        return ids

    def at(self, *cutoffs: datetime) -> Mask:
        """The rows of these cutoffs."""
        moments = self.spine.rows["cutoff"].to_numpy()
        mask: Mask = np.isin(moments, np.array(cutoffs, dtype=moments.dtype))
        return mask

    def column(self, name: str) -> NDArray[np.float64]:
        """One input by name, float64."""
        values: NDArray[np.float64] = self.inputs[:, self.names.index(name)].astype(np.float64)
        return values

    def narrowed(self, names: Collection[str]) -> "Dataset":
        """The same rows with fewer inputs: those named, and the built columns that derived ones need.

        Folds and tasks that ask for the same inputs share one copy of them, as long as one of them holds it.
        """
        derived = tuple(name for name in self.derived if name in names)
        parameters = next(iter(self.parameters.values()), {})
        kept = {*names, *needed_columns(derivations(derived, parameters))}
        columns = tuple(column for column in self.columns if column.name in kept)
        take = tuple(i for i, name in enumerate(self.names) if name in derived or name in kept)
        found = self._narrower.get(take)
        if found is None:
            inputs = self.inputs if len(take) == len(self.names) else np.take(self.inputs, take, axis=1)
            found = self._narrower[take] = Dataset(self.spine, columns, derived, inputs, self.parameters)
        return found

    def also(self, derived: tuple[str, ...], parameters: Mapping[datetime, Mapping[str, float]]) -> "Dataset":
        """The same rows with further derived columns, whose parameters at each cutoff are given."""
        merged = {cutoff: {**self.parameters.get(cutoff, {}), **own} for cutoff, own in parameters.items()}
        more = _derived(self.spine, self.columns, self.features, derived, merged)
        inputs = np.concatenate([self.inputs, more], axis=1)
        return Dataset(self.spine, self.columns, (*self.derived, *derived), inputs, merged)

    def digest(self, *labels: NDArray[np.float64]) -> str:
        """SHA-256 over rows, names, fingerprints, inputs and labels."""
        says = hashlib.sha256()
        says.update("\n".join(self.customers).encode())
        says.update(self.spine.rows["cutoff"].to_numpy().tobytes())
        says.update("\n".join(f"{one.name}@{one.fingerprint}" for one in self.references).encode())
        for values in (self.inputs, *labels):
            says.update(np.ascontiguousarray(values).tobytes())
        return says.hexdigest()


def load(
    shop: Shop,
    cutoffs: Sequence[datetime],
    until: datetime,
    *,
    horizon_days: int,
    active_within_days: int,
    engine: Engine,
    store: FeatureStore | None = None,
    progress: Progress = silent,
    most_rows: int = MOST_ROWS,
) -> Dataset:
    """Build the inputs of every active customer at the training cutoffs, or of a sample where they are too many.

    The parameters at `until`, with which the finished model will score, are fitted too.
    """
    progress("choosing customers")
    taken = active_sample(shop, cutoffs, active_within_days, engine=engine, most_rows=most_rows)
    spine = taken.spine
    columns = columns_for(shop, until, engine=engine)
    _refuse_derived(columns)
    progress("fitting buy-till-you-die")
    parameters = fitted_parameters(shop, [*spine.cutoffs, until], horizon_days, engine=engine)
    derived = _derivable(parameters, spine.cutoffs)
    inputs = _inputs(shop, spine, columns, derived, parameters, engine, store, progress)
    return Dataset(spine, columns, derived, inputs, parameters, taken)


def load_at(
    shop: Shop,
    data: Dataset,
    cutoff: datetime,
    active_within_days: int,
    *,
    engine: Engine,
    store: FeatureStore | None = None,
) -> Dataset:
    """The same inputs for the customers active at one further cutoff, by the parameters `data` holds for it."""
    spine = Spine.active(shop, [cutoff], active_within_days, engine=engine)
    inputs = _inputs(shop, spine, data.columns, data.derived, data.parameters, engine, store, silent)
    return Dataset(spine, data.columns, data.derived, inputs, data.parameters)


def _derivable(parameters: Mapping[datetime, Mapping[str, float]], cutoffs: Sequence[datetime]) -> tuple[str, ...]:
    """The derived columns that can be told at every cutoff: without amounts, the rhythm alone."""
    if not set(cutoffs) <= set(parameters):
        return ()
    return BUY_TILL_YOU_DIE if all("value_p" in parameters[cutoff] for cutoff in cutoffs) else RHYTHM


def _refuse_derived(columns: Sequence[FeatureColumn]) -> None:
    """A shop's own feature must not be called like a column that is derived after building."""
    taken = sorted({column.name for column in columns} & set(DERIVED))
    if taken:
        raise FeatureError(f"there is a derived column {', '.join(taken)} already. Rename the shop's own feature.")


def _inputs(
    shop: Shop,
    spine: Spine,
    columns: Sequence[FeatureColumn],
    derived: tuple[str, ...],
    parameters: Mapping[datetime, Mapping[str, float]],
    engine: Engine,
    store: FeatureStore | None,
    progress: Progress,
) -> Matrix:
    """The built columns, some rows at a time, and beside them what is derived: one matrix and no second."""
    inputs = np.empty((len(spine), len(columns) + len(derived)), dtype=np.float32)
    features, names = inputs[:, : len(columns)], [column.name for column in columns]
    in_parts = built_in_parts if store is None else store.parts
    start = 0
    for part in in_parts(shop, spine, columns, engine=engine, progress=progress):
        features[start : start + len(part)] = matrix(part, names)
        start += len(part)
    if start != len(spine):  # what was not filled would be whatever lay in memory
        raise FeatureError(
            f"{start:,} rows of features were built for {len(spine):,} customers and cutoffs. Report it."
        )
    if derived:
        inputs[:, len(columns) :] = _derived(spine, columns, features, derived, parameters)
    return inputs


def _derived(
    spine: Spine,
    columns: Sequence[FeatureColumn],
    features: Matrix,
    derived: tuple[str, ...],
    parameters: Mapping[datetime, Mapping[str, float]],
) -> Matrix:
    """Derived columns, each row by the parameters of its cutoff, from float32 values as the scorer takes them."""
    names = [column.name for column in columns]
    moments = spine.rows["cutoff"].to_numpy()
    result = np.empty((len(features), len(derived)), dtype=np.float32)
    for cutoff in spine.cutoffs:
        rows = moments == np.datetime64(cutoff, "us")
        made = derivations(derived, parameters[cutoff])
        past = {name: features[rows, names.index(name)].astype(np.float64) for name in needed_columns(made)}
        result[rows] = derive(made, past, parameters[cutoff]).astype(np.float32)
    return result
