"""The way from a visit to payment by channel and device: where people stop, where they went instead, what it costs.

A step that a channel never records is left out of its funnel, and one at which fewer than twenty visits ended is told
together with the next. A visit that reached a later step passed the earlier ones. What a drop-off costs is what those
lost would have paid, had they gone on as often and as dearly as those who did go on; who bought within seven days after
all, through any channel, is no loss.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from insights.known import Known, Period
from insights.months import year_before
from insights.small_groups import SMALLEST
from insights.visits import STEPS, visits

Floats = NDArray[np.float64]
BY = ("channel", "device")
RETURNS_WITHIN_DAYS = 7
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


@dataclass(frozen=True)
class _Place:
    """Visits of one channel and device in a period, by the furthest step each reached: arrays (n_steps,)."""

    ended: Floats
    back: Floats
    people: int
    tracked: tuple[bool, ...]


def funnel(known: Known, period: Period, *, by: Sequence[str] = BY) -> pa.Table:
    """Every drop-off of a period, the dearest first.

    Parameters
    ----------
    by : of "channel" and "device"      places that are told apart

    Returns
    -------
    pa.Table, one row a place and step
        visits that came to `step`; `passed` of them came to `next_step`, `lost` did not, of whom `came_back` bought
        within seven days through any channel; `people`, guests' visits counted as one each; `pass_rate`, and the same
        `rate_before` (the period as long before) and `rate_year_before`, null where there was none or under twenty;
        `change_low` to `change_high`: pass_rate less rate_before, 95 %, and `year_low` to `year_high` less
        rate_year_before; `cost` with its 95 % interval, in the shop's
        currency
    """
    rows = visits(known)
    before = Period(period.since - (period.until - period.since), period.since)
    last_year = Period(year_before(period.since), year_before(period.until))
    now, then, year = (_places(known, rows, one, by) for one in (period, before, last_year))
    worth = _order_worth(known, period)
    found: list[dict[str, Any]] = []
    for place, visited in now.items():
        if visited.people >= SMALLEST:
            found += _drop_offs(place, by, visited, then.get(place), year.get(place), worth)
    found.sort(key=lambda row: (-row["cost"], str(row["channel"]), str(row["device"])))
    return pa.Table.from_pylist(found, schema=SCHEMA)


def _places(known: Known, rows: ir.Table, period: Period, by: Sequence[str]) -> dict[tuple[str | None, ...], _Place]:
    rows = rows.filter(period.holds(rows))
    rows = _with_return(known, rows)
    counted = rows.group_by(*by, "reached").aggregate(
        visits=rows.count(),
        back=rows.came_back.sum(),
        **{f"saw_{step}": rows[f"saw_{step}"].any() for step in STEPS[1:]},
    )
    people = rows.group_by(*by).aggregate(people=rows.customer_id.nunique() + rows.customer_id.isnull().sum())
    sizes = {tuple(one[name] for name in by): one["people"] for one in known.engine.arrow(people).to_pylist()}
    found: dict[tuple[str | None, ...], _Place] = {}
    cells: dict[tuple[str | None, ...], list[dict[str, int]]] = {}
    for one in known.engine.arrow(counted).to_pylist():
        cells.setdefault(tuple(one[name] for name in by), []).append(one)
    for place, parts in cells.items():
        ended, back = np.zeros(len(STEPS)), np.zeros(len(STEPS))
        for part in parts:
            ended[part["reached"]], back[part["reached"]] = part["visits"], part["back"] or 0
        tracked = (True, *(any(part[f"saw_{step}"] for part in parts) for step in STEPS[1:]))
        found[place] = _Place(ended, back, sizes[place], tracked)
    return found


def _with_return(known: Known, rows: ir.Table) -> ir.Table:
    """Whether a visit without payment was followed by an order of the same person within seven days."""
    orders = known.orders.filter(ibis._.customer_id.notnull()).select("customer_id", ordered_at="happened_at")
    unpaid = rows.filter((rows.reached < len(STEPS) - 1) & rows.customer_id.notnull())
    unpaid = unpaid.select("visit", "customer_id", "happened_at")
    near = unpaid.join(
        orders,
        [
            unpaid.customer_id == orders.customer_id,
            orders.ordered_at >= unpaid.happened_at,
            orders.ordered_at < unpaid.happened_at + ibis.interval(days=RETURNS_WITHIN_DAYS),
        ],
    )
    returned = near.select("visit").distinct().mutate(came_back=ibis.literal(True))
    met = rows.left_join(returned, "visit")
    return met.mutate(came_back=met.came_back.fill_null(False)).drop("visit_right")


def _order_worth(known: Known, period: Period) -> dict[str | None, tuple[float, float]]:
    """Mean order and its standard error by channel, and over all under None: (0, 0) without orders."""
    orders = known.orders.filter(period.holds(known.orders))
    amount = orders.amount.cast("float64")
    told = {"orders": orders.count(), "mean": amount.mean(), "spread": amount.std(how="pop")}
    found = known.engine.arrow(orders.aggregate(**told)).to_pylist()
    worth: dict[str | None, tuple[float, float]] = {None: _mean(found[0])}
    if known.has("orders", "channel"):
        for one in known.engine.arrow(orders.group_by("channel").aggregate(**told)).to_pylist():
            if one["orders"] >= SMALLEST:
                worth[one["channel"]] = _mean(one)
    return worth


def _mean(one: dict[str, float]) -> tuple[float, float]:
    return (one["mean"], (one["spread"] or 0.0) / one["orders"] ** 0.5) if one["orders"] else (0.0, 0.0)


def _drop_offs(
    place: tuple[str | None, ...],
    by: Sequence[str],
    now: _Place,
    before: _Place | None,
    year: _Place | None,
    worth: Mapping[str | None, tuple[float, float]],
) -> list[dict[str, Any]]:
    """The drop-offs of one place, step by step."""
    where = dict(zip(by, place, strict=True))
    found = []
    for step, following in pairwise(_shown_steps(now)):
        came, passed = now.ended[step:].sum(), now.ended[following:].sum()
        lost, back = came - passed, now.back[step:following].sum()
        rates = [_rate(one, step, following) for one in (before, year)]
        cost = _cost(lost - back, passed, now.ended[-1], *worth.get(where.get("channel"), worth[None]))
        found.append(
            {
                "channel": where.get("channel"), "device": where.get("device"),
                "step": STEPS[step], "next_step": STEPS[following],
                "visits": int(came), "passed": int(passed), "lost": int(lost), "came_back": int(back),
                "people": now.people, "pass_rate": passed / came,
                "rate_before": rates[0][0], "rate_year_before": rates[1][0],
                **dict(zip(("change_low", "change_high"), _change(passed, came, rates[0]), strict=True)),
                **dict(zip(("year_low", "year_high"), _change(passed, came, rates[1]), strict=True)),
                **dict(zip(("cost", "cost_low", "cost_high"), cost, strict=True)),
            }
        )  # fmt: skip
    return found


def _shown_steps(place: _Place) -> list[int]:
    """The steps that are told: those tracked, such that none or at least twenty visits ended between two of them."""
    shown = [step for step in range(len(STEPS)) if place.tracked[step]]
    at = 1
    while at < len(shown):
        if 0 < place.ended[shown[at - 1] : shown[at]].sum() < SMALLEST:
            del shown[at if at < len(shown) - 1 else at - 1]
            at = max(at - 1, 1)
        else:
            at += 1
    return shown if place.ended.sum() >= SMALLEST else []


def _rate(place: _Place | None, step: int, following: int) -> tuple[float | None, float]:
    """Share that passed a step, and how many came to it; None where fewer than twenty did, or it was not tracked."""
    if place is None or not (place.tracked[step] and place.tracked[following]):
        return None, 0.0
    came = float(place.ended[step:].sum())
    return (float(place.ended[following:].sum()) / came if came >= SMALLEST else None), came


def _change(passed: float, came: float, before: tuple[float | None, float]) -> tuple[float | None, float | None]:
    """95 % interval of the difference of two shares, after Agresti and Caffo: one success and failure more each."""
    then, visited = before
    if then is None:
        return None, None
    share, old = (passed + 1) / (came + 2), (then * visited + 1) / (visited + 2)
    half = 1.96 * float(np.sqrt(share * (1 - share) / (came + 2) + old * (1 - old) / (visited + 2)))
    return share - old - half, share - old + half


def _cost(gone: float, passed: float, paid: float, order: float, error: float) -> tuple[float, float, float]:
    """What those gone would have brought, and a 95 % interval over chance in counts and in the mean order."""
    if not gone or not passed:
        return 0.0, 0.0, 0.0
    rng = np.random.default_rng(0)
    goes_on = rng.beta(paid + 0.5, passed - paid + 0.5, _THROWS)
    drawn = rng.poisson(gone, _THROWS) * goes_on * np.maximum(rng.normal(order, error, _THROWS), 0.0)
    return gone * paid / passed * order, float(np.quantile(drawn, _LOW)), float(np.quantile(drawn, _HIGH))
