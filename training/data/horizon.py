"""A horizon and an activity window that fit the customers' own rhythm, where the retailer names none."""

from dataclasses import dataclass
from datetime import datetime

import ibis
import numpy as np

from features.clocks import midnight
from features.engine import Engine, opened
from features.known import known_before
from features.shop import Shop
from training.task import TaskError

# horizon → active_within: long enough to miss nobody who comes back, short enough to leave out who is gone
_CHOICES = {14: 56, 28: 91, 60: 182, 90: 365, 180: 730}
_SHORTEST = 28  # days; a campaign takes about as long to plan
_GAPS_AHEAD = 1.5  # usual gaps a horizon holds
_HORIZONS_OF_HISTORY = 4


@dataclass(frozen=True)
class Proposal:
    """What the rhythm suggests, with what it was read from.

    Attributes
    ----------
    usual_gap_days : float      median over returning customers of their mean days between shopping days; NaN
                                where nobody returned
    history_days : int          from the first order to `until`
    known : KnownOrders                the orders it was read from
    """

    horizon_days: int
    active_within_days: int
    usual_gap_days: float
    history_days: int
    known: "KnownOrders"


@dataclass(frozen=True)
class KnownOrders:
    """The orders known before `until`: when the first took place, and how late they usually arrive."""

    first: datetime
    lag_days: int


def span(shop: Shop, until: datetime, *, engine: Engine | None = None) -> KnownOrders:
    """Oldest order and usual arrival lag (what 95 of 100 orders do not exceed, in whole days).

    Raises
    ------
    TaskError   if no order was known before `until`
    """
    with opened(engine) as running:
        orders = _orders(shop, until, running)
        late = (orders.known_at.epoch_seconds() - orders.happened_at.epoch_seconds()).cast("float64")
        found = running.arrow(orders.aggregate(first=orders.happened_at.min(), late=late.quantile(0.95)))
    first, seconds = found["first"][0].as_py(), found["late"][0].as_py()
    if first is None:
        raise TaskError(_no_orders(shop, until, engine))
    return KnownOrders(first, int(np.ceil(max(seconds, 0.0) / 86_400)))


def _no_orders(shop: Shop, until: datetime, engine: Engine | None) -> str:
    with opened(engine) as running:
        rows = running.read(shop.path("orders"))
        sold = rows.customer_id.notnull() & (rows.kind == "order")
        found = running.arrow(
            rows.aggregate(
                all=rows.count(),
                guests=rows.count(where=rows.customer_id.isnull()),
                returns=rows.count(where=rows.kind == "return"),
                later=rows.count(where=sold & (rows.known_at >= ibis.literal(until, "timestamp(6)"))),
            )
        ).to_pylist()[0]
    counts = {"are guests'": found["guests"], "are returns (negative)": found["returns"], "came later": found["later"]}
    which = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    remedy = "Mend customer_id, kind or amount in shop.toml"
    if found["later"] == found["all"]:
        remedy = "Choose a later date, or wait for more data"
    return (
        f"'{shop.name}' has no order of a known customer before {until:%Y-%m-%d}: of {found['all']:,} rows of orders "
        f"{which}. {remedy}; perennial check shows where rows went."
    )


def propose(shop: Shop, until: datetime, *, engine: Engine | None = None) -> Proposal:
    """Propose a horizon and an activity window from what was known before `until`.

    The horizon is the shortest of 28, 60, 90 and 180 days (14 where history is too short for more) that holds
    one and a half usual gaps, but no longer than a quarter of the history. What shop.toml states comes first.
    """
    with opened(engine) as running:
        known = span(shop, until, engine=running)
        orders = _orders(shop, until, running)
        days = orders.happened_at.truncate("D")
        each = orders.group_by("customer_id").aggregate(
            shopping_days=days.nunique(),
            seconds=(days.max().epoch_seconds() - days.min().epoch_seconds()).cast("float64"),
        )
        again = running.arrow(each.filter(each.shopping_days > 1))
    gaps = again["seconds"].to_numpy() / 86_400 / (again["shopping_days"].to_numpy() - 1)
    usual = float(np.median(gaps)) if len(gaps) else float("nan")
    history = (until - midnight(known.first)).days
    horizon = shop.settings.horizon_days or _horizon(usual, history)
    active = shop.settings.active_within_days or _active_within(horizon)
    return Proposal(horizon, active, usual, history, known)


def _horizon(usual_gap: float, history_days: int) -> int:
    wanted = [days for days in _CHOICES if days >= max(_SHORTEST, _GAPS_AHEAD * (usual_gap if usual_gap > 0 else 60))]
    affordable = [days for days in _CHOICES if days * _HORIZONS_OF_HISTORY <= history_days]
    longest = max(affordable, default=max(1, history_days // _HORIZONS_OF_HISTORY))
    return min(wanted[0] if wanted else max(_CHOICES), longest)


def _active_within(horizon_days: int) -> int:
    nearest = min(_CHOICES, key=lambda days: abs(days - horizon_days))
    return round(_CHOICES[nearest] * horizon_days / nearest)


def _orders(shop: Shop, until: datetime, engine: Engine) -> "ibis.expr.types.Table":
    orders = engine.read(shop.path("orders"))
    orders = known_before(orders, until)
    return orders.filter(orders.kind == "order", orders.customer_id.notnull())
