"""Every decision is kept with what it knew, its propensity and its versions, so that it can be judged later."""

import queue
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from serving.contract.ledger_rows import Event
from serving.log import log
from serving.process.changes import Known
from serving.process.loaded import Live
from serving.state.database import State

_MOST = 10_000  # decisions waiting to be written; more than a second's work of a worker
_GATHER_SECONDS = 0.05
KEPT = ("status", "action", "channel", "send_at", "offer", "expected_net_value", "stage", "scores", "arm",
         "propensity", "model_kind", "expires_at")  # fmt: skip


class DecisionLog:
    """Writes decisions in the background, some at a time; a call does not wait for the disk."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._waiting: queue.Queue[tuple[str, str, str] | None] = queue.Queue(_MOST)
        self._thread = threading.Thread(target=self._write, name="perennial-decisions", daemon=True)
        self._thread.start()

    def add(
        self,
        live: Live,
        moment: datetime,
        request_id: str,
        decided: Sequence[tuple[str, dict[str, Any]]],
        *,
        known: Known | None,
        passed: Mapping[str, Sequence[Event]],
    ) -> None:
        """Keep decisions, given as (canonical customer id, result).

        Parameters
        ----------
        known : how far the state database had been read; None when that changed under way
        passed : customer id → events that came with the call
        """
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
                **{name: result[name] for name in KEPT},
            }
            self._waiting.put((customer_id, row["decided_at"], to_json(row, inf_nan_mode="null").decode()))

    @property
    def full(self) -> bool:
        """Whether the disk is so far behind that no more decisions should be made."""
        return self._waiting.qsize() > _MOST // 2

    def close(self) -> None:
        """Write what is left and end."""
        self._waiting.put(None)
        self._thread.join(timeout=5)

    def _write(self) -> None:
        going = True
        while going:
            rows = [self._waiting.get()]
            if rows[0] is not None:
                threading.Event().wait(_GATHER_SECONDS)
            while not self._waiting.empty():
                rows.append(self._waiting.get_nowait())
            going = None not in rows
            self._keep([row for row in rows if row is not None])

    def _keep(self, rows: list[tuple[str, str, str]]) -> None:
        try:
            if rows:
                self._state.add_decisions(rows)
        except Exception as error:  # a full disk must not end the thread
            log("decisions_lost", level="error", count=len(rows), error=type(error).__name__)
