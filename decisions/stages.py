"""Where a customer stands, from order history alone: the one definition that service, training and insights share.

The churn probability is no part of it: a stage says what was seen, the band of a probability what is expected.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Stages = NDArray[np.str_]

STAGES = ("prospect", "new", "active", "loyal", "at_risk", "dormant", "lost", "recovered")
COLUMNS = ("orders", "shopping_days", "days_since_order", "days_since_first_order", "gap_last")
LOYAL_ORDERS = 5
AT_RISK_GAPS = 3.0  # a customer of random pace is silent for longer in one case of twenty: exp(−3)
_PRIOR_GAPS = 1.0  # gaps by which a customer's own mean is shrunk to the shop's
_GAPS_A_HORIZON = 1.5  # usual gaps a horizon holds, as training proposes it


def usual_gap(columns: Mapping[str, Array], horizon_days: int) -> Array:
    """Days the customer usually lets pass between shopping days, shrunk to the shop's usual gap.

    Parameters
    ----------
    columns : mapping of arrays (n,)    shopping_days, days_since_order and days_since_first_order
    horizon_days : int, ≥ 1             two thirds of it stand for the shop's usual gap

    Returns
    -------
    array (n,), days, > 0               the shop's own where there was no second shopping day; NaN without an order

    Examples
    --------
    >>> weekly = {"shopping_days": [11.0], "days_since_order": [3.0], "days_since_first_order": [73.0]}
    >>> usual_gap({name: np.array(values) for name, values in weekly.items()}, 28).round(2)
    array([8.06])
    """
    gaps = np.maximum(columns["shopping_days"] - 1, 0.0)
    between = np.maximum(columns["days_since_first_order"] - columns["days_since_order"], 0.0)
    prior = horizon_days / _GAPS_A_HORIZON
    gap: Array = (between + _PRIOR_GAPS * prior) / (gaps + _PRIOR_GAPS)
    return gap


def stages(
    columns: Mapping[str, Array], horizon_days: int, active_within_days: int, loyal_orders: int = LOYAL_ORDERS
) -> Stages:
    """Each customer's stage at a cutoff, by the first line that applies.

    | stage | when |
    |---|---|
    | prospect | no order yet |
    | lost | silent for more than twice active_within |
    | dormant | silent for more than active_within |
    | at_risk | silent for more than three usual gaps (`usual_gap`) |
    | recovered | the gap before the last shopping day was longer than active_within |
    | new | first order within the last horizon |
    | loyal | `loyal_orders` orders or more |
    | active | everybody else |

    Parameters
    ----------
    columns : mapping of arrays (n,)    those named in COLUMNS, as known before the cutoff; NaN is unknown

    Returns
    -------
    array (n,) of str
    """
    silence = columns["days_since_order"]
    with np.errstate(invalid="ignore"):
        conditions = [
            np.isnan(silence),
            silence > 2 * active_within_days,
            silence > active_within_days,
            silence > AT_RISK_GAPS * usual_gap(columns, horizon_days),
            columns["gap_last"] > active_within_days,
            columns["days_since_first_order"] <= horizon_days,
            columns["orders"] >= loyal_orders,
        ]
    names = ["prospect", "lost", "dormant", "at_risk", "recovered", "new", "loyal"]
    return np.select(conditions, names, default="active")


def stage_of(
    values: Mapping[str, float], horizon_days: int, active_within_days: int, loyal_orders: int = LOYAL_ORDERS
) -> str:
    """One customer's stage; a value that is absent is unknown."""
    columns = {name: np.array([values.get(name, np.nan)]) for name in COLUMNS}
    return str(stages(columns, horizon_days, active_within_days, loyal_orders)[0])
