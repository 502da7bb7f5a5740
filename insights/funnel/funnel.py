"""The way from a visit to payment by channel and device: where people stop, where they went instead, what it costs.

A step that a channel never records is left out of its funnel, and one at which fewer than twenty people ended is told
together with the next. A visit that reached a later step passed the earlier ones. What a drop-off costs is what those
lost would have paid, had they gone on as often and as dearly as those who did go on; who bought within seven days after
all, through any channel, is no loss. Intervals are those of people drawn anew, each with all their visits.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from insights.funnel.stops import Stops, Where, stops
from insights.funnel.visits import STEPS
from insights.known import Known, Period
from insights.months import year_before
from insights.people import person
from insights.small_groups import SMALLEST

Floats = NDArray[np.float64]
BY = ("channel", "device")
_THROWS = 400  # draws of the interval
_LOW, _HIGH = 0.025, 0.975

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in (*BY, "step", "next_step")),
        *((name, pa.int64()) for name in ("visits", "passed", "lost", "came_back", "people")),
        *((name, pa.float64()) for name in ("pass_rate", "rate_before", "rate_year_before")),
        *((name, pa.float64()) for name in ("change_low", "change_high", "year_low", "year_high")),
        *((name, pa.float64()) for name in ("cost", "cost_low", "cost_high")),
    ]
)


def funnel(known: Known, period: Period, *, by: Sequence[str] = BY) -> pa.Table:
    """Every drop-off of a period, the dearest first.

    Parameters
    ----------
    by : of "channel" and "device"      places that are told apart

    Returns
    -------
    pa.Table, one row a place and step
        visits that came to `step`; `passed` of them came to `next_step`, `lost` did not, of whom `came_back` bought
        within seven days through any channel, null where those who did, or did not, were under twenty people; `people`,
        guests counted by the session; `pass_rate`, and the same `rate_before` (the period as long before) and
        `rate_year_before`, null where there was none or under twenty people were on either side; `change_low` to
        `change_high`: pass_rate less rate_before, 95 %, and `year_low` to `year_high` less rate_year_before; `cost`
        with its 95 % interval, in the shop's currency, null where under twenty people paid, or did not buy within
        seven days; who bought within seven days is lost, too, where that were under twenty
    """
    before = Period(period.since - (period.until - period.since), period.since)
    last_year = Period(year_before(period.since), year_before(period.until))
    now = stops(known, period, by, returns=True)
    then, year = (stops(known, one, by, returns=False) for one in (before, last_year))
    worth = _order_worth(known, period)
    found: list[dict[str, Any]] = []
    for place, visited in now.items():
        if visited.people[0, len(STEPS)] >= SMALLEST:
            found += _drop_offs(place, by, visited, then.get(place), year.get(place), worth)
    found.sort(key=lambda row: (-(row["cost"] or 0.0), str(row["channel"]), str(row["device"])))
    return pa.Table.from_pylist(found, schema=SCHEMA)


def _order_worth(known: Known, period: Period) -> dict[str | None, tuple[float, float]]:
    """Mean order and its standard error by channel, and over all under None: (0, 0) without orders."""
    orders = known.orders.filter(period.holds(known.orders))
    orders = orders.mutate(who=person(orders, "order_id"), amount=orders.amount.cast("float64"))
    by = ["channel"] if known.has("orders", "channel") else []
    worth: dict[str | None, tuple[float, float]] = {}
    for level in ([], by) if by else ([],):
        each = orders.group_by(*level, "who").aggregate(
            orders=orders.count().cast("float64"), spent=orders.amount.sum()
        )
        told = {"people": each.count(), "orders": each.orders.sum(), "spent": each.spent.sum()}
        told |= {
            "spent2": (each.spent * each.spent).sum(), "both": (each.spent * each.orders).sum(),
            "orders2": (each.orders * each.orders).sum(),
        }  # fmt: skip
        rows = known.engine.arrow(each.group_by(level).aggregate(**told) if level else each.aggregate(**told))
        for row in rows.to_pylist():
            if not level or row["people"] >= SMALLEST:
                worth[row["channel"] if level else None] = _mean(row)
    return worth


def _mean(row: Mapping[str, float]) -> tuple[float, float]:
    """Mean amount of an order, and its standard error where people are drawn with all their orders."""
    if not row["orders"]:
        return 0.0, 0.0
    mean = row["spent"] / row["orders"]
    squares = row["spent2"] - 2 * mean * row["both"] + mean**2 * row["orders2"]
    return mean, max(squares, 0.0) ** 0.5 / row["orders"]


def _drop_offs(
    place: Where,
    by: Sequence[str],
    now: Stops,
    before: Stops | None,
    year: Stops | None,
    worth: Mapping[str | None, tuple[float, float]],
) -> list[dict[str, Any]]:
    """The drop-offs of one place, step by step."""
    where = dict(zip(by, place, strict=True))
    order = worth.get(where.get("channel"), worth[None])
    found = []
    for step, following in pairwise(_shown_steps(now)):
        came, passed = now.came(step), now.came(following)
        back = _came_back(now, step, following)
        low, high = _change(now, before, step, following)
        year_low, year_high = _change(now, year, step, following)
        cost, cost_low, cost_high = _cost(now, step, following, came - passed - (back or 0.0), order)
        found.append(
            {
                "channel": where.get("channel"), "device": where.get("device"),
                "step": STEPS[step], "next_step": STEPS[following],
                "visits": int(came), "passed": int(passed), "lost": int(came - passed),
                "came_back": None if back is None else int(back),
                "people": int(now.people[0, len(STEPS)]), "pass_rate": passed / came,
                "rate_before": _rate(before, step, following), "rate_year_before": _rate(year, step, following),
                "change_low": low, "change_high": high, "year_low": year_low, "year_high": year_high,
                "cost": cost, "cost_low": cost_low, "cost_high": cost_high,
            }
        )  # fmt: skip
    return found


def _came_back(place: Stops, step: int, following: int) -> float | None:
    """Visits lost whose people bought within seven days; None where those, or the others, were under twenty people."""
    sides = (place.back_people[step, following], place.gone_people[step, following])
    return None if any(0 < people < SMALLEST for people in sides) else float(place.back[step:following].sum())


def _shown_steps(place: Stops) -> list[int]:
    """The steps that are told: those tracked, such that nobody or at least twenty people ended between two of them.

    Nor is a step told that a few people came to.
    """
    whole = len(STEPS)
    came = [int(place.people[step, whole]) for step in range(whole)]
    shown = [step for step in range(whole) if place.tracked[step] and not 0 < came[step] < SMALLEST]
    at = 1
    while at < len(shown):
        if 0 < place.people[shown[at - 1], shown[at]] < SMALLEST:
            del shown[at if at < len(shown) - 1 else at - 1]
            at = max(at - 1, 1)
        else:
            at += 1
    return shown


def _rate(place: Stops | None, step: int, following: int) -> float | None:
    """Share that passed a step; None where it was not tracked, or under twenty people were on either side."""
    if place is None or not (place.tracked[step] and place.tracked[following] and place.tells(step, following)):
        return None
    came = place.came(step)
    return place.came(following) / came if came >= SMALLEST else None


def _change(now: Stops, before: Stops | None, step: int, following: int) -> tuple[float | None, float | None]:
    """95 % interval of the difference of two shares, after Agresti and Caffo: one success and failure more each."""
    if before is None or _rate(before, step, following) is None:
        return None, None
    shares, variance = [], 0.0
    for place in (now, before):
        came, passed = place.came(step), place.came(following)
        share = (passed + 1) / (came + 2)
        shares.append(share)
        variance += place.spread(step, following) * share * (1 - share) / (came + 2)
    half, apart = 1.96 * variance**0.5, shares[0] - shares[1]
    return apart - half, apart + half


def _cost(
    place: Stops, step: int, following: int, gone: float, order: tuple[float, float]
) -> tuple[float | None, float | None, float | None]:
    """What those gone would have brought, and a 95 % interval over chance in counts and in the mean order."""
    payment = len(STEPS) - 1
    passed, paid = place.came(following), place.came(payment)
    if place.people[payment, len(STEPS)] < SMALLEST or 0 < place.gone_people[step, following] < SMALLEST:
        return None, None, None
    if gone <= 0:
        return 0.0, 0.0, 0.0
    rng = np.random.default_rng(0)
    spread, lost_spread = place.spread(following, payment), place.lost_spread(step, following)
    goes_on = rng.beta(paid / spread + 0.5, (passed - paid) / spread + 0.5, _THROWS)
    drawn = rng.poisson(gone / lost_spread, _THROWS) * lost_spread * goes_on
    drawn *= np.maximum(rng.normal(*order, _THROWS), 0.0)
    return gone * paid / passed * order[0], float(np.quantile(drawn, _LOW)), float(np.quantile(drawn, _HIGH))
