"""Promises and deliveries that cannot be: named with a count and left out of what is told of deliveries; rows stay."""

from collections.abc import Iterator

from features.ingest.facts import Finding
from features.ingest.steps.step import IngestStep

_BEFORE = "date_trunc('day', {name}) < date_trunc('day', happened_at)"


def odd_deliveries(step: IngestStep) -> Iterator[Finding]:
    """Warnings about the orders that `where` kept."""
    promised = "a promise for a day before the order: it counts as none"
    yield from _odd(step, "promised_at", _BEFORE.format(name="promised_at"), promised)
    arrived = "a delivery on a day before the order: it counts as none"
    yield from _odd(step, "delivered_at", _BEFORE.format(name="delivered_at"), arrived)
    ahead = "a delivery in the future, which can only be expected (is it promised_at?)"
    yield from _odd(step, "delivered_at", f"delivered_at > {step.latest}", ahead)


def _odd(step: IngestStep, name: str, condition: str, reason: str) -> Iterator[Finding]:
    if name not in step.mapping.names:
        return
    count, example = step.database.row(
        f"""SELECT coalesce(sum(_lines), 0)::BIGINT, min(order_id) FROM {step.name("joined")}
            WHERE kind = 'order' AND {condition}"""
    )
    if count:
        yield Finding("orders", name, reason, int(count), example or "", "warning")
