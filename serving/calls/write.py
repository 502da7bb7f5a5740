"""Events as they are written, and the profile, which tells what was."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from decisions.stages import stage_of
from scoring.derived.touch_chain import TASK as NEXT_STEP
from serving.calls.customers import Asked, Sought, about, allowed_channels, features, last_store, seek, values
from serving.calls.next_step import next_step
from serving.calls.predict import Result, churn, next_purchase, own
from serving.contract import requests
from serving.contract import rows as sent
from serving.errors import RequestError
from serving.http.routes import Caller
from serving.process.changes import Standing
from serving.process.loaded import Live, questions
from serving.snapshot.touches import Touches
from serving.state.database import State
from serving.state.deliver import (
    ACCEPTED,
    CORRECTED,
    DUPLICATE,
    SUPPRESSED,
    Delivery,
    OtherBody,
    answered,
    delivery_of,
    put_events,
    remember,
)
from serving.state.events import told_rows
from serving.state.overlay import id_hash

_TIMELINE = 100  # newest entries a profile shows
_LONGEST_NAME = 128  # bytes of an Idempotency-Key


def add_events(
    state: State, standing: Standing, request: sent.Events, moment: datetime, live: Live, caller: Caller
) -> list[Result]:
    """Make events durable; from the next call on they count, for every worker.

    Rows of erased customers are left out, and so are rows delivered before. A delivery that has a name and came before
    is answered as it was then.

    Returns
    -------
    One result with counts; with `partial` one a row, in the order of the ledgers.

    Raises
    ------
    RequestError   400 for a row that cannot be kept, unless `partial`; 400, 409 for the delivery's name
    """
    told = dict(told_rows(request, moment, live.zone, live.release.same))
    refused = dict(request.refused) | {path: one for path, one in told.items() if isinstance(one, RequestError)}
    if refused and not request.partial:
        raise next(iter(refused.values()))
    named = {path: one for path, one in told.items() if not isinstance(one, RequestError)}
    events = dict(zip(named, standing.attributed(list(named.values())), strict=True))
    delivery = _delivery(caller)
    with state.transaction() as con:
        if delivery is not None and (earlier := _answered(con, delivery)) is not None:
            return earlier
        became = dict(zip(events, put_events(con, events.values(), standing.canonical), strict=True))
        results = _row_by_row(became, refused) if request.partial else [_counts(became)]
        if delivery is not None:
            remember(con, delivery, results, moment)
    return results


def _delivery(caller: Caller) -> Delivery | None:
    if not caller.delivery:
        return None
    if len(caller.delivery) > _LONGEST_NAME:
        message = f"Idempotency-Key must have at most {_LONGEST_NAME} characters."
        raise RequestError(400, "invalid_field", message, field="Idempotency-Key")
    return delivery_of(caller.key, caller.delivery, caller.body)


def _answered(con: Connection, delivery: Delivery) -> list[Result] | None:
    try:
        return answered(con, delivery)
    except OtherBody:
        message = "This Idempotency-Key came before with another body; give every delivery a name of its own."
        raise RequestError(409, "conflict", message, field="Idempotency-Key") from None


def _counts(became: Mapping[str, str]) -> Result:
    counts = Counter(became.values())
    return {
        "status": "ok",
        "received": len(became),
        "accepted": counts[ACCEPTED],
        "corrected": counts[CORRECTED],
        "duplicates": counts[DUPLICATE],
        "suppressed": counts[SUPPRESSED],
    }


def _row_by_row(became: Mapping[str, str], refused: Mapping[str, RequestError]) -> list[Result]:
    found: dict[str, Result] = {path: {"row": path, "status": status} for path, status in became.items()}
    for path, why in refused.items():
        found[path] = {"row": path, "status": "refused", "code": why.code, "message": why.message, "field": why.field}
    return [found[path] for path in sorted(found, key=_place)]


def _place(path: str) -> tuple[int, int]:
    ledger, _, number = path.rstrip("]").partition("[")
    return sent.LEDGERS.index(ledger), int(number)


def profile(asked: Asked, state: State, touches: Touches, request: requests.Profile) -> Result:
    """Everything known of one customer, for a person who talks to them.

    Parameters
    ----------
    touches : what the night's history tells of people
    """
    one = seek(asked, [request.customer_id])[0]
    result = about(asked, one)
    if not one.found:
        return result
    live = asked.live
    kept = state.of_customer(one.customer_id)
    known = values(live, features(asked, [one])[0])
    scores = {task: _scores(asked, task, one.asked) for task in ("churn", "next_purchase", *questions(live.release))}
    store = last_store(asked, one)
    return result | {
        "stage": stage_of(known, live.span.horizon, live.span.active_within, live.policy.loyal_orders),
        "kpis": {name: None if value != value else value for name, value in known.items()},
        "last_store": live.snapshot.facts.stores[store] if store >= 0 else None,
        "linked_identities": [id_hash(key).hex() for key in live.snapshot.keys_of(one.row)],
        "channels": list(allowed_channels(asked, one)),
        "consents": kept["consents"],
        "timeline": _timeline(asked, one, kept, touches),
        "scores": {task: found for task, found in scores.items() if found},
    }


def _scores(asked: Asked, task: str, customer_id: str) -> Mapping[str, Any]:
    """A task's own fields; empty where the shop has no such model."""
    only = [customer_id]
    try:
        if task == "churn":
            found = churn(asked, requests.Churn(customer_ids=only))[0]
        elif task == "next_purchase":
            found = next_purchase(asked, requests.Customers(customer_ids=only))[0]
        elif task == NEXT_STEP:
            found = next_step(asked, requests.Customers(customer_ids=only))[0]
        else:
            found = own(asked, requests.Predict(task=task, customer_ids=only))[0]
    except RequestError:
        return {}
    return {name: value for name, value in found.items() if name not in ("customer_id", "status", "age_days")}


def _timeline(
    asked: Asked, one: Sought, kept: Mapping[str, list[dict[str, Any]]], touches: Touches
) -> list[dict[str, Any]]:
    """Newest first: what the night's history tells, events since, and decisions that calls were given.

    Without a history, every event that the service keeps; what both tell is told once.
    """
    told = touches.latest(one.customer_id, asked.live.snapshot.cutoff, _TIMELINE)
    newer = [{"ledger": event.ledger, **event.row} for event in asked.events_of(one.customer_id)]
    entries = [
        {"at": row["happened_at"], "what": row["ledger"], **_without_ids(row)}
        for row in (newer if touches.has_history else kept["events"])
        if row.get("arm") != "control"  # that one was withheld
    ]
    entries += [entry for entry in told if entry not in entries]
    entries += [{"at": row["decided_at"], "what": "decision", "action": row["action"]} for row in kept["decisions"]]
    return sorted(entries, key=lambda entry: str(entry["at"]), reverse=True)[:_TIMELINE]


def _without_ids(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("kind", "channel", "amount", "action") if row.get(name) is not None}
