"""Who a call is about: ids looked up, their standing, their features and their scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.decision import Person
from serving.live import Live
from serving.overlay import Overlay
from serving.snapshot import NO_HOUR


@dataclass(frozen=True)
class Sought:
    """One id of a call.

    Attributes
    ----------
    asked : the id as the caller gave it; `customer_id` is the one it leads to
    status : ok, stale, unknown_customer or suppressed; the last two have no row
    row : the customer's row in the snapshot, −1 without one
    """

    asked: str
    status: str
    customer_id: str = ""
    row: int = -1

    @property
    def found(self) -> bool:
        """Whether anything may be said about the customer."""
        return self.row >= 0


@dataclass(frozen=True)
class Scored:
    """Found customers with their features and answers; entry i of every array is the i-th found one."""

    matrix: NDArray[np.float32]
    answers: dict[str, NDArray[np.float64]]

    def answer(self, i: int) -> dict[str, float]:
        """All answers to one customer."""
        return {name: float(values[i]) for name, values in self.answers.items()}


def seek(live: Live, overlay: Overlay, moment: datetime, customer_ids: Sequence[str]) -> list[Sought]:
    """Look customers up, in the order given."""
    fresh = "ok" if live.snapshot.age_days(moment.date()) <= 0 else "stale"
    return [_sought(live, overlay, fresh, asked) for asked in customer_ids]


def features(live: Live, overlay: Overlay, found: Sequence[Sought]) -> NDArray[np.float32]:
    """The feature rows of found customers: recomputed ones where there are any, else the snapshot's."""
    matrix = live.snapshot.matrix[[one.row for one in found]]
    for i, one in enumerate(found):
        newer = overlay.rows.get(one.customer_id) if overlay.rows else None
        if newer is not None:
            matrix[i] = newer
    return matrix


def score(live: Live, matrix: NDArray[np.float32], *tasks: str) -> Scored:
    """Answers of these tasks' models; none where the shop has no such model."""
    scorer = live.scorer(*tasks)
    return Scored(matrix, scorer.answers(matrix) if scorer and len(matrix) else {})


def values(live: Live, row: NDArray[np.float32]) -> dict[str, float]:
    """A row's features by name."""
    return dict(zip(live.names, row.tolist(), strict=True))


def allowed_channels(live: Live, overlay: Overlay, one: Sought) -> tuple[str, ...]:
    """Channels that may be used and reach the customer, at this moment."""
    bits = int(live.snapshot.facts.allowed[one.row])
    return tuple(
        channel
        for i, channel in enumerate(live.snapshot.facts.channels)
        if overlay.may_contact(one.customer_id, channel, bool(bits >> i & 1))
    )


def best_hour(live: Live, one: Sought) -> int | None:
    """The local hour in which the customer is most active, None where unknown."""
    hour = int(live.snapshot.facts.hour[one.row])
    return None if hour == NO_HOUR else hour


def person(
    live: Live, overlay: Overlay, one: Sought, known: dict[str, float], answers: dict[str, float], today: datetime
) -> Person:
    """What a decision looks at."""
    return Person(
        customer_id=one.customer_id,
        values=known,
        answers=answers,
        channels=allowed_channels(live, overlay, one),
        best_hour=best_hour(live, one),
        eligible=eligible(live, known),
        age_days=max(live.snapshot.age_days(today.date()), 0),
    )


def eligible(live: Live, known: dict[str, float]) -> bool:
    """Whether the customer has an order within active_within before the cutoff."""
    return known["days_since_order"] <= live.span.active_within


def about(live: Live, one: Sought, moment: datetime) -> dict[str, Any]:
    """The fields every result begins with."""
    result: dict[str, Any] = {"customer_id": one.asked, "status": one.status}
    if one.status == "stale":
        result["age_days"] = live.snapshot.age_days(moment.date())
    return result


def _sought(live: Live, overlay: Overlay, fresh: str, asked: str) -> Sought:
    row = live.snapshot.find(asked)
    if row < 0 or overlay.is_erased(asked):
        return Sought(asked, "unknown_customer")
    customer_id = live.snapshot.customer_id(row)
    if overlay.is_erased(customer_id):
        return Sought(asked, "unknown_customer")
    if overlay.consents and overlay.profiling_withdrawn(customer_id):
        return Sought(asked, "suppressed")
    return Sought(asked, fresh, customer_id, row)
