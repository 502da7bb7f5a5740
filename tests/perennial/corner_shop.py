"""A shop of three customers, and a model of churn that is one table: what a nightly run needs and no more."""

import math
from datetime import datetime, timedelta
from pathlib import Path

from features.catalog import pick
from features.shop import Shop, ShopSettings
from scoring.release import FeatureRef, Head, Model, ReleasedModel, Steps
from tests.shops import Rows, by_mail, make_shop

CUTOFF = datetime(2026, 6, 1)
SILENCE = pick(["days_since_order"])[0]


def corner_shop(folder: Path, **more: Rows) -> Shop:
    """Three customers: a (yesterday, store 1), b (200 days ago, store 2), =c (40 days ago, store 1); or `more`."""
    bought = [("a", 1, "1", "milk"), ("a", 9, "1", "tea"), ("b", 200, "2", "milk"), ("=c", 40, "1", "tea")]
    orders = [
        {"order_id": str(i), "customer_id": who, "happened_at": ago(days), "amount": 10, "store_id": store}
        for i, (who, days, store, _) in enumerate(bought)
    ]
    lines = [{"order_id": str(i), "product_id": product} for i, (*_, product) in enumerate(bought)]
    messages = [{"message_id": who, "customer_id": who, "happened_at": ago(20), "channel": "mail"} for who in "ab"]
    data = folder / "corner-shop" / "data"
    data.mkdir(parents=True)
    made = make_shop(data, **{"orders": orders, "order_lines": lines, "messages": messages, **more})
    return Shop(**{**vars(made), "name": "corner-shop", "settings": ShopSettings(channels=by_mail())})


def ago(days: int) -> datetime:
    return CUTOFF - timedelta(days=days) + timedelta(hours=19)


def rule_model() -> ReleasedModel:
    """Churn: .1 within 30 days of silence, .9 beyond."""
    low, high = math.log(1 / 9), math.log(9)
    steps = Steps(SILENCE.name, edges=(30.0,), values=(low, high), missing=0.0)
    model = Model(
        task="churn",
        shop="corner-shop",
        model_kind="rules",
        horizon_days=28,
        active_within_days=91,
        until="2026-05-01",
        data_from="2025-01-01",
        cutoffs=("2026-04-01",),
        features=(FeatureRef(SILENCE.name, SILENCE.fingerprint),),
        derived=(),
        parameters={},
        heads=(Head("churn_probability", "logit", steps=(steps,)),),
    )
    return ReleasedModel(model, "3")
