"""A shop of forty customers whose release has boosters and a level: what scores in parts are compared on."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from features.catalog import pick
from features.shop import Shop
from operations.publish import exporter
from scoring.level import ORDERS, Habit, PeriodLevel
from scoring.release import FeatureRef, Model, Release, write_model
from tests.serving import synthetic_models
from tests.shops import Rows, make_shop
from training.review.export import Champion

CUTOFF = datetime(2026, 6, 1)
# One for each input of the synthetic models, whose boosters look at places and not at names.
FEATURES = pick(["days_since_order", "days_since_first_order", "shopping_days", "spend", "orders_90d"])
HABITS = {ORDERS: (Habit(0.1, 0.2, 30.0, 0.0, 0.5, weight=1.0),)}


def scored_shop(folder: Path, customers: int = 40, **more: Rows) -> Shop:
    """Customers who order every so many days, a few more each month, and some who stopped."""
    orders = [
        {"order_id": f"{who}-{days}", "customer_id": f"C{who:02}", "happened_at": CUTOFF - timedelta(days, hours=4),
         "amount": 5 + (7 * who + days) % 40}
        for who in range(customers)
        for days in range(1 + 37 * who % 150, 160 + 53 * who % 140, 3 + who % 11)
    ]  # fmt: skip
    data = folder / "scored-shop" / "data"
    data.mkdir(parents=True)
    return replace(make_shop(data, orders=orders, **more), name="scored-shop")


def released(shop: Shop, folder: Path, until: str = "2026-05-01") -> Release:
    """The shop's current release: churn and the next purchase, which move with the level."""
    champions = {}
    for model, texts in _models():
        mine = replace(model, shop="scored-shop", until=until)
        champions[model.task] = Champion(folder / model.task, write_model(mine, texts, folder / model.task), "3")
    return exporter(shop)(champions)


@cache
def _models() -> list[tuple[Model, dict[str, str]]]:
    found = []
    for model, texts in (synthetic_models.churn_model(), synthetic_models.next_purchase_model()):
        heads = tuple(replace(head, level={ORDERS: 1.0}) for head in model.heads)
        refs = tuple(FeatureRef(column.name, column.fingerprint) for column in FEATURES)
        level = PeriodLevel("2026-05-01", logs={ORDERS: 0.0}, spreads={ORDERS: 0.1})
        found.append((replace(model, features=refs, heads=heads, level=level, habits=HABITS), texts))
    return found
