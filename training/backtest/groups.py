"""Groups of customers in which a model is judged apart: tenure, pace, silence and sales channel."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from decisions.stages import COLUMNS, stages
from training.backtest.context import Context

Labels = NDArray[np.str_]


def customer_groups(context: Context, cutoff: datetime) -> dict[str, Labels]:
    """Name of a grouping → each customer's group at a cutoff."""
    rows = context.data.at(cutoff)
    horizon = context.horizon_days
    columns = {name: context.data.column(name)[rows] for name in context.pace.values()}
    tenure = columns[context.pace["days_since_first_order"]]
    silence = columns[context.pace["days_since_order"]]
    pace = columns[context.pace["shopping_days"]]
    found = {
        "tenure": by_tenure(tenure),
        "silence": _banded(silence, {"within half a horizon": horizon / 2, "within one": horizon, "longer": np.inf}),
        "pace": _banded(pace, {"once": 1, "2 to 5 days": 5, "6 to 15 days": 15, "more": np.inf}),
    }
    if set(COLUMNS) <= set(context.data.names):
        known = {name: context.data.column(name)[rows] for name in COLUMNS}
        found["stage"] = stages(known, horizon, context.active_within_days)
    if "last_order_online" in context.data.names:
        found["channel"] = by_channel(context.data.column("last_order_online")[rows])
    return found


def by_tenure(days_since_first_order: NDArray[np.float64]) -> Labels:
    """How long ago the first order was."""
    return _banded(days_since_first_order, {"under 90 days": 90, "90 to 365 days": 365, "over a year": np.inf})


def by_channel(last_order_online: NDArray[np.float64]) -> Labels:
    """Where the last order was placed."""
    told = np.where(last_order_online > 0, "online", "offline")
    return np.where(np.isnan(last_order_online), "unknown", told)


def _banded(values: NDArray[np.float64], tops: dict[str, float]) -> Labels:
    """The first band whose top is not exceeded; a missing value is unknown."""
    names, edges = list(tops), list(tops.values())
    place = np.searchsorted(edges, values, side="left").clip(max=len(names) - 1)
    return np.where(np.isnan(values), "unknown", np.array(names)[place])
