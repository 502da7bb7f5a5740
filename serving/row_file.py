"""Single rows of a large .npy matrix, read through the page cache instead of mapped.

A page of a mapped file counts as memory of every process that touched it, and calls about a million customers touch
all pages in the end. Read this way, the file lies once in the page cache, whatever the number of workers.
"""

import os
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray


class RowFile:
    """A float32 matrix (n, k) on disk. Open while it lives; rows may be read from any thread.

    Raises
    ------
    ValueError   if the file is no float32 matrix in row order
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            version = npy.read_magic(file)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, by_column, dtype = read(file)
            self._begin = file.tell()
        if len(shape) != 2 or by_column or dtype != np.float32:
            raise ValueError(f"{path.name} is no float32 matrix in row order")
        self.shape = shape
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def take(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Copies of rows, array (len(rows), k); −1 gives NaN. About 2 µs a row.

        Raises
        ------
        IndexError   if there is no such row
        """
        n, k = self.shape
        found = np.empty((len(rows), k), dtype=np.float32)
        for i, row in enumerate(rows):
            if row < 0:
                found[i] = np.nan
            elif row >= n or os.preadv(self._file, [found[i]], self._begin + row * k * 4) != k * 4:
                raise IndexError(f"There is no row {row} among {n}.")
        return found
