"""From the world's small numbers to Arrow columns as the data contract wants them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from simulation.contract import ID_PREFIX, missing
from simulation.season import START
from simulation.words import SOURCES, WORDS

_START_US = int(np.datetime64(START, "us").astype(np.int64))
_WIDTH = {"order": 9, "message": 9, "session": 9, "cart": 9, "coupon": 9, "product": 5, "store": 3, "campaign": 4}
_VOCABULARY = pa.array(WORDS)

Array = npt.NDArray[Any]


def arrow(values: Array, form: str, records: pa.Array) -> pa.Array:
    """One column of a form as Arrow; `records` holds the ids of the records by number."""
    if form == "record":
        return _take(records, values)
    if form == "word":
        return _take(_VOCABULARY, values)
    if form == "source":
        return _take(pa.array(SOURCES), np.where(values < 0, -1, values % len(SOURCES)))
    if form == "moment":
        return moments(values)
    if form == "money":
        return money(values)
    if form == "number":
        return pa.array(values, from_pandas=True)
    if form == "flag":
        return pa.array(values == 1, mask=values < 0)
    return numbered(values, form)


def _take(pool: pa.Array, codes: Array) -> pa.Array:
    return pool.take(pa.array(codes, mask=codes < 0))


def words(codes: Array, pool: Sequence[str]) -> pa.Array:
    """Texts by their codes."""
    return _take(pa.array(pool), codes)


def moments(seconds: Array) -> pa.Array:
    """Seconds since the start as local timestamps."""
    stamps = (_START_US + seconds.astype(np.int64) * 1_000_000).view("datetime64[us]")
    return pa.array(stamps, mask=seconds == missing("moment"))


def money(hundredths: Array) -> pa.Array:
    """Hundredths as decimal (18, 4), exactly: 16 bytes each, low word first."""
    valid = hundredths != missing("money")
    scaled = np.where(valid, hundredths, 0) * 100
    halves = np.empty((len(scaled), 2), dtype="<i8")
    halves[:, 0], halves[:, 1] = scaled, scaled >> 63
    bitmap = pa.array(valid).buffers()[1] if not valid.all() else None
    buffers = [bitmap, pa.py_buffer(halves.tobytes())]
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(scaled), buffers)


def numbered(values: Array, form: str) -> pa.Array:
    """Ids such as O000000042; below 0 is null."""
    digits = pc.cast(pa.array(values, mask=values < 0), pa.string())
    padded = pc.utf8_lpad(digits, _WIDTH.get(form, 8), padding="0")
    return pc.binary_join_element_wise(ID_PREFIX[form], padded, "")
