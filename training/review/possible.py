"""Synthetic customers who could exist: values that were drawn one by one are made to agree with each other."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.catalog import features
from scoring.reasons.labels import parts

_ORDERED = frozenset({"orders", "order_lines"})  # relations with rows on days of an order alone
_SILENCE = "days_since_order"
_COUNTED = ("orders", "shopping_days", "active_weeks")  # at least one where the last order lies inside
_AT_MOST = (("shopping_days", "orders"), ("active_weeks", "shopping_days"))  # the first of the same window at most


def possible(matrix: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.float64]:
    """The rows, with counts and sums that no customer contradicts; missing values stay missing.

    A longer window holds what a shorter one holds; nothing was ordered within the days since the last order, something
    on its day; there are no more days with an order than orders.
    """
    made = matrix.copy()
    adding = {one.name: one for one in features() if one.empty == 0}
    windows = _windows(names)
    if _SILENCE in names:
        silent = made[:, list(names).index(_SILENCE)]
        for stem in (one for one in windows if one in adding and adding[one].relation in _ORDERED):
            for days, column in windows[stem].items():
                made[(silent >= days) & ~np.isnan(made[:, column]), column] = 0.0
                if stem in _COUNTED:
                    made[:, column] = np.where(silent < days, np.maximum(made[:, column], 1.0), made[:, column])
    for less, more in _AT_MOST:
        for days in windows[less].keys() & windows[more].keys():
            column = windows[less][days]
            made[:, column] = np.minimum(made[:, column], _known(made[:, windows[more][days]]))
    for stem in windows:
        if stem in adding:
            _nest(made, [windows[stem][days] for days in sorted(windows[stem])])
    return made


def _windows(names: Sequence[str]) -> defaultdict[str, dict[float, int]]:
    """Stem → length of the window in days, infinite for none → place of its column."""
    found: defaultdict[str, dict[float, int]] = defaultdict(dict)
    for place, name in enumerate(names):
        stem, days = parts(name)
        found[stem][float(days) if days else np.inf] = place
    return found


def _nest(made: NDArray[np.float64], columns: Sequence[int]) -> None:
    """Raise what a longer window holds to what any shorter one does."""
    most = np.fmax.accumulate(made[:, columns], axis=1)
    made[:, columns] = np.where(np.isnan(made[:, columns]), np.nan, most)


def _known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(values), np.inf, values)
