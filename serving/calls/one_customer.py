"""One customer as decisions look at them: the night's record, the answers of now, what was sent since, the moment."""

import numpy as np
from numpy.typing import NDArray

from decisions.allowed.eligibility import Audience
from decisions.causes import NO_CAUSE
from decisions.stages import STAGES, stage_of
from decisions.worth.worth import value_at_stake
from serving.calls.context import Here
from serving.calls.customers import Asked, Scored, Sought
from serving.snapshot.decided import Decided

_ABOVE = 1.001  # times the best other: of two channels liked alike, the one now open


def one_customer(
    asked: Asked, night: Decided, one: Sought, i: int, scored: Scored, known: dict[str, float], here: Here
) -> Audience:
    """The customer, ready to be decided for under the night's prices.

    Parameters
    ----------
    i : place among the found customers that were scored
    known : features by name
    """
    menu, record, answers = night.menu, night.of(one.row), scored.answer(i)
    week, month, sends, rested = _sent_since(asked, night, one, record)
    may = np.array([name in here.channels for name in menu.channels], dtype=bool)
    contact = np.array([answers.get(f"contact_{name}", np.nan) for name in menu.channels], dtype=np.float32)
    if here.channel is not None:
        contact = _read_now(contact, may, menu.channels.index(here.channel))
    spend = np.array([answers.get("expected_spend", np.nan)])
    never = [all(known.get(name, 0.0) in (0.0,) or np.isnan(known[name]) for name in action.never)
             for action in menu.plan.actions]  # fmt: skip
    return Audience(
        ids=[one.customer_id],
        stage=np.array([STAGES.index(stage_at(asked, known))], dtype=np.int8),
        cause=np.array([_cause(night, i, scored) if here.cause is None else here.cause], dtype=np.int8),
        churn=np.array([answers.get("churn_probability", np.nan)]),
        order=np.array([answers.get("order_probability", np.nan)]),
        stake=value_at_stake(spend, night.margin, asked.live.span.horizon),
        contact=contact[None, :],
        may=may[None, :],
        week=week[None, :],
        month=month[None, :],
        week_all=np.array([int(record["week_all"]) + sends]),
        month_all=np.array([int(record["month_all"]) + sends]),
        rested=rested[None, :],
        clear=np.array([never], dtype=bool),
        near=(record["near"] | here.in_store)[None, :],
        suppressed=np.zeros(1, dtype=bool),
    )


def stage_at(asked: Asked, known: dict[str, float]) -> str:
    """Where the customer stands, by these features."""
    span = asked.live.span
    return stage_of(known, span.horizon, span.active_within, asked.live.policy.loyal_orders)


def _sent_since(
    asked: Asked, night: Decided, one: Sought, record: np.void
) -> tuple[NDArray[np.int64], NDArray[np.int64], int, NDArray[np.bool_]]:
    """Sends of 7 and 30 days by channel, how many are new since the night, and which actions have rested."""
    menu, rested = night.menu, record["rested"].copy()
    week, month = record["week"].astype(int), record["month"].astype(int)
    told = (event.row for event in asked.events_of(one.customer_id) if event.ledger == "messages")
    sends = [row for row in told if row.get("arm") != "control"]  # that one was withheld
    for send in sends:
        if send.get("channel") in menu.channels:
            week[menu.channels.index(send["channel"])] += 1
            month[menu.channels.index(send["channel"])] += 1
        rested &= np.array([action.name != send.get("action") for action in menu.plan.actions], dtype=bool)
    return week, month, len(sends), rested


def _read_now(contact: NDArray[np.float32], may: NDArray[np.bool_], at: int) -> NDArray[np.float32]:
    """Probabilities of a response with the channel now open just above the best of those that may be used."""
    told = np.nan_to_num(contact) if np.isfinite(contact).any() else np.ones_like(contact)
    told[at] = _ABOVE * max(float(told[may].max(initial=0.0)), 1e-6)
    return told


def _cause(night: Decided, i: int, scored: Scored) -> int:
    if scored.reasons is None or not scored.modelled[i]:
        return NO_CAUSE
    sums = np.maximum(scored.reasons.effects[i], 0.0) @ night.causes_of(scored.reasons.features)
    return int(sums.argmax()) if len(sums) and sums.max() > 0 else NO_CAUSE
