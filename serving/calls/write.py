"""Calls that write: events, consents, erasure; and the profile, which tells what was written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from decisions.decide import stage
from serving.calls.customers import Asked, about, allowed_channels, features, last_store, person, seek, values
from serving.calls.predict import Result, churn, next_purchase
from serving.contract import requests
from serving.contract.ledger_rows import Consent
from serving.errors import RequestError
from serving.process.changes import Standing
from serving.state.database import State
from serving.state.events import events_of
from serving.state.overlay import id_hash

_TIMELINE = 100  # newest entries a profile shows


def add_events(state: State, standing: Standing, request: requests.Events, moment: datetime, zone: ZoneInfo) -> Result:
    """Make events durable; from the next call on they count, for every worker.

    Rows of erased customers are left out, and so are rows delivered before.
    """
    events = standing.attributed(events_of(request, moment, zone))
    overlay = standing.overlay
    kept = [event for event in events if not (event.customer_id and overlay.is_erased(event.customer_id))]
    written = state.add_events(kept)
    return {
        "status": "ok",
        "received": len(events),
        "accepted": written,
        "duplicates": len(kept) - written,
        "suppressed": len(events) - len(kept),
    }


def add_consent(state: State, standing: Standing, request: requests.Consent, moment: datetime) -> Result:
    """Make a consent or objection durable; it counts from the next call on."""
    customer_id = standing.canonical(request.customer_id)
    if standing.overlay.is_erased(customer_id):
        return {"customer_id": request.customer_id, "status": "unknown_customer"}
    happened_at = moment.replace(tzinfo=None).isoformat()
    state.add_consent(Consent(customer_id, request.channel, request.purpose, request.granted, happened_at))
    return {"customer_id": request.customer_id, "status": "ok"}


def profile(asked: Asked, state: State, request: requests.Profile) -> Result:
    """Everything known of one customer, for a person who talks to them."""
    one = seek(asked, [request.customer_id])[0]
    result = about(asked, one)
    if not one.found:
        return result
    live = asked.live
    kept = state.of_customer(one.customer_id)
    known = values(live, features(asked, [one])[0])
    scores = {task: _scores(asked, task, one.asked) for task in ("churn", "next_purchase")}
    answers = {"churn_probability": scores["churn"]["probability"]} if scores["churn"] else {}
    store = last_store(asked, one)
    return result | {
        "stage": stage(person(asked, one, known, answers), live.policy, live.span),
        "kpis": {name: None if value != value else value for name, value in known.items()},
        "last_store": live.snapshot.facts.stores[store] if store >= 0 else None,
        "linked_identities": [id_hash(key).hex() for key in live.snapshot.keys_of(one.row)],
        "channels": list(allowed_channels(asked, one)),
        "consents": kept["consents"],
        "timeline": _timeline(kept),
        "scores": {task: found for task, found in scores.items() if found},
    }


def _scores(asked: Asked, task: str, customer_id: str) -> Mapping[str, Any]:
    """A task's own fields; empty where the shop has no such model."""
    try:
        if task == "churn":
            found = churn(asked, requests.Churn(customer_ids=[customer_id]))[0]
        else:
            found = next_purchase(asked, requests.Customers(customer_ids=[customer_id]))[0]
    except RequestError:
        return {}
    return {name: value for name, value in found.items() if name not in ("customer_id", "status", "age_days")}


def _timeline(kept: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Newest first: events and decisions kept since the state database began."""
    entries = [{"at": row["happened_at"], "what": row["ledger"], **_without_ids(row)} for row in kept["events"]]
    entries += [{"at": row["decided_at"], "what": "decision", "action": row["action"]} for row in kept["decisions"]]
    return sorted(entries, key=lambda entry: str(entry["at"]), reverse=True)[:_TIMELINE]


def _without_ids(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("kind", "channel", "amount") if name in row}
