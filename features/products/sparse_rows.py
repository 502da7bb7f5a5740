"""Sparse rows by customer or product: names as places, the largest of each row, how alike two columns are."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

Places = NDArray[np.int64]

_FEWEST = 5  # rows that hold a column, below which nothing is said of it
_FEWEST_MEETINGS = 3  # rows that held both; what met less often met by chance


def coded(values: pa.ChunkedArray) -> tuple[Places, pa.Array]:
    """Values as places among their distinct ones, these sorted."""
    names = pc.unique(values).sort()
    return np.asarray(pc.index_in(values, names)).astype(np.int64), names


def keys(first: Places, second: Places, width: int) -> Places:
    """One number for each pair of places, the second below `width`."""
    return np.asarray(first, dtype=np.int64) * width + np.asarray(second, dtype=np.int64)


def place_within(groups: Places) -> Places:
    """The place of each entry within its run of equal values: 0, 1, 2 …"""
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]]) if len(groups) else np.zeros(0, dtype=np.int64)
    sizes = np.diff(np.r_[starts, len(groups)])
    return np.arange(len(groups)) - np.repeat(starts, sizes)


def strongest(matrix: sparse.coo_array, count: int) -> tuple[Places, Places, NDArray[np.float64]]:
    """Row, column and value of each row's largest values, largest first; ties by column."""
    row, column = (np.asarray(one, dtype=np.int64) for one in matrix.coords)
    # Rounded, so that the last digit of a sum cannot change which product comes first.
    value = np.round(matrix.data, 9)
    order = np.lexsort((column, -value, row))
    kept = order[place_within(row[order]) < count]
    return row[kept], column[kept], value[kept]


def cosine(held: sparse.csr_array, prior: float) -> sparse.coo_array:
    """How often two columns are held together ÷ √(count + prior) of each; 0 for what met fewer than three times."""
    counts = np.asarray(held.sum(axis=0)).ravel()
    known = sparse.csr_array(held @ sparse.diags_array((counts >= _FEWEST).astype(np.float32)))
    known.eliminate_zeros()
    together = sparse.coo_array(known.T @ known)
    often = together.data >= _FEWEST_MEETINGS
    row, column, met = (one[often] for one in (*together.coords, together.data))
    apart = row != column
    row, column, met = row[apart], column[apart], met[apart]
    scale = 1 / np.sqrt(counts + prior)
    return sparse.coo_array((met * scale[row] * scale[column], (row, column)), shape=together.shape)
