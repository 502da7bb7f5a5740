"""Causes a marketer knows: the features that stand behind a risk, grouped.

A cause is told by what its features add to the log-odds of leaving: the cause whose features raise the risk most is
the customer's. Where a model's answer does not add up from its inputs, the first cause of which a feature is above 0
is taken, so the causes that need something to have happened come before silence, which always fits a bit.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

NO_CAUSE = -1
# Names are columns (cases_90d) or stems (cases), which stand for all their windows.
CAUSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "payment": ("payment_failures",),
        "out_of_stock": ("shelf_abandon_share",),
        "shipping": ("shipping_abandon_share", "shipping_mean"),
        "cart": ("abandonments",),
        "service": ("late_deliveries", "cases", "open_cases", "days_since_case", "case_topics", "hours_to_close",
                    "satisfaction", "satisfaction_last", "returns", "return_rate", "returned_spend_share",
                    "days_since_return"),
        "too_many_messages": ("messages", "objection_rate", "withdrawals", "days_since_withdrawal",
                              "days_since_message"),
        "unread": ("sends_since_response", "days_since_response", "open_rate", "click_rate", "response_delay"),
        "price": ("discount_share", "discounted_orders_share", "coupon_share", "promoted_share",
                  "promoted_spend_share", "days_since_coupon", "item_price"),
        "moved_channel": ("online_drift", "online_share", "last_order_online", "channel_variety"),
        "season": ("season_share",),
        "silence": ("days_since_order", "days_since_fifth_last_day", "overdue_ratio", "overdue_spreads",
                    "silence_ratio", "gap_last", "btyd_alive", "btyd_no_order", "btyd_orders", "days_since_touch"),
    }
)  # fmt: skip


def main_causes(
    effects: NDArray[np.float64], features: Sequence[str], causes: Mapping[str, Sequence[str]]
) -> NDArray[np.int8]:
    """The cause that raises each customer's risk most.

    Parameters
    ----------
    effects : array (n, k)      on the log-odds of leaving
    features : names of its columns

    Returns
    -------
    int8 array (n,)     place of the cause among `causes`; NO_CAUSE where none raises the risk
    """
    groups = membership(features, causes)
    sums = np.maximum(effects, 0.0) @ groups
    if not sums.shape[1]:
        return np.full(len(effects), NO_CAUSE, dtype=np.int8)
    return np.where(sums.max(axis=1) > 0, sums.argmax(axis=1), NO_CAUSE).astype(np.int8)


def membership(features: Sequence[str], causes: Mapping[str, Sequence[str]]) -> NDArray[np.float64]:
    """1 where a feature belongs to a cause, array (features, causes)."""
    belongs = [[name in names or _stem(name) in names for names in causes.values()] for name in features]
    return np.array(belongs, dtype=np.float64).reshape(len(features), len(causes))


def _stem(column: str) -> str:
    stem, _, window = column.rpartition("_")
    return stem if window[:-1].isdigit() and window.endswith("d") else column
