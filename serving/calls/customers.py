"""Who a call is about: ids looked up, their standing, their features and their scores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.reasons.reasons import Texts
from scoring.scorer import Reasons
from serving.contract.ledger_rows import Event
from serving.process.loaded import Live
from serving.snapshot.snapshot import NO_STORE
from serving.state.overlay import Overlay

SILENCE = "days_since_order"  # missing for who never ordered


@dataclass(frozen=True)
class Asked:
    """Everything a call may look at.

    Attributes
    ----------
    moment : now, in the shop's time zone
    texts : in the caller's language
    rows : customer id → features computed anew, for customers with events newer than the snapshot
    behind : customers whose newer events could not be counted; what is said of them is the snapshot's
    passed : customer id → events that came with the call
    unchanged : those of `rows` of whom nothing is newer after all
    """

    live: Live
    overlay: Overlay
    moment: datetime
    texts: Texts
    rows: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    behind: Collection[str] = ()
    passed: Mapping[str, Sequence[Event]] = field(default_factory=dict)
    unchanged: Collection[str] = ()

    def events_of(self, customer_id: str) -> list[Event]:
        """A customer's events since the snapshot, those of the call among them."""
        return [*self.overlay.events.get(customer_id, ()), *self.passed.get(customer_id, ())]


@dataclass(frozen=True)
class Sought:
    """One id of a call.

    Attributes
    ----------
    asked : the id as the caller gave it; `customer_id` is the one it leads to
    status : ok, stale, unknown_customer or suppressed; the last two have no row
    row : the customer's row in the snapshot, −1 without one (unknown, or known by events alone)
    """

    asked: str
    status: str
    customer_id: str = ""
    row: int = -1

    @property
    def found(self) -> bool:
        """Whether anything may be said about the customer."""
        return self.customer_id != ""


@dataclass(frozen=True)
class Scored:
    """Found customers with their features and answers; entry i of every array is the i-th found one.

    Attributes
    ----------
    reasons : why they got their churn probability; None when not asked for, or without a model of churn
    modelled : whether the models were asked about such a customer; they were not about who never ordered
    """

    matrix: NDArray[np.float32]
    answers: dict[str, NDArray[np.float64]]
    reasons: Reasons | None
    modelled: NDArray[np.bool_]

    def answer(self, i: int) -> dict[str, float]:
        """All answers to one customer; none to one who never ordered: no model has seen such a customer."""
        return {name: float(values[i]) for name, values in self.answers.items()} if self.modelled[i] else {}


def seek(asked: Asked, customer_ids: Sequence[str]) -> list[Sought]:
    """Look customers up, in the order given."""
    fresh = "ok" if asked.live.snapshot.age_days(asked.moment.date()) <= 0 else "stale"
    return [_sought(asked, fresh, one) for one in customer_ids]


def features(asked: Asked, found: Sequence[Sought]) -> NDArray[np.float32]:
    """The feature rows of found customers: recomputed ones where there are any, else the snapshot's."""
    matrix = asked.live.snapshot.features_of([one.row for one in found])
    for i, one in enumerate(found):
        newer = asked.rows.get(one.customer_id) if asked.rows else None
        if newer is not None:
            matrix[i] = newer
    return matrix


def score(live: Live, matrix: NDArray[np.float32], *tasks: str, explain: bool) -> Scored:
    """Answers of these tasks' models; none where the shop has no such model."""
    scorer, churn = live.scorer(*tasks), live.scorer("churn")
    ordered = ~np.isnan(matrix[:, live.names.index(SILENCE)])
    if scorer is None or not len(matrix):
        return Scored(matrix, {}, None, ordered)
    return Scored(matrix, scorer.answers(matrix), churn.reasons(matrix) if churn and explain else None, ordered)


def values(live: Live, row: NDArray[np.float32]) -> dict[str, float]:
    """A row's features by name."""
    return dict(zip(live.names, row.tolist(), strict=True))


def allowed_channels(asked: Asked, one: Sought) -> tuple[str, ...]:
    """Channels that may be used and reach the customer, at this moment."""
    facts = asked.live.snapshot.facts
    before = facts.channels_of(facts.allowed, one.row)
    may = asked.overlay.may_contact
    return tuple(channel for channel in facts.channels if may(one.customer_id, channel, channel in before))


def last_store(asked: Asked, one: Sought) -> int:
    """Index of the store of the customer's last order, −1 without one."""
    return int(asked.live.snapshot.facts.store[one.row]) if one.row >= 0 else NO_STORE


def touched(asked: Asked, one: Sought, kind: str) -> list[str]:
    """Products of the customer's touchpoints of a kind since the snapshot, newest first."""
    events = asked.overlay.events.get(one.customer_id, ())
    found = [event.row.get("product_id") for event in events if event.row.get("kind") == kind]
    return [product for product in reversed(found) if product]


def eligible(live: Live, known: dict[str, float]) -> bool:
    """Whether the customer has an order within active_within before the cutoff."""
    return known[SILENCE] <= live.span.active_within


def about(asked: Asked, one: Sought) -> dict[str, Any]:
    """The fields every result begins with."""
    result: dict[str, Any] = {"customer_id": one.asked, "status": one.status}
    if one.status == "stale":
        result["age_days"] = _age(asked, one)
    return result


def _age(asked: Asked, one: Sought) -> int:
    """Days the numbers are behind; a started one where newer events could not be counted."""
    return max(asked.live.snapshot.age_days(asked.moment.date()), 1 if one.customer_id in asked.behind else 0)


def _sought(asked: Asked, fresh: str, given: str) -> Sought:
    overlay, snapshot = asked.overlay, asked.live.snapshot
    row = snapshot.find(given)
    customer_id = snapshot.customer_id(row) if row >= 0 else given
    if overlay.is_erased(given) or overlay.is_erased(customer_id):
        return Sought(given, "unknown_customer")
    if row < 0 and customer_id not in asked.rows:
        return Sought(given, "unknown_customer")
    before = snapshot.facts.channels_of(snapshot.facts.withdrawn, row)
    if (before or overlay.consents) and overlay.profiling_withdrawn(customer_id, before):
        return Sought(given, "suppressed")
    return Sought(given, "stale" if customer_id in asked.behind else fresh, customer_id, row)
