"""What customers said about being contacted and profiled: kept, and read back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from scoring.clock import cutoff_on
from serving.calls.customers import Asked, about, allowed_channels, seek
from serving.calls.predict import Result
from serving.contract import requests
from serving.contract.channels import channels_of
from serving.contract.ledger_rows import ConsentRecord
from serving.errors import RequestError
from serving.process.changes import Standing
from serving.process.loaded import Live
from serving.state.database import State
from serving.state.events import local


def add_consents(
    state: State, standing: Standing, request: requests.Consent, live: Live, moment: datetime
) -> list[Result]:
    """Make consents and objections durable, all or none; they count from the next call on.

    A word of someone nobody knows yet waits for them.

    Raises
    ------
    RequestError   400 for a channel the shop does not have, or a moment after today
    """
    known = channels_of((*live.snapshot.facts.channels, *live.snapshot.facts.properties))
    found: list[ConsentRecord] = []
    results: list[Result] = []
    for i, row in enumerate(request.rows):
        field = "" if request.consents is None else f"consents[{i}]."
        said = _said(row, known, field, moment, live.zone)
        customer_id = standing.canonical(row.customer_id)
        if standing.overlay.is_erased(row.customer_id) or standing.overlay.is_erased(customer_id):
            results.append({"customer_id": row.customer_id, "status": "unknown_customer"})
            continue
        found.append(ConsentRecord(customer_id, row.channel, row.purpose, row.granted, said))
        waits = live.snapshot.find(customer_id) < 0 and customer_id not in standing.overlay.events
        results.append({"customer_id": row.customer_id, "status": "ok"} | ({"waiting": True} if waits else {}))
    gone = state.add_consent(*found)  # erased since we looked
    return [_unknown(one) if standing.canonical(one["customer_id"]) in gone else one for one in results]


def _unknown(result: Result) -> Result:
    return {"customer_id": result["customer_id"], "status": "unknown_customer"}


def _said(row: requests.ConsentRow, known: list[str], field: str, moment: datetime, zone: ZoneInfo) -> str:
    """When it was said, local, as ISO text."""
    if row.channel not in known:
        message = f"{field}channel must be one of {', '.join(known)}."
        raise RequestError(400, "unknown_channel", message, field=f"{field}channel")
    if row.happened_at is None:
        return moment.replace(tzinfo=None).isoformat()
    happened_at = local(row.happened_at, zone)
    if happened_at >= cutoff_on(moment.date()):
        message = f"{field}happened_at must not lie after today."
        raise RequestError(400, "invalid_field", message, field=f"{field}happened_at")
    return happened_at.isoformat()


def consents(asked: Asked, state: State, standing: Standing, request: requests.Customers) -> list[Result]:
    """What customers said, read back: also of those whose profiling is withdrawn and of those nobody knows yet."""
    results = []
    for one in seek(asked, request.customer_ids):
        result = about(asked, one)
        customer_id = standing.canonical(one.asked)
        if not asked.overlay.is_erased(one.asked) and not asked.overlay.is_erased(customer_id):
            said = sorted(state.consents_of(customer_id), key=_when)
            words = {(word["channel"], word["purpose"]): word for word in said}
            result["consents"] = list(words.values())
        if one.found:
            result["channels"] = list(allowed_channels(asked, one))
        results.append(result)
    return results


def _when(word: Mapping[str, Any]) -> tuple[str, bool]:
    return word["happened_at"], not word["granted"]
