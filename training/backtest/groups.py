"""Groups of customers in which a model is judged apart: tenure, pace, silence and sales channel."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from training.backtest.context import Context

Labels = NDArray[np.str_]
Array = NDArray[np.float64]

_STAGED = ("gap_last", "days_since_first_order", "orders")
_LOW, _HIGH = 0.25, 0.5  # edges of the bands of a churn probability


def customer_groups(context: Context, cutoff: datetime, churn: Array | None = None) -> dict[str, Labels]:
    """Name of a grouping → each customer's group at a cutoff; stages where the probability of churn is given."""
    rows = context.data.at(cutoff)
    horizon = context.horizon_days
    columns = {name: context.data.column(name)[rows] for name in context.pace.values()}
    tenure = columns[context.pace["days_since_first_order"]]
    silence = columns[context.pace["days_since_order"]]
    pace = columns[context.pace["shopping_days"]]
    found = {
        "tenure": _banded(tenure, {"under 90 days": 90, "90 to 365 days": 365, "over a year": np.inf}),
        "silence": _banded(silence, {"within half a horizon": horizon / 2, "within one": horizon, "longer": np.inf}),
        "pace": _banded(pace, {"once": 1, "2 to 5 days": 5, "6 to 15 days": 15, "more": np.inf}),
    }
    if churn is not None:
        known = {name: context.data.column(name)[rows] for name in _STAGED if name in context.data.names}
        found["stage"] = stages(known, churn, horizon, context.active_within_days)
    if "last_order_online" in context.data.names:
        online = context.data.column("last_order_online")[rows]
        found["channel"] = np.where(np.isnan(online), "unknown", np.where(online > 0, "online", "offline"))
    return found


def stages(
    columns: Mapping[str, Array],
    churn: Array,
    horizon_days: int,
    active_within_days: int,
    loyal_orders: int = 5,
) -> Labels:
    """The stage each active customer has in a decision (decisions.decide.stage, by the policy's usual loyal_orders)."""
    missing = np.full(len(churn), np.nan)
    gap, tenure, orders = (columns.get(name, missing) for name in _STAGED)
    loyal = (np.nan_to_num(orders) >= loyal_orders) & (churn < _LOW)
    new = np.where(tenure > 0, tenure, np.inf) <= horizon_days
    returned = np.nan_to_num(gap) > active_within_days
    found: Labels = np.select(
        [churn >= _HIGH, returned, new, loyal], ["at_risk", "recovered", "new", "loyal"], default="active"
    )
    return found


def _banded(values: NDArray[np.float64], tops: dict[str, float]) -> Labels:
    """The first band whose top is not exceeded; a missing value is unknown."""
    names, edges = list(tops), list(tops.values())
    place = np.searchsorted(edges, values, side="left").clip(max=len(names) - 1)
    return np.where(np.isnan(values), "unknown", np.array(names)[place])
