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
