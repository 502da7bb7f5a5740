"""Decisions made again, offline, from history and from what was known when they were made.

`python -m serving.calls.replay 2000` takes the newest decisions of the release and snapshot that are served now,
computes every customer's features anew from history and the events known then, decides at the logged moment, and
says which decisions come out otherwise. Neither the snapshot's rows nor any worker's memory has a part in it.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from scoring.errors import ServingError
from serving.calls import predict
from serving.calls.customers import Asked
from serving.contract import requests
from serving.contract.ledger_rows import CORRECTS, ConsentRecord, Event
from serving.process.changes import Row, in_snapshot, merged
from serving.process.decision_log import KEPT
from serving.process.loaded import Live, load_live
from serving.settings import Settings, read_settings
from serving.snapshot.feature_sql import statement_of
from serving.snapshot.recompute import CustomerHistory
from serving.state.database import State
from serving.state.kept import latest_decisions, numbered_consents, numbered_events
from serving.state.overlay import Overlay

_AT_ONCE = 100  # customers whose features are computed together
_DIGITS = 1e-9


@dataclass(frozen=True)
class Replayed:
    """What came of it.

    Attributes
    ----------
    compared : decisions made again
    differing : request id → the fields that came out otherwise
    skipped : why → decisions that could not be made again
    """

    compared: int
    differing: Mapping[str, tuple[str, ...]]
    skipped: Mapping[str, int]


@dataclass(frozen=True)
class _Logged:
    request_id: str
    row: Mapping[str, Any]
    events: tuple[Event, ...]
    consents: tuple[ConsentRecord, ...]

    @property
    def context(self) -> requests.DecisionContext | None:
        """What the call said of the moment."""
        told = self.row.get("context")
        return None if told is None else requests.DecisionContext(**told)


def replay(settings: Settings, most: int) -> Replayed:
    """Make the newest decisions again.

    Raises
    ------
    ServingError   if there is no release or snapshot, or the release came without the SQL of its features
    """
    live = load_live(settings)
    state = State(settings.of_shop("state"))
    try:
        skipped: Counter[str] = Counter()
        logged = list(_logged(state, live, most, skipped))
        return Replayed(len(logged), dict(_made_again(live, logged)), skipped)
    finally:
        state.close()


def _made_again(live: Live, logged: list[_Logged]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Request id and fields of every decision that comes out otherwise."""
    statement = statement_of(live.release)
    if statement is None or live.snapshot.history is None:
        raise ServingError("Decisions can be made again only with the release's SQL and the snapshot's history.")
    if not logged:
        return
    with closing(CustomerHistory(live.snapshot.history, statement)) as history:
        for batch in _batches(logged):
            names, rows = history.rows({str(one.row["customer_id"]): one.events for one in batch}, live.snapshot.cutoff)
            places = [live.names.index(name) if name in live.names else -1 for name in names]
            for one in batch:
                who = str(one.row["customer_id"])
                fields = _differing(live, one, merged(live, who, rows[who], places))
                if fields:
                    yield one.request_id, fields


def _logged(state: State, live: Live, most: int, skipped: Counter[str]) -> Iterator[_Logged]:
    events = _events(state, live)
    consents = defaultdict(list)
    for seq, word in numbered_consents(state):
        if not in_snapshot(live.snapshot, seq, word):
            consents[word.customer_id].append((seq, word))
    for row in latest_decisions(state, most):
        known, who = row.get("known"), row["customer_id"]
        if (row["release"], row["snapshot"]) != (live.release.release_id, live.snapshot.name):
            skipped["made from another release or snapshot"] += 1
        elif known is None:
            skipped["something was written while they were made"] += 1
        else:
            passed = [Event(ledger, who, b"", given) for ledger, given in row["passed"]]
            before = [event for one in events[who] if (event := _as_known(*one, known["events"])) is not None]
            words = [consent for seq, consent in consents[who] if seq <= known["consents"]]
            yield _Logged(row["request_id"], row, (*before, *passed), tuple(words))


def _events(state: State, live: Live) -> dict[str, list[tuple[int, Event]]]:
    """Events newer than the snapshot, by the id under which the snapshot keeps their customer."""
    found = defaultdict(list)
    for seq, event in numbered_events(state):
        who = str(event.customer_id)
        if not in_snapshot(live.snapshot, seq, event):
            at = live.snapshot.find(who)
            found[live.snapshot.customer_id(at) if at >= 0 else who].append((seq, event))
    return found


def _as_known(number: int, event: Event, until: int) -> Event | None:
    """The event as it stood when numbers went as far as `until`; None where it had not come yet."""
    if number <= until:
        return event
    before = event.row.get(CORRECTS) or {"seq": until + 1}
    return replace(event, row=before["row"]) if before["seq"] <= until and before["row"] else None


def _batches(logged: Iterable[_Logged]) -> Iterator[list[_Logged]]:
    """Some at a time, no customer twice: one may have known more events later."""
    batch: dict[str, _Logged] = {}
    for one in logged:
        who = str(one.row["customer_id"])
        if who in batch or len(batch) == _AT_ONCE:
            yield list(batch.values())
            batch = {}
        batch[who] = one
    if batch:
        yield list(batch.values())


def _differing(live: Live, one: _Logged, features: Row) -> tuple[str, ...]:
    who, overlay = str(one.row["customer_id"]), Overlay()
    for consent in one.consents:
        overlay.add_consent(consent)
    moment = datetime.fromisoformat(one.row["decided_at"]).astimezone(live.zone)
    passed = {who: list(one.events)}
    unchanged = () if one.events else (who,)
    asked = Asked(live, overlay, moment, live.texts["en"], {who: features}, passed=passed, unchanged=unchanged)
    result = predict.decisions(asked, requests.Decide(customer_ids=[who], context=one.context))[0]
    again = json.loads(to_json({name: result.get(name) for name in KEPT}, inf_nan_mode="null"))
    return tuple(name for name in KEPT if not _same(again[name], one.row[name]))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[name], b[name]) for name in a)
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= _DIGITS
    return bool(a == b)


def main() -> None:
    """The command line: how many, 2,000 when not said."""
    most = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 2_000
    try:
        found = replay(read_settings(), most)
    except ServingError as problem:
        sys.exit(str(problem))
    told = [f"{found.compared:,} decisions made again, {len(found.differing):,} came out otherwise."]
    told += [f"{count:,} left out: {why}." for why, count in found.skipped.items()]
    told += [f"request {request_id}: {', '.join(fields)}" for request_id, fields in found.differing.items()]
    sys.stdout.write("\n".join(told) + "\n")
    sys.exit(1 if found.differing else 0)


if __name__ == "__main__":
    main()
