"""Constants the derived features need, fitted anew at each cutoff on what was known before it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.build import build
from features.catalog import pick
from features.engine import Engine
from features.shop import Shop
from features.spine import Spine
from scoring.derived.derived import history
from training.data.btyd_fit import FitError, fit_purchases, fit_values

Array = NDArray[np.float64]

PAST = ("shopping_days", "days_since_order", "days_since_first_order", "spend")
_ALL_DAYS = 36_500
_MOST_CUSTOMERS = 10_000  # the likelihood's four parameters are settled long before


def fitted_parameters(
    shop: Shop, cutoffs: Sequence[datetime], horizon_days: int, *, engine: Engine
) -> dict[datetime, dict[str, float]]:
    """Buy-till-you-die parameters at each cutoff, from every customer with an order known before it.

    Returns
    -------
    dict       cutoff → parameters; cutoffs before any customer came back are absent, and so is what an order is worth
               where no amount is above zero
    """
    spine = _ever(shop, cutoffs, engine)
    built = build(shop, spine, pick(PAST), engine=engine)
    assert built is not None  # no `out` was given
    moments = built["cutoff"].to_numpy()
    columns = {name: built[name].to_numpy() for name in PAST}
    found: dict[datetime, dict[str, float]] = {}
    purchase: dict[str, float] | None = None
    value: dict[str, float] | None = None
    for cutoff in sorted(cutoffs):
        rows = moments == np.datetime64(cutoff, "us")
        past = {name: values[rows] for name, values in columns.items()}
        try:
            purchase = fit_purchases(history(past), start=purchase, with_prior=True)
        except FitError:
            continue
        value = _values(past, value)
        found[cutoff] = {
            "horizon_days": float(horizon_days),
            **{f"purchase_{name}": number for name, number in purchase.items()},
            **{f"value_{name}": number for name, number in (value or {}).items()},
        }
    return found


def _values(past: Mapping[str, Array], start: dict[str, float] | None) -> dict[str, float] | None:
    """What an order is worth; None where no amount is known."""
    mean = past["spend"] / np.maximum(past["shopping_days"], 1)
    try:
        return fit_values(past["shopping_days"], mean, start=start, with_prior=True)
    except FitError:
        return None


def _ever(shop: Shop, cutoffs: Sequence[datetime], engine: Engine) -> Spine:
    """Customers with an order known before each cutoff; of many, the same random ones at every cutoff."""
    spine = Spine.active(shop, cutoffs, _ALL_DAYS, engine=engine)
    if len(spine.customers) <= _MOST_CUSTOMERS:
        return spine
    customers = spine.customers.to_numpy(zero_copy_only=False)
    drawn = customers[np.random.default_rng(0).permutation(len(customers))[:_MOST_CUSTOMERS]]
    return Spine.from_rows(spine.rows.filter(pc.is_in(spine.rows["customer_id"], pa.array(drawn, pa.string()))))
