"""A DataFrame as learners take it, and propensities however they were given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval
from training.task import TaskError


@dataclass(frozen=True)
class Encoding:
    """Columns in their order; categories and text become the place of their value, an unknown one is missing."""

    columns: tuple[str, ...]
    values: Mapping[str, Mapping[str, int]]

    def matrix(self, features: pd.DataFrame) -> NDArray[np.float32]:
        """Inputs of these columns, (n, p); missing is NaN.

        Raises
        ------
        TaskError       if a column is not there
        """
        lost = [name for name in self.columns if name not in features.columns]
        if lost:
            raise TaskError(f"features has no column '{lost[0]}', which was learnt from. Columns are {self.columns}.")
        parts = [_numbers(features[name], self.values.get(name)) for name in self.columns]
        return np.stack(parts, axis=1).astype(np.float32) if parts else np.empty((len(features), 0), np.float32)


def encoding_of(features: pd.DataFrame) -> Encoding:
    """How the columns of a DataFrame become numbers.

    Raises
    ------
    TaskError       if it has no column, or one of moments: days since a moment are a number
    """
    if features.shape[1] == 0:
        raise TaskError("features has no column. Give at least one that was known before the deal.")
    values: dict[str, Mapping[str, int]] = {}
    for name in features.columns:
        column = features[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            raise TaskError(f"column '{name}' holds moments. Give days since then, as known at the deal.")
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
            told = column.dropna().astype(str).value_counts()
            # The most frequent first: neighbours in this order are what a tree groups.
            values[str(name)] = {value: place for place, value in enumerate(told.index)}
    return Encoding(tuple(str(name) for name in features.columns), values)


def propensity_of(
    given: Any, names: tuple[str, ...], action: NDArray[np.int64], possible: NDArray[np.bool_] | None = None
) -> NDArray[np.float64] | None:
    """Probability of every arm, (n, k); None where none was given.

    What the row's other arms had is only known where a mapping or a table says so; else the rest is shared among
    them as they were dealt, and nothing goes to those that were not possible, (n, k).

    Raises
    ------
    TaskError       if its length or its names do not fit
    """
    n, k = len(action), len(names)
    if given is None:
        return None
    if isinstance(given, Mapping | pd.DataFrame):
        lost = [name for name in names if name not in given]
        if lost:
            raise TaskError(f"propensity says nothing of '{lost[0]}'. Name every action, the control among them.")
        return np.stack([np.broadcast_to(np.asarray(given[name], dtype=np.float64), n) for name in names], axis=1)
    own = np.asarray(np.broadcast_to(given, n) if np.ndim(given) == 0 else given, dtype=np.float64)
    if own.shape != (n,):
        raise TaskError(f"propensity has the shape {own.shape}, but there are {n:,} rows. Give one number a row.")
    others = np.tile(np.bincount(action, minlength=k) / n, (n, 1))
    others = others if possible is None else others * possible
    others[np.arange(n), action] = 0.0
    told = others * (np.maximum(1.0 - own, 0.0) / np.maximum(others.sum(axis=1), 1e-9))[:, None]
    told[np.arange(n), action] = own
    return np.asarray(told, dtype=np.float64)


def frame_of(told: Mapping[str, Mapping[str, Interval]]) -> pd.DataFrame:
    """Policies down; estimates, each with value, low and high, across."""
    rows = {
        policy: {(one, part): getattr(found, part) for one, found in each.items() for part in ("value", "low", "high")}
        for policy, each in told.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _numbers(column: "pd.Series[Any]", values: Mapping[str, int] | None) -> NDArray[np.float64]:
    if values is None:
        return np.asarray(column.astype("float64"), dtype=np.float64)
    places = [np.nan if pd.isna(one) else values.get(str(one), np.nan) for one in column]
    return np.asarray(places, dtype=np.float64)
