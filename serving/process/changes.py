"""Keeping a worker's view of what changed since the snapshot in step with the state database."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.contract.ledger_rows import CORRECTS, ConsentRecord, Event
from serving.errors import SnapshotError
from serving.http.api_keys import Guard
from serving.log import log
from serving.process.loaded import Live
from serving.snapshot.feature_sql import statement_of
from serving.snapshot.recompute import CustomerHistory
from serving.snapshot.snapshot import Snapshot
from serving.snapshot.touches import Touches
from serving.state.database import News, State
from serving.state.events import MESSAGES, RESPONSES, identity_of, under
from serving.state.overlay import Overlay

Row = NDArray[np.float32]


class ReadUntil(NamedTuple):
    """How far the state database has been read: numbers of the last event and the last consent."""

    events: int
    consents: int


class Standing:
    """The overlay over the current snapshot, and the history behind it.

    Examples
    --------
    standing.take_up(live)      a new release or snapshot
    standing.refresh()          before every call
    standing.rows(live, ids)    features of customers with newer events
    """

    def __init__(self, state: State, guard: Guard) -> None:
        self._state = state
        self._guard = guard
        self._lock = threading.Lock()
        self._live: Live | None = None
        self._history: CustomerHistory | None = None
        self._known = ReadUntil(0, 0)
        self.overlay = Overlay()
        self.touches = Touches(None)

    def take_up(self, live: Live) -> None:
        """Begin anew over another release or snapshot."""
        statement = statement_of(live.release)
        history = CustomerHistory(live.snapshot.history, statement) if statement else None
        if history is not None:
            history.rows({"": ()}, live.snapshot.cutoff)  # the first time is slow, and tells what cannot be read
        with self._lock:
            self._live, self._history = live, history
            self.touches = Touches(live.snapshot.history)
            self._state.forget_seen()
            self.overlay = Overlay()
            self._apply(self._state.news())

    def refresh(self) -> None:
        """Take in what any process has written since; costs microseconds when nothing was."""
        news = self._state.news
        with self._lock:
            self._apply(news())

    @property
    def files(self) -> list[Path]:
        """What is read of history to recompute a customer."""
        return self._history.files if self._history else []

    @property
    def known(self) -> ReadUntil:
        """What counts at this moment; whatever a call saw without this changing in between, it saw whole."""
        return self._known

    def canonical(self, customer_id: str) -> str:
        """The id under which a customer is kept, whichever linked id is given."""
        row = self._live.snapshot.find(customer_id) if self._live else -1
        return self._live.snapshot.customer_id(row) if self._live and row >= 0 else customer_id

    def attributed(self, events: Sequence[Event]) -> list[Event]:
        """Events under the id their customer is kept by; a response belongs to whoever was sent its message.

        What a response itself says of its customer counts where the message is not known, as at night.
        """
        sent = self._sent(events)
        named = (
            (
                event,
                (sent.get(str(event.row["message_id"])) if event.ledger == RESPONSES else None) or event.customer_id,
            )
            for event in events
        )
        return [under(event, self.canonical(who)) if who else event for event, who in named]

    def _sent(self, events: Sequence[Event]) -> dict[str, str]:
        """Who was sent the messages answered: the export's word, unless a caller corrected what callers told."""
        answers = [event for event in events if event.ledger == RESPONSES]
        answered = {str(event.row["message_id"]) for event in answers}
        likely = {self.canonical(event.customer_id) for event in answers if event.customer_id}
        sent = self._history.customers_of(answered, likely) if self._history else {}
        beside = {str(event.row["message_id"]): event.customer_id for event in events if event.ledger == MESSAGES}
        for one in answered:
            before, now = self.overlay.told(identity_of(MESSAGES, one)), beside.get(one)
            if before is not None and before.customer_id and (one not in sent or CORRECTS in before.row):
                sent[one] = before.customer_id
            if now is not None and (one not in sent or (before is not None and before.customer_id != now)):
                sent[one] = now
        return sent

    def waiting(self, customer_ids: Sequence[str]) -> list[str]:
        """Those of the customers, by canonical id, whose events are not yet in a row: they take history to answer.

        Of whom a correction took the last event there is the snapshot's row to be made anew, or nothing to know.
        """
        events, rows = self.overlay.events, self.overlay.rows
        if not events:
            return []
        kept = dict.fromkeys(self.canonical(one) for one in customer_ids)
        asked = [one for one in kept if one in events and one not in rows]
        return [one for one in asked if events[one] or (self._live and self._live.snapshot.find(one) >= 0)]

    def rows(self, live: Live, customer_ids: Sequence[str], passed: Mapping[str, Sequence[Event]]) -> dict[str, Row]:
        """Features of those customers who have events newer than the snapshot; may take tenths of a second.

        Parameters
        ----------
        passed : customer id → events that came with the call and count in it only
        """
        overlay = self.overlay
        taken = {one: tuple(overlay.events.get(one, ())) for one in self.waiting(customer_ids)}
        fresh = self._computed(live, taken)
        with self._lock:  # a row that another event has overtaken meanwhile is not kept
            whole = [one for one in fresh if tuple(overlay.events.get(one, ())) == taken[one]]
            overlay.rows.update({one: fresh[one] for one in whole})
        if not overlay.rows and not passed:
            return fresh
        kept = {self.canonical(one) for one in customer_ids}
        found = {one: overlay.rows[one] for one in kept if one in overlay.rows}
        wanted = {one: [*overlay.events.get(one, ()), *passed[one]] for one in kept if one in passed}
        return fresh | found | self._computed(live, wanted)

    def _computed(self, live: Live, events: Mapping[str, Sequence[Event]]) -> dict[str, Row]:
        history = self._history
        wanted = {one: newer for one, newer in events.items() if self._can_compute(live, one)}
        if not wanted or history is None:
            return {}
        names, rows = _each_alone_if_need_be(history, wanted, live.snapshot.cutoff)
        places = [live.names.index(name) if name in live.names else -1 for name in names]
        return {one: merged(live, one, rows[one], places) for one in rows}

    def _can_compute(self, live: Live, customer_id: str) -> bool:
        """A customer of the snapshot needs their history; one who is new has none."""
        return self._history is not None and (live.snapshot.history is not None or live.snapshot.find(customer_id) < 0)

    def _in_snapshot(self, sequence: int, row: Event | ConsentRecord) -> bool:
        return self._live is not None and in_snapshot(self._live.snapshot, sequence, row)

    def _apply(self, news: News) -> None:
        overlay = self.overlay
        if news.keys is not None:
            self._guard.keys = news.keys
        for sequence, event in news.events:
            if event.customer_id is not None and not self._in_snapshot(sequence, event):
                overlay.add_event(self.canonical(event.customer_id), event)
        for sequence, consent in news.consents:
            # Older words were weighed against those of the exports.
            if not self._in_snapshot(sequence, consent) and self._counts_now(consent):
                overlay.add_consent(replace(consent, customer_id=self.canonical(consent.customer_id)))
        overlay.forget(frozenset(news.erased))
        events = news.events[-1][0] if news.events else self._known.events
        self._known = ReadUntil(events, news.consents[-1][0] if news.consents else self._known.consents)

    def _counts_now(self, consent: ConsentRecord) -> bool:
        """The snapshot weighed words against those of the exports; a consent from before its day waits for the next."""
        if not consent.granted or self._live is None:
            return True
        return consent.happened_at >= (self._live.snapshot.cutoff - timedelta(days=1)).isoformat()


