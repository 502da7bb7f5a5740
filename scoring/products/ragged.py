"""Ragged rows laid out flat, and keys found among others: what pairing customers with products is made of."""

import numpy as np
from numpy.typing import NDArray


def flat(
    offsets: NDArray[np.int64], rows: NDArray[np.int64], most: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Entries of ragged rows one after the other: whose they are, their place within the row, their place in all."""
    known = rows >= 0
    begin = offsets[np.where(known, rows, 0)]
    size = np.where(known, offsets[np.where(known, rows, -1) + 1] - begin, 0)
    if most is not None:
        size = np.minimum(size, most)
    owner = np.repeat(np.arange(len(rows)), size)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    return owner, within, begin[owner] + within


class Lookup:
    """Keys (customer × product) and where each stands."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        self.keys = keys
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of each key among those given, −1 where there is none; of equal ones the first."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        return np.where(self._sorted[at] == keys, self._order[at], -1)
