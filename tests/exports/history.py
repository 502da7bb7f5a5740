"""What a shop sold to whom: customers who keep a rhythm until some stop, baskets, returns, cancellations, guests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

START = datetime(2025, 9, 1)
FIRST_NAMES = ("Anna", "Jürgen", "Zoë", "Çelik", "O'Brien", "Łukasz", "王芳", "Renée 🌸", "Smith, Jr.", "Ann")
PRODUCTS = tuple(
    (f"{100 + i:05}", name, kind, price)
    for i, (name, kind, price) in enumerate(
        (f'{word} "{size}"', kind, round(base * factor, 2))
        for word, kind, base in (
            ("Tea, green", "tea", 7.9), ("Kaffee", "coffee", 12.5), ("Müsli 🥣", "cereal", 4.2),
            ("茉莉花茶", "tea", 15.0),
            ("Oil", "pantry", 9.95), ("Soap", "care", 3.4), ("Jam", "pantry", 5.1), ("Candle", "home", 18.0),
        )
        for size, factor in (("S", 1.0), ("M", 1.8), ("L", 3.1))
    )
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One product in a basket."""

    product: int
    quantity: int
    price: float


@dataclass(frozen=True)
class Sale:
    """One order; `customer` is None for a guest; `fate`: paid, cancelled, test, refunded, part (a line came back)."""

    number: int
    customer: int | None
    moment: datetime
    lines: tuple[Line, ...]
    discount: float
    shipping: float
    fate: str

    @property
    def goods(self) -> float:
        return sum(line.quantity * line.price for line in self.lines)

    @property
    def total(self) -> float:
        return round(max(self.goods - self.discount, 0.0) + self.shipping, 2)

    @property
    def returned(self) -> float:
        """What was given back, a positive amount."""
        if self.fate == "part":
            return round(self.lines[0].quantity * self.lines[0].price, 2)
        return self.total if self.fate == "refunded" else 0.0


def history(customers: int = 400, months: int = 14, seed: int = 1) -> list[Sale]:
    """The sales of a shop in the order in which they happened; moments are UTC."""
    chance = np.random.default_rng(seed)
    days = 30.4 * months
    moments: list[tuple[float, int | None]] = []
    for person in range(customers):
        gap, stays = 5 + chance.gamma(2.0, 14.0), chance.exponential(days)
        day = first = chance.uniform(0, 0.6 * days)
        while day < days and day - first < stays:
            moments.append((day, person))
            day += chance.exponential(gap)
    moments += [(chance.uniform(0, days), None) for _ in range(len(moments) // 12)]
    fates = chance.choice(
        ["paid", "cancelled", "test", "refunded", "part"], len(moments), p=[0.88, 0.04, 0.005, 0.03, 0.045]
    )
    return [
        Sale(1001 + i, who, _moment(day, chance), _basket(chance, who), *_extras(chance), str(fate))
        for i, ((day, who), fate) in enumerate(zip(sorted(moments, key=lambda one: one[0]), fates, strict=True))
    ]


def _moment(day: float, chance: np.random.Generator) -> datetime:
    hour = int(np.clip(chance.normal(14, 4), 6, 21))
    return START + timedelta(days=int(day), hours=hour, minutes=int(60 * (day % 1)), seconds=int(chance.integers(60)))


def _basket(chance: np.random.Generator, who: int | None) -> tuple[Line, ...]:
    favourite = (who or 0) % len(PRODUCTS)
    chosen = {favourite, *chance.integers(0, len(PRODUCTS), chance.poisson(1.2))}
    return tuple(Line(int(i), int(1 + chance.poisson(0.4)), PRODUCTS[i][3]) for i in sorted(chosen))


def _extras(chance: np.random.Generator) -> tuple[float, float]:
    return (5.0 if chance.random() < 0.15 else 0.0), (0.0 if chance.random() < 0.4 else 4.9)


def email(person: int) -> str:
    """Written one way or another: the same address in capitals, or with a blank."""
    return f"kunde{person}@example.org"


def shifted(sales: Sequence[Sale], hours: int) -> list[Sale]:
    """The same sales by another clock."""
    return [replace(sale, moment=sale.moment + timedelta(hours=hours)) for sale in sales]
