"""One customer's features computed anew from history and newer events, by the Release's compiled SQL.

CustomerHistory is the shop's canonical Parquet, sorted by customer; it is only
read. Every value reaches SQL as a parameter; identifiers come from the Release and are checked.
"""

import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from serving.contract.ledger_rows import CORRECTS, Event, said, told_by
from serving.errors import SnapshotError
from serving.snapshot.feature_sql import CUTOFF, Statement, prepared, typed
from serving.snapshot.parquet_files import connected
from serving.snapshot.steady_read import unchanged_while

_ASKED = {"customer_id": "VARCHAR"}
# What a response row takes from the message it answers, as ingest does.
_OF_MESSAGE = {"channel": "channel", "campaign_id": "campaign_id", "sent_at": "happened_at"}


class HistoryMemoryError(SnapshotError):
    """What was asked for together does not fit into the memory that one computation may take."""


class CustomerHistory:
    """Computes feature rows; one object a process and release, its methods may be called from any thread.

    Parameters
    ----------
    folder : canonical Parquet files, one a table; None when there is only what events bring
    """

    def __init__(self, folder: Path | None, statement: Statement) -> None:
        self._statement = statement
        self._messages = None if folder is None else folder / "messages.parquet"
        self._lock = threading.Lock()
        self._files = {
            table: folder / f"{table}.parquet"
            for table in statement.sources
            if folder is not None and (folder / f"{table}.parquet").is_file()
        }
        self._connection = connected(folder)
        described = unchanged_while(
            self._files.values(),
            lambda: {table: (self._columns_of(path), self._filled_of(path)) for table, path in self._files.items()},
        )
        self._given = {table: columns for table, (columns, _) in described.items()}
        self._filled = {table: filled for table, (_, filled) in described.items()}
        self._tables = {"asked": _ASKED, **statement.sources}
        for table, columns in self._tables.items():
            self._run(f'CREATE TEMP TABLE "{table}" ({typed(columns)})')
        self._run(prepared(statement.sql, self._tables))

    def rows(
        self, events: Mapping[str, Sequence[Event]], cutoff: datetime
    ) -> tuple[tuple[str, ...], dict[str, NDArray[np.float32]]]:
        """Features of customers as known at the cutoff.

        Parameters
        ----------
        events : customer id → what is newer than history; the customers asked for
        cutoff : local midnight

        Returns
        -------
        the names of the columns, and customer id → array (k,), float32, NaN is missing
        """
        with self._lock:
            return self._statement.names, self._as_many_as_fit(events, cutoff)

    def _as_many_as_fit(
        self, events: Mapping[str, Sequence[Event]], cutoff: datetime
    ) -> dict[str, NDArray[np.float32]]:
        """Features of all together, or of half of them at a time where memory does not suffice."""
        try:
            return unchanged_while(self._files.values(), lambda: self._rows(events, cutoff))
        except HistoryMemoryError:
            if len(events) <= 1:
                raise
        told = list(events.items())
        halves = (dict(told[: len(told) // 2]), dict(told[len(told) // 2 :]))
        return {who: row for half in halves for who, row in self._as_many_as_fit(half, cutoff).items()}

    def _rows(self, events: Mapping[str, Sequence[Event]], cutoff: datetime) -> dict[str, NDArray[np.float32]]:
        self._run("BEGIN")
        try:
            changed = {event.ledger for newer in events.values() for event in newer}
            # Of one customer, a table without anything newer is handed over as it lies in history.
            as_it_lies = set(self._statement.sources) - changed if len(events) == 1 else set()
            for key, (customer_id, newer) in enumerate(events.items()):
                self._load(key, customer_id, newer, as_it_lies)
            if changed & {"messages", "responses"} or len(events) > 1:
                for key in range(len(events)):
                    self._complete_responses(key)
            for table in self._tables.keys() - as_it_lies:
                self._run(f'SET VARIABLE "{table}" = (SELECT list(given) FROM "{table}" AS given)')
            found = self._computed(cutoff)
        finally:
            self._forget()
        matrix = np.column_stack([_floats(found[name]) for name in self._statement.names])
        return dict(zip(map(str, found["customer_id"]), matrix, strict=True))

    @property
    def files(self) -> list[Path]:
        """The files that are read, smallest first."""
        return sorted(self._files.values(), key=lambda path: path.stat().st_size)

    def customers_of(self, message_ids: Collection[str], likely: Collection[str]) -> dict[str, str]:
        """Who was sent these messages, as far as history knows.

        Parameters
        ----------
        likely : customers whose messages are looked through first; what is not found there is sought among all
        """
        if self._messages is None or not message_ids or not self._messages.is_file():
            return {}
        sql = (
            "SELECT message_id, customer_id FROM read_parquet(?) "
            "WHERE customer_id IS NOT NULL AND message_id IN (SELECT unnest(CAST(? AS VARCHAR[])))"
        )
        among = f"{sql} AND customer_id IN (SELECT unnest(CAST(? AS VARCHAR[])))"
        path = str(self._messages)

        def look_up() -> dict[str, str]:
            found = {}
            try:
                with self._connection.cursor() as beside:  # customers may be computed meanwhile
                    if likely:
                        found = dict(beside.execute(among, [path, sorted(message_ids), sorted(likely)]).fetchall())
                    if others := sorted(set(message_ids) - found.keys()):
                        found |= dict(beside.execute(sql, [path, others]).fetchall())
            except duckdb.Error as error:
                raise SnapshotError(f"Looking up messages in history failed ({type(error).__name__}).") from None
            return found

        return unchanged_while([self._messages], look_up)

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._connection.close()

    def _computed(self, cutoff: datetime) -> Mapping[str, Any]:
        self._run(f"SET VARIABLE {CUTOFF} = CAST(? AS TIMESTAMP)", [cutoff])
        given = ", ".join(f"getvariable('{name}')" for name in (CUTOFF, *self._tables))
        found: Mapping[str, Any] = self._run(f"EXECUTE features({given})").fetchnumpy()
        return found

    def _forget(self) -> None:
        """Nothing of a customer stays."""
        self._run("ROLLBACK")
        for name in (CUTOFF, *self._tables):
            self._run(f'RESET VARIABLE "{name}"')

    def _load(self, key: int, customer_id: str, newer: Sequence[Event], as_it_lies: Collection[str]) -> None:
        fresh = self._fresh(customer_id, newer)
        for table, columns in self._statement.sources.items():
            if table in as_it_lies:
                self._hand_over(key, table, columns, customer_id)
            elif table in self._files:
                shared = [name for name in columns if name in self._given[table]]
                listed = ", ".join(f'"{name}"' for name in shared)
                kept, values = self._uncorrected(table, fresh)
                self._run(
                    f'INSERT INTO "{table}" ("key", {listed}) SELECT ?, {listed} FROM read_parquet(?) '
                    f"WHERE customer_id = ?{kept}",
                    [key, str(self._files[table]), customer_id, *values],
                )
            for event in fresh:
                if event.ledger == table:
                    self._insert(key, table, columns, event.row)
        self._run("INSERT INTO asked VALUES (?, ?)", [key, customer_id])

    def _hand_over(self, key: int, table: str, columns: Mapping[str, str], customer_id: str) -> None:
        """A customer's rows of a table as the list the statement reads: the same types in the same order."""
        if table not in self._files:
            self._run(f'SET VARIABLE "{table}" = CAST(NULL AS STRUCT({typed(columns)})[])')
            return
        given = self._given[table]
        read = {name: f'"{name}"' if name in given else "NULL" for name in columns}
        values = ", ".join(f'"{name}" := CAST({read[name]} AS {kind})' for name, kind in columns.items())
        self._run(
            f'SET VARIABLE "{table}" = (SELECT list(struct_pack("key" := CAST(? AS INTEGER), {values})) '
            "FROM read_parquet(?) WHERE customer_id = ?)",
            [key, str(self._files[table]), customer_id],
        )

    def _insert(self, key: int, table: str, columns: Mapping[str, str], row: Mapping[str, Any]) -> None:
        given = [name for name in columns if name in row]
        listed = ", ".join(f'"{name}"' for name in given)
        cast = ", ".join(f"CAST(? AS {columns[name]})" for name in given)
        values = [row[name] for name in given]
        self._run(f'INSERT INTO "{table}" ("key", {listed}) SELECT ?, {cast}', [key, *values])

    def _fresh(self, customer_id: str, events: Sequence[Event]) -> list[Event]:
        """Events that history does not hold and no earlier event told; a correction counts instead of history's row."""
        fresh, seen = [], set()
        ledgers = {event.ledger for event in events}
        delivered = {one for ledger in ledgers for one in self._delivered(ledger, customer_id)}
        for event in events:
            told = self._told(event.ledger, event.row)
            if told not in seen and (CORRECTS in event.row or told not in delivered):
                fresh.append(event)
            seen.add(told)
        return fresh

    def _delivered(self, ledger: str, customer_id: str) -> set[tuple[Any, ...]]:
        """What tells apart the rows that history holds of a customer."""
        if ledger not in self._files or ledger not in self._statement.same:
            return set()
        kinds = self._statement.same[ledger].values()
        names = sorted({"kind", *(name for columns in kinds for name in columns)} & self._filled[ledger])
        listed = ", ".join(f'"{name}"' for name in names)
        sql = f"SELECT {listed} FROM read_parquet(?) WHERE customer_id = ?"
        rows = self._run(sql, [str(self._files[ledger]), customer_id]).fetchall()
        return {self._told(ledger, dict(zip(names, map(_plain, row), strict=True))) for row in rows}

    def _told(self, ledger: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (ledger, *said(row, self._telling(ledger, row)))

    def _telling(self, ledger: str, row: Mapping[str, Any]) -> list[str]:
        """Columns that tell a row of the customer asked for apart; one that history never fills says nothing."""
        told = told_by(self._statement.same, ledger, row)
        filled = self._filled.get(ledger, told)
        return [name for name in told if name != "customer_id" and name in filled]

    def _uncorrected(self, table: str, fresh: Sequence[Event]) -> tuple[str, list[Any]]:
        """The condition that a row of history was not corrected, and its values."""
        condition, values = "", []
        for event in fresh:
            if event.ledger == table and CORRECTS in event.row:
                names = self._telling(table, event.row)
                kinds = self._given[table]
                alike = (f'"{name}" IS NOT DISTINCT FROM CAST(? AS {kinds[name]})' for name in names)
                condition += f" AND NOT ({' AND '.join(alike)})"
                values += [event.row.get(name) for name in names]
        return condition, values

    def _complete_responses(self, key: int) -> None:
        if not {"responses", "messages"} <= set(self._statement.sources):
            return
        responses, messages = self._statement.sources["responses"], self._statement.sources["messages"]
        for name, source in _OF_MESSAGE.items():
            if name in responses and source in messages and "message_id" in responses and "message_id" in messages:
                self._run(
                    f'UPDATE responses SET "{name}" = coalesce(m."{source}", responses."{name}") FROM messages m '
                    'WHERE responses."key" = ? AND m."key" = ? AND m.message_id = responses.message_id',
                    [key, key],
                )

    def _columns_of(self, path: Path) -> dict[str, str]:
        found = self._run("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        return {row[0]: row[1] for row in found}

    def _filled_of(self, path: Path) -> set[str]:
        """Columns of which some row says something."""
        sql = (
            "SELECT path_in_schema FROM parquet_metadata(?) GROUP BY path_in_schema "
            "HAVING sum(num_values) > sum(coalesce(stats_null_count, 0))"
        )
        return {row[0] for row in self._run(sql, [str(path)]).fetchall()}

    def _run(self, sql: str, values: Sequence[Any] = ()) -> Any:
        try:
            return self._connection.execute(sql, list(values))
        except duckdb.Error as error:
            # DuckDB's message may quote a value of a row.
            kind = HistoryMemoryError if isinstance(error, duckdb.OutOfMemoryException) else SnapshotError
            raise kind(f"Computing features from history failed ({type(error).__name__}).") from None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _floats(column: Any) -> NDArray[np.float32]:
    filled = column.filled(np.nan) if isinstance(column, np.ma.MaskedArray) else column
    return np.asarray(filled, dtype=np.float64).astype(np.float32)
