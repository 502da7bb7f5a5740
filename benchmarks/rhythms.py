"""Made order logs of other rhythms: a monthly subscription, seasonal fashion with returns, furniture once a year.

Nothing but orders. They say how the models take to a rhythm they were not developed on, never how good they are on a
real shop: whoever wrote the generator decided how customers behave.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.random import Generator
from numpy.typing import NDArray

from features.files import folder_in_one_piece

START = datetime(2022, 1, 3)
_YEAR = 365.25
_MONTH = 30.4
_RETURNED = 0.25  # of fashion's orders
_RETURNS_AFTER = 12.0  # days on average


@dataclass
class _Log:
    """Orders so far: day since START (with fraction), customer, amount."""

    days: int
    rows: list[tuple[float, int, float]] = field(default_factory=list)

    def add(self, customer: int, day: float, amount: float) -> None:
        if 0 <= day < self.days:
            self.rows.append((day, customer, round(amount, 2)))


def subscription(customers: int, days: int, dice: Generator) -> _Log:
    """A box every month on the customer's own day: some skip one, some order besides, some cancel for good."""
    log = _Log(days)
    leaving = dice.beta(1.2, 14.0, customers)  # a month
    skipping = dice.beta(1.0, 12.0, customers)
    besides = dice.gamma(0.4, 0.25, customers)  # a month
    price = dice.choice([19.0, 29.0, 49.0], customers, p=[0.5, 0.35, 0.15])
    for customer in range(customers):
        due = _joined(dice, days)
        while due < days:
            if dice.random() > skipping[customer]:
                log.add(customer, due + abs(dice.normal(0.4, 0.6)), price[customer])
            for _ in range(dice.poisson(besides[customer])):
                log.add(customer, due + _MONTH * dice.random(), dice.lognormal(2.5, 0.5))
            if dice.random() < leaving[customer]:
                break
            due += _MONTH
    return log


def fashion(customers: int, days: int, dice: Generator) -> _Log:
    """A few orders a year, most in spring, in autumn and in the sales of January and July; a quarter comes back."""
    log = _Log(days)
    rate = dice.gamma(0.9, 4.0, customers)  # a year
    life = dice.exponential(2.2 * _YEAR * dice.gamma(2.0, 0.5, customers))
    worth = dice.normal(4.0, 0.45, customers)
    for customer in range(customers):
        joined = _joined(dice, days)
        bought = [joined, *_thinned(dice, joined, min(days, joined + life[customer]), rate[customer] / _YEAR * 2.2)]
        for day in bought:
            amount = dice.lognormal(worth[customer], 0.6)
            log.add(customer, day, amount)
            if dice.random() < _RETURNED:
                log.add(customer, day + 1 + dice.exponential(_RETURNS_AFTER), -amount * dice.choice([1.0, 0.5, 0.3]))
    return log


def furniture(customers: int, days: int, dice: Generator) -> _Log:
    """About one project a year, of one to four orders within some weeks; many never come back."""
    log = _Log(days)
    rate = dice.gamma(0.7, 1.1, customers)  # projects a year
    life = dice.exponential(4 * _YEAR, customers)
    worth = dice.normal(5.6, 0.8, customers)
    for customer in range(customers):
        begins = _joined(dice, days)
        ends = begins + life[customer]
        while begins < min(days, ends):
            for number in range(1 + dice.binomial(3, 0.25)):
                log.add(customer, begins + number * dice.exponential(18.0), dice.lognormal(worth[customer], 0.7))
            begins += 30 + dice.exponential(_YEAR / rate[customer])
    return log


RHYTHMS: Mapping[str, tuple[Callable[[int, int, Generator], _Log], int]] = {
    "subscription": (subscription, 24),
    "fashion": (fashion, 36),
    "furniture": (furniture, 48),
}  # and the months each is written for


def prepare(rhythm: str, customers: int, seed: int, home: Path) -> Path:
    """Write the shop's folder under `home`, unless it is there already."""
    folder = home / "samples" / f"{rhythm}-{customers}-{seed}"
    if not folder.exists():
        write, months = RHYTHMS[rhythm]
        log = write(customers, round(months * _MONTH), np.random.default_rng(seed))
        with folder_in_one_piece(folder) as part:
            pq.write_table(_table(log), part / "orders.parquet")
    return folder


def _joined(dice: Generator, days: int) -> float:
    """A third was there in the first quarter, the others joined evenly until shortly before the end."""
    return float(dice.uniform(0, days / 4) if dice.random() < 1 / 3 else dice.uniform(0, days * 0.95))


def _thinned(dice: Generator, start: float, end: float, most: float) -> NDArray[np.float64]:
    """Moments of orders at a rate of `most` a day, thinned out to the season's share of it."""
    if end <= start:
        return np.empty(0)
    moments = np.sort(dice.uniform(start, end, dice.poisson(most * (end - start))))
    kept: NDArray[np.float64] = moments[dice.random(len(moments)) < _season(moments)]
    return kept


def _season(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the highest rate by day of the year: two collections, two sales."""
    day = moments % _YEAR
    level = np.full(len(day), 0.25)
    for peak, width, height in ((100.0, 25.0, 0.5), (275.0, 30.0, 0.55), (10.0, 8.0, 0.7), (188.0, 9.0, 0.6)):
        level += height * np.exp(-0.5 * ((day - peak) / width) ** 2)
    return np.minimum(level, 1.0)


def _table(log: _Log) -> pa.Table:
    rows = sorted(log.rows)
    return pa.table(
        {
            "customer_id": [f"C{customer:05d}" for _, customer, _ in rows],
            "order_id": [f"O{number:07d}" for number in range(len(rows))],
            "happened_at": pa.array([START + timedelta(days=day) for day, _, _ in rows], pa.timestamp("s")),
            "amount": [amount for _, _, amount in rows],
        }
    )
