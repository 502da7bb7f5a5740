"""Every decision is kept with what it knew, its propensity and its versions, so that it can be judged later.

A decision is committed before its answer leaves: a killed process loses none that was given. The disk is asked once a
second, so a power cut may cost the last second's.
"""

import queue
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from serving.contract.ledger_rows import Event
from serving.log import log
from serving.process.changes import ReadUntil
from serving.process.loaded import Live
from serving.state.database import Busy, State

_MOST = 1_000  # calls waiting for their decisions to be committed
_PATIENCE = 5.0  # seconds a call waits for the database
_SYNC_SECONDS = 1.0
Rows = list[tuple[str, str, str]]
KEPT = ("status", "decision_id", "action", "channel", "send_at", "offer", "expected_net_value", "stage", "cause",
        "scores", "arm", "propensity", "receipt", "model_kind", "expires_at")  # fmt: skip


class DecisionLog:
    """Commits decisions: at once where nobody else is writing, else as soon as they have, many together."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._waiting: queue.Queue[tuple[Rows, Future[None]] | None] = queue.Queue(_MOST)
        self._unsynced = threading.Event()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=work, name=f"perennial-decisions-{work.__name__}", daemon=True)
            for work in (self._write, self._sync)
        ]
        for thread in self._threads:
            thread.start()

    def add(
        self,
        live: Live,
        moment: datetime,
        request_id: str,
        decided: Sequence[tuple[str, dict[str, Any]]],
        *,
        known: ReadUntil | None,
        passed: Mapping[str, Sequence[Event]],
        context: Mapping[str, Any] | None = None,
    ) -> Future[None] | None:
        """Commit decisions, given as (canonical customer id, result).

        Parameters
        ----------
        known : how far the state database had been read; None when that changed under way
        passed : customer id → events that came with the call
        context : what the call said of the moment

        Returns
        -------
        None when they are committed; else what to wait for before the answer leaves

        Raises
        ------
        sqlite3.Error   when they cannot be committed, now or from what is waited for
        """
        rows: Rows = []
        versions = dict(live.versions)
        for customer_id, result in decided:
            row = {
                "customer_id": customer_id,
                "decided_at": moment.isoformat(timespec="milliseconds"),
                "cutoff": live.snapshot.cutoff.isoformat(),
                "request_id": request_id,
                "release": live.release.release_id,
                "snapshot": live.snapshot.name,
                "model_versions": versions,
                "known": known and known._asdict(),
                "passed": [[event.ledger, dict(event.row)] for event in passed.get(customer_id, ())],
                **({} if context is None else {"context": context}),
                **{name: result[name] for name in KEPT},
            }
            rows.append((customer_id, row["decided_at"], to_json(row, inf_nan_mode="null").decode()))
        return self._committed(rows)

    @property
    def full(self) -> bool:
        """Whether so many calls wait for the database that no more decisions should be made."""
        return self._waiting.qsize() > _MOST // 2

    def close(self) -> None:
        """Commit what waits, put it on disk and end."""
        if self._ended.is_set():
            return
        self._waiting.put(None)
        self._ended.set()
        for thread in self._threads:
            thread.join(timeout=_PATIENCE)

    def _committed(self, rows: Rows) -> Future[None] | None:
        try:
            self._commit(rows)
        except Busy:
            waits: Future[None] = Future()
            self._waiting.put((rows, waits))
            return waits
        return None

    def _commit(self, rows: Rows) -> None:
        if rows:
            self._state.add_decisions(rows)
            self._unsynced.set()

    def _write(self) -> None:
        """Commit what found the database busy, all of it together."""
        while (first := self._waiting.get()) is not None:
            found, going = [first], True
            while going and not self._waiting.empty():
                following = self._waiting.get_nowait()
                going = following is not None
                found += [following] if following is not None else []
            self._settle(found)
            if not going:
                return

    def _settle(self, found: list[tuple[Rows, Future[None]]]) -> None:
        rows, deadline = [row for given, _ in found for row in given], time.monotonic() + _PATIENCE
        try:
            while True:
                try:
                    self._commit(rows)
                    break
                except Busy:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.002)
        except Exception as error:  # a full disk must not end the thread
            log("decisions_refused", level="error", count=len(rows), error=type(error).__name__)
            for _, waits in found:
                waits.set_exception(error)
            return
        for _, waits in found:
            waits.set_result(None)

    def _sync(self) -> None:
        """Ask the disk once a second, while there is anything new."""
        ended = False
        while not ended:
            ended = self._ended.wait(_SYNC_SECONDS)
            if ended:
                self._threads[0].join(timeout=_PATIENCE)
            if self._unsynced.is_set():
                self._unsynced.clear()
                try:
                    self._state.sync_decisions()
                except sqlite3.Error as error:
                    self._unsynced.set()
                    log("decisions_unsynced", level="error", error=type(error).__name__)
