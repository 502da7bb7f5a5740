"""A built table of any length as a model matrix that need not fit into memory."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from features.build.build import matrix

AT_ONCE = 16_384  # rows


def mapped(built: Path, names: Sequence[str], at_once: int = AT_ONCE) -> tuple[pa.Array, npt.NDArray[np.float32]]:
    """Customers and model matrix of a built file, read some rows at a time.

    The matrix lies in a file without a name beside the built one, which goes when nobody holds it any more, however the
    process ends. The machine keeps in memory what it has room for.

    Parameters
    ----------
    built : Path                from `FeatureStore.build_file`
    names : sequence of str     feature columns, in the order wanted
    at_once : int               rows that are held as a table; the values do not depend on it

    Returns
    -------
    pa.Array, array (n_rows, n_names) float32 in C order

    Raises
    ------
    OSError     if the disk has no room for the matrix
    """
    file = pq.ParquetFile(built)
    shape, ids = (file.metadata.num_rows, len(names)), []
    rows = _room(shape, built.parent)
    start = 0
    for batch in file.iter_batches(at_once, columns=list(dict.fromkeys(["customer_id", *names]))):
        table = pa.Table.from_batches([batch])
        rows[start : start + len(batch)] = matrix(table, names)
        ids.append(table["customer_id"].cast(pa.string()))
        start += len(batch)
    file.close()
    return pa.chunked_array(ids, pa.string()).combine_chunks(), rows


def _room(shape: tuple[int, int], folder: Path) -> npt.NDArray[np.float32]:
    size = 4 * shape[0] * shape[1]
    if not size:
        return np.empty(shape, dtype=np.float32)
    with tempfile.TemporaryFile(dir=folder) as file:
        if hasattr(os, "posix_fallocate"):  # its room now, as an error: a full disk would end the process later
            os.posix_fallocate(file.fileno(), 0, size)
        else:  # macOS
            file.truncate(size)
        return np.asarray(np.memmap(file, dtype=np.float32, mode="r+", shape=shape))
