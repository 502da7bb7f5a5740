"""Groups too small to show: under twenty people, or such that a difference to the whole would reveal them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

SMALLEST = 20


def large_enough(people: Sequence[int]) -> NDArray[np.bool_]:
    """Which groups of one whole may be shown.

    Where those hidden are together fewer than twenty people, the smallest shown one is hidden too: else the whole
    less what is shown would tell of them.

    Examples
    --------
    >>> large_enough([500, 40, 3]).tolist()
    [True, False, False]
    >>> large_enough([500, 15, 12]).tolist()
    [True, False, False]
    """
    sizes = np.asarray(people, dtype=np.int64)
    shown = sizes >= SMALLEST
    while (hidden := int(sizes[~shown].sum())) and hidden < SMALLEST and shown.any():
        shown[np.where(shown, sizes, np.iinfo(np.int64).max).argmin()] = False
    return shown


def part_told(part: int, whole: int) -> tuple[str, int]:
    """A part of a group's people as far as it may be told: "", "<" or ">", and a number.

    Examples
    --------
    >>> part_told(50, 90), part_told(3, 90), part_told(85, 90), part_told(90, 90)
    (('', 50), ('<', 20), ('>', 70), ('', 90))
    """
    if 0 < part < SMALLEST:
        return "<", SMALLEST
    return (">", whole - SMALLEST) if 0 < whole - part < SMALLEST else ("", part)


def large_cells(people: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which cells of a table whose rows and columns add up to known sums may be shown.

    Where the hidden cells of a row or column are together fewer than twenty people, its smallest shown cell is hidden
    too, until every row and column hides nobody, or twenty people and more. Cells of nobody are shown.

    Examples
    --------
    >>> large_cells(np.array([[50, 30, 40], [60, 70, 4]])).tolist()
    [[True, True, False], [False, True, False]]
    """
    shown: NDArray[np.bool_] = (people >= SMALLEST) | (people == 0)
    hiding = True
    while hiding:
        by_row = [_hides_another(*line) for line in zip(people, shown, strict=True)]
        by_column = [_hides_another(*line) for line in zip(people.T, shown.T, strict=True)]
        hiding = any(by_row) or any(by_column)
    return shown


def _hides_another(people: NDArray[np.int64], shown: NDArray[np.bool_]) -> bool:
    """Hide the smallest shown cell of a line whose hidden cells are few people; whether there was one to hide."""
    hidden, told = int(people[~shown].sum()), np.flatnonzero(shown & (people > 0))
    if not 0 < hidden < SMALLEST or not len(told):
        return False
    shown[told[people[told].argmin()]] = False
    return True


def without_small(table: pa.Table, whole: Sequence[str], people: str = "people") -> pa.Table:
    """The rows of groups large enough to be shown.

    Parameters
    ----------
    whole : names of columns        rows equal in these are the groups of one whole
    people : name of a column       people in the group
    """
    if not table.num_rows:
        return table
    keys = list(zip(*(table[name].to_pylist() for name in whole), strict=True)) if whole else [()] * table.num_rows
    sizes = table[people].to_numpy()
    kept = np.zeros(table.num_rows, dtype=bool)
    places: dict[tuple[object, ...], list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    for group in places.values():
        kept[group] = large_enough(sizes[group].tolist())
    return table.filter(pa.array(kept))
