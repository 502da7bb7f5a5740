"""Rows of a large .npy array, read through the page cache instead of mapped.

A page of a mapped file counts as memory of every process that touched it, and calls about a million customers touch
all pages in the end. Read this way, the file lies once in the page cache, whatever the number of workers.
"""

import math
import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from serving.snapshot.block_digests import refuse_damaged_start


class RowFile:
    """An array on disk whose rows lie one after the other. Open while it lives; read from any thread.

    Raises
    ------
    ValueError   if the array is not in row order, or its first bits are not what was written
    """

    def __init__(self, path: Path) -> None:
        refuse_damaged_start(path)
        with path.open("rb") as file:
            version = npy.read_magic(file)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            self.shape, by_column, self.dtype = read(file)
            self._begin = file.tell()
        if not self.shape or by_column:
            raise ValueError(f"{path.name} is no array in row order")
        self._bytes = self.dtype.itemsize * math.prod(self.shape[1:])
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def take(self, rows: Sequence[int]) -> NDArray[Any]:
        """Copies of single rows; of floats −1 gives NaN. About 2 µs a row.

        Raises
        ------
        IndexError   if there is no such row
        """
        found = np.empty((len(rows), *self.shape[1:]), dtype=self.dtype)
        into = found.view(np.uint8).reshape(len(rows), -1) if len(rows) else found
        for i, row in enumerate(rows):
            if row < 0:
                found[i] = np.nan
            else:
                self._read(into[i], row, row + 1)
        return found

    def spans(self, begins: Sequence[int], ends: Sequence[int]) -> NDArray[Any]:
        """Copies of the rows from each begin to its end, one span after the other.

        Raises
        ------
        IndexError   if there are no such rows
        """
        count = sum(ends) - sum(begins)
        into, at = np.empty(count * self._bytes, dtype=np.uint8), 0
        for begin, end in zip(begins, ends, strict=True):
            size = (end - begin) * self._bytes
            if size:
                self._read(into[at : at + size], begin, end)
                at += size
        return into.view(self.dtype).reshape(count, *self.shape[1:])

    def _read(self, into: NDArray[np.uint8], begin: int, end: int) -> None:
        if not 0 <= begin <= end <= self.shape[0]:
            raise IndexError(f"There is no row {end - 1 if begin >= 0 else begin} among {self.shape[0]}.")
        if os.preadv(self._file, [into.data], self._begin + begin * self._bytes) != into.size:
            raise IndexError(f"Rows {begin} to {end} are cut off.")
