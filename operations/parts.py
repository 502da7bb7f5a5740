"""A run's customers a part at a time; what was finished of a run that was cut off is taken up by the next of its kind.

A finished part is a file named by a digest of all it follows from: the run's key and the very rows of features. It
begins with a digest of what it holds, so that one that was cut or altered is made again. Nobody stands in it by name,
but a person's answers do: an erasure drops all of them, and so does the end of the run.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scoring.verified_files import write_bytes

AT_ONCE = 16_384  # customers
Arrays = dict[str, NDArray[Any]]
Matrix = NDArray[np.float32]


def places(customers: int) -> Iterator[slice]:
    """The places of customers a part at a time; of none, one empty part."""
    for start in range(0, max(customers, 1), AT_ONCE):
        yield slice(start, min(start + AT_ONCE, customers))


def key_of(says: Sequence[Any]) -> str:
    """What makes two runs the same, of values that have a form in JSON."""
    return hashlib.sha256(json.dumps(says, sort_keys=True).encode()).hexdigest()


class Parts:
    """The parts of one run.

    Parameters
    ----------
    root : the folder of the shop's unfinished runs; None keeps nothing. Whoever gives it holds the files' lock
    key : from `key_of`; what is left of runs with another one is removed

    Attributes
    ----------
    made, reused : parts made now, and parts taken from a run that was cut off
    """

    def __init__(self, root: Path | None = None, key: str = "") -> None:
        self.made = self.reused = 0
        self._key = key
        self._folder = root and root / key[:20]
        if root is not None and self._folder is not None:
            for other in [path for path in root.glob("*") if path != self._folder]:
                shutil.rmtree(other, ignore_errors=True)
            with suppress(OSError):  # without it nothing is kept, and the run goes on
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def each(
        self, kind: str, matrix: Matrix, make: Callable[[Matrix], Mapping[str, NDArray[Any]]], also: Sequence[Any] = ()
    ) -> Arrays:
        """Arrays (n,) of every row, by name; `make` is asked for those of one part at a time.

        Parameters
        ----------
        kind : one word for what is made
        matrix : array (n, k)   what it is made of, besides what the run's key says
        also : what else it depends on, in values that have a form in JSON
        """
        parts = [self._part(kind, matrix[at], make, also) for at in places(len(matrix))]
        if len(parts) == 1:
            return dict(parts[0])
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def forget(self) -> None:
        """The run has ended: nothing of it waits any more."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _part(
        self, kind: str, rows: Matrix, make: Callable[[Matrix], Mapping[str, NDArray[Any]]], also: Sequence[Any]
    ) -> Mapping[str, NDArray[Any]]:
        if self._folder is None:
            return make(rows)
        path = self._folder / f"{kind}-{self._digest(rows, also)}"
        kept = _read(path)
        if kept is not None:
            self.reused += 1
            return kept
        made = make(rows)
        self.made += 1
        with suppress(OSError):  # not kept, it is made again; what the run itself writes tells of a full disk
            write_bytes(path, _as_bytes(path.name, made))
        return made

    def _digest(self, rows: Matrix, also: Sequence[Any]) -> str:
        says = hashlib.sha256(f"{self._key} {key_of(also)} {rows.shape}\n".encode())
        says.update(np.ascontiguousarray(rows).data)
        return says.hexdigest()


def _as_bytes(name: str, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    table = pa.table({column: pa.array(values) for column, values in arrays.items()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write(table)
    content: bytes = sink.getvalue().to_pybytes()
    return _vouched(name, content) + content


def _read(path: Path) -> Arrays | None:
    """A kept part; None where there is none, or not the one that was written under this name."""
    try:
        told = path.read_bytes()
    except OSError:
        return None
    size = hashlib.sha256().digest_size
    digest, content = told[:size], told[size:]
    if digest != _vouched(path.name, content):
        return None
    table = pa.ipc.open_stream(content).read_all()
    return {column: table[column].to_numpy().copy() for column in table.column_names}  # Arrow's own may not be written


def _vouched(name: str, content: bytes) -> bytes:
    return hashlib.sha256(name.encode() + content).digest()
