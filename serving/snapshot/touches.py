"""What a person did and was sent, as the night's history tells it: for who reads about one customer."""

import threading
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from serving.errors import SnapshotError
from serving.snapshot.parquet_files import ReadError, connected
from serving.snapshot.steady_read import unchanged_while

_LEDGERS = ("orders", "touchpoints", "messages", "responses", "tickets")
_NEEDED = frozenset({"customer_id", "happened_at", "known_at"})
_TOLD = ("kind", "channel", "amount", "action")


class Touches:
    """The latest touches of one customer; its methods may be called from any thread.

    Parameters
    ----------
    folder : canonical Parquet files, one a table; None where there is no history
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._columns: dict[Path, list[str] | None] = {}

    @property
    def has_history(self) -> bool:
        """Whether there is any history to read."""
        return self._folder is not None

    def latest(self, customer_id: str, cutoff: datetime, most: int) -> list[dict[str, Any]]:
        """What was known of a customer before the cutoff, newest first.

        Returns
        -------
        At most `most` entries: at, what (the table), and kind, channel, amount and action where they are known.
        A message that was withheld on purpose is no touch.

        Raises
        ------
        SnapshotError   if the history cannot be read
        """
        if self._folder is None:
            return []
        files = [path for path in (self._folder / f"{one}.parquet" for one in _LEDGERS) if path.is_file()]
        with self._lock:
            found = unchanged_while(files, lambda: self._read(files, customer_id, cutoff, most))
        return sorted(found, key=lambda entry: str(entry["at"]), reverse=True)[:most]

    @cached_property
    def _connection(self) -> Any:
        return connected(self._folder)

    def _read(self, files: list[Path], customer_id: str, cutoff: datetime, most: int) -> list[dict[str, Any]]:
        try:
            return [entry for path in files for entry in self._of_table(path, customer_id, cutoff, most)]
        except ReadError as error:  # its message may quote a value of a row
            raise SnapshotError(f"Reading what a customer did failed ({type(error).__name__}).") from None

    def _of_table(self, path: Path, customer_id: str, cutoff: datetime, most: int) -> list[dict[str, Any]]:
        if path not in self._columns:  # erasing people rewrites rows, never columns
            self._columns[path] = self._columns_of(path)
        given = self._columns[path]
        if given is None:
            return []
        names = [name for name in _TOLD if name in given]
        listed = "".join(f', "{name}"' for name in names)
        withheld = " AND arm IS DISTINCT FROM 'control'" if "arm" in given else ""
        rows = self._connection.execute(
            f"SELECT happened_at{listed} FROM read_parquet(?) WHERE customer_id = ? "
            f"AND greatest(happened_at, known_at) < ?{withheld} ORDER BY happened_at DESC LIMIT {most}",
            [str(path), customer_id, cutoff],
        ).fetchall()
        return [
            {"at": at.isoformat(), "what": path.stem}
            | {name: _text(name, value) for name, value in zip(names, told, strict=True) if value is not None}
            for at, *told in rows
        ]

    def _columns_of(self, path: Path) -> list[str] | None:
        """A table's columns; None where it does not say whose its rows are, or when."""
        found = self._connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        names = [row[0] for row in found]
        return names if set(names) >= _NEEDED else None


def _text(name: str, value: Any) -> str:
    return f"{value:.2f}" if name == "amount" else str(value)