def _each_alone_if_need_be(
    history: CustomerHistory, wanted: Mapping[str, Sequence[Event]], cutoff: datetime
) -> tuple[tuple[str, ...], dict[str, Row]]:
    """Features of customers; where they cannot be computed together, of those of whom they can be alone.

    Raises
    ------
    SnapshotError   if they can be of nobody
    """
    try:
        return history.rows(wanted, cutoff)
    except SnapshotError as error:
        if len(wanted) == 1:
            raise
        last = error
    names: tuple[str, ...] = ()
    found: dict[str, Row] = {}
    for one, newer in wanted.items():
        try:
            names, row = history.rows({one: newer}, cutoff)
            found |= row
        except SnapshotError as error:
            last = error
    if not found:
        raise last
    log("not_recomputed", level="error", count=len(wanted) - len(found), why=str(last))
    return names, found


def in_snapshot(snapshot: Snapshot, sequence: int, row: Event | ConsentRecord) -> bool:
    """Whether the night took a row in: written early enough, and known before its cutoff by the row's own clock."""
    if isinstance(row, ConsentRecord):
        return sequence <= snapshot.consents_until and row.happened_at < snapshot.cutoff.isoformat()
    return sequence <= snapshot.events_until and str(row.row["known_at"]) < snapshot.cutoff.isoformat()


def merged(live: Live, customer_id: str, computed: Row, places: Sequence[int]) -> Row:
    """The snapshot's row with what was computed in place; NaN where neither knows."""
    at = live.snapshot.find(customer_id)
    row: Any = live.snapshot.features_of([at])[0]
    for place, value in zip(places, computed, strict=True):
        if place >= 0:
            row[place] = value
    return row  # type: ignore[no-any-return]
