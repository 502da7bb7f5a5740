"""A made shop that withholds sends by lot, so that the truth about its actions is known."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from features.shop import Shop, ShopSettings
from tests.shops import make_shop

UNTIL = datetime(2026, 6, 1)
CUSTOMERS, DAYS = 200, 300
COST = 4.0  # of a send
GAINS = 80.0  # spent more within a week by whom the voucher moves


def trial_shop(folder: Path, *, effect: bool, logged: bool = True, customers: int = CUSTOMERS) -> Shop:
    """The shop over `trial_rows`."""
    made = make_shop(folder, **trial_rows(effect=effect, logged=logged, customers=customers))
    settings = ShopSettings(margin=0.5, deciding={"actions": {"voucher": {"cost": COST, "assumed_effect": 0.05}}})
    return Shop(**{**vars(made), "name": "trial", "settings": settings})


def trial_rows(*, effect: bool, logged: bool = True, customers: int = CUSTOMERS) -> dict[str, list[dict[str, object]]]:
    """Each customer orders every fortnight or so, and is sent a voucher, a note or nothing every 30 days.

    With an effect the voucher brings GAINS to odd customers, who order seldom, and takes as much from no one.

    Returns
    -------
    dict        orders, messages
    """
    chance = np.random.default_rng(3)
    orders, messages = [], []
    for who in range(customers):
        name, every = f"c{who:04d}", 9 if who % 2 == 0 else 24
        age = float(chance.uniform(0, every))
        while age < DAYS:
            orders.append(_order(name, age, 20 + 10 * chance.random()))
            age += float(chance.exponential(every) + 2)
        for days in range(int(chance.integers(1, 30)), DAYS - 60, 30):
            lot = chance.integers(0, 3)
            action, arm = (("voucher", "policy"), ("note", "policy"), ("voucher", "control"))[lot]
            messages.append({
                "message_id": f"{name}-{days}", "customer_id": name, "happened_at": _ago(days + 0.4), "channel": "mail",
                "action": action, "arm": arm, "cost": COST, **({"action_propensity": 1 / 3} if logged else {}),
            })  # fmt: skip
            if effect and lot == 0 and who % 2 == 1:
                orders.append(_order(name, days - 2.0, GAINS))
    return {"orders": orders, "messages": messages}


def _order(who: str, age: float, amount: float) -> dict[str, object]:
    return {"order_id": f"{who}-{age}", "customer_id": who, "happened_at": _ago(age), "amount": round(amount, 2)}


def _ago(days: float) -> datetime:
    return UNTIL - timedelta(days=days, minutes=1)
