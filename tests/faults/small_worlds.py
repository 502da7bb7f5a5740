"""Ten small shops of different shapes: at most 300 customers, seeded, a table a file."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]
Tables = dict[str, list[Row]]

START = datetime(2025, 1, 1)
_TOML = """\
name = "{name}"
timezone = "Europe/Berlin"
currency = "EUR"

[business]
margin = 0.3

[channels.mail]
contact = "existing customers"
cost = 0.02

[actions.voucher]
about = {{ en = "5 EUR voucher", zh = "5欧元优惠券" }}
cost = 0.05
offer = {{ code = "BACK5", cost = 5.0, in_amount = false }}
assumed_effect = 0.05
"""


def orders(
    customers: int,
    days: int,
    *,
    gap: float = 25.0,
    stays: float = 200.0,
    amount: Callable[[np.random.Generator], float] = lambda chance: float(chance.gamma(4, 8)),
    seed: int = 1,
) -> list[Row]:
    """Orders of customers who each keep a rhythm until, one day, some stop."""
    chance, rows = np.random.default_rng(seed), []
    for number in range(customers):
        own, until = 4 + chance.gamma(2.0, gap / 2), chance.exponential(stays)
        day = first = chance.uniform(0, days * 0.4)
        while day < days and day - first <= until:
            rows.append((day, f"C{number}", round(amount(chance), 2)))
            day += chance.exponential(own)
    rows.sort()
    return [
        {"order_id": f"O{place}", "customer_id": who, "happened_at": _moment(day), "amount": amount}
        for place, (day, who, amount) in enumerate(rows)
    ]


def orders_only() -> Tables:
    """Nothing but orders, of 90 customers over eight months."""
    return {"orders": orders(90, 240)}


def one_channel() -> Tables:
    """Everything happens on the web: one channel to buy through, one to be written to."""
    bought = [{**row, "channel": "web"} for row in orders(60, 240, seed=2)]
    return {"orders": bought, **_letters(bought, ["mail"], seed=2)}


def nothing_comes_back() -> Tables:
    """Lines and products are known, and not one return."""
    bought = orders(60, 240, seed=3)
    lines = [
        {"order_id": row["order_id"], "product_id": f"P{place % 7}", "quantity": 1, "amount": row["amount"]}
        for place, row in enumerate(bought)
    ]
    products = [{"product_id": f"P{i}", "category": f"K{i % 2}", "price": 5.0 + i} for i in range(7)]
    return {"orders": bought, "order_lines": lines, "products": products}


def all_once() -> Tables:
    """Nobody ever bought twice."""
    return {"orders": orders(150, 240, stays=0.0, seed=4)}


def four_months() -> Tables:
    """A young shop."""
    return {"orders": orders(100, 120, gap=12.0, seed=5)}


def one_customer() -> Tables:
    """A shop that sells to one."""
    return {"orders": orders(1, 240, gap=6.0, stays=10_000.0, seed=6)}


def free_of_charge() -> Tables:
    """Every order costs nothing: samples, or a library."""
    return {"orders": orders(60, 240, amount=lambda _: 0.0, seed=7)}


def heavy_buyers() -> Tables:
    """Twelve firms, an order every few days, amounts of thousands; and what they send back."""
    bought = orders(12, 240, gap=4.0, stays=10_000.0, amount=lambda chance: float(chance.lognormal(9, 1)), seed=8)
    back = [
        {**row, "order_id": f"R{row['order_id']}", "kind": "return", "amount": -row["amount"] / 2,
         "of_order_id": row["order_id"], "happened_at": row["happened_at"] + timedelta(hours=5)}
        for row in bought[::9]
    ]  # fmt: skip
    return {"orders": [{**row, "kind": "order", "of_order_id": None} for row in bought] + back}


def many_channels() -> Tables:
    """Six channels to buy through, as many to be written to, with names nobody foresaw."""
    names = ["web", "store", "mail", "whatsapp", "鸽子", "Catalogue No. 5"]
    bought = [{**row, "channel": names[place % 6]} for place, row in enumerate(orders(60, 240, seed=9))]
    return {"orders": bought, **_letters(bought, names, seed=9)}


def nobody_answers() -> Tables:
    """Messages went out, and not one response is recorded."""
    bought = orders(60, 240, seed=10)
    return {"orders": bought, "messages": _letters(bought, ["mail", "sms"], seed=10)["messages"]}


WORLDS: Mapping[str, Callable[[], Tables]] = {
    world.__name__: world
    for world in (
        orders_only,
        one_channel,
        nothing_comes_back,
        all_once,
        four_months,
        one_customer,
        free_of_charge,
        heavy_buyers,
        many_channels,
        nobody_answers,
    )
}


def write(name: str, folder: Path) -> Path:
    """A world as the folder of a shop."""
    folder.mkdir()
    (folder / "shop.toml").write_text(_TOML.format(name=name.replace("_", "-")), encoding="utf-8")
    for table, rows in WORLDS[name]().items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{table}.parquet")
    return folder


def _letters(bought: list[Row], channels: list[str], seed: int) -> Tables:
    """A message to a buyer's own channel a week after every other order, some of them opened."""
    chance = np.random.default_rng(seed)
    sent = [
        {"message_id": f"M{place}", "customer_id": row["customer_id"], "channel": channels[place % len(channels)],
         "happened_at": row["happened_at"] + timedelta(days=7)}
        for place, row in enumerate(bought[:: 2])
    ]  # fmt: skip
    opened = [
        {"message_id": row["message_id"], "kind": "open", "happened_at": row["happened_at"] + timedelta(hours=3)}
        for row in sent
        if chance.random() < 0.3
    ]
    return {"messages": sent, "responses": opened}


def _moment(day: float) -> datetime:
    return (START + timedelta(days=float(day))).replace(microsecond=0)
