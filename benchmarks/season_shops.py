"""Made order logs whose level moves: gifts in autumn, a festival, Christmas, a closing store, a moveable feast, none.

Customers have a pace of their own, leave for good one day, and buy more or less on a day as the shop's level has it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.files import folder_in_one_piece

Array = NDArray[np.float64]

_JOINED_EARLY = 0.15  # of all customers, on the first day
_VALUE = 0.25  # by how much a day's money rises when the level rises by one


@dataclass(frozen=True)
class Made:
    """One kind of shop.

    Attributes
    ----------
    rate : mean orders a customer and day at the usual level
    life_days : a customer stays on average
    level : day of the log, day of the year → how many times as much as usual
    customers : asked about by the benchmark; without a season more, since chance alone moves a total of 1,500 customers
        by 3 to 4 %, as much as is at stake
    country : that shop.toml names; empty where it names none
    """

    start: datetime
    cutoff: datetime
    horizon_days: int
    active_within_days: int
    rate: float
    life_days: float
    level: Callable[[Array, Array], Array]
    customers: int = 1_500
    country: str = ""


def _bump(day: Array, at: float, width: float) -> Array:
    apart = np.minimum(np.abs(day - at), 365 - np.abs(day - at))
    return np.asarray(np.exp(-0.5 * (apart / width) ** 2))


def _gifts(_: Array, day: Array) -> Array:
    return 1 + 1.5 * _bump(day, 318, 36) - 0.35 * (day < 60)


def _festival(_: Array, day: Array) -> Array:
    return 1 + 0.9 * _bump(day, 21, 8)


def _christmas(_: Array, day: Array) -> Array:
    return np.where((day >= 319) & (day <= 358), 9.0, 0.0)


def _closing(since: Array, _: Array) -> Array:
    return np.where(since > 480, 0.5, 1.0)


def _new_year(since: Array, _: Array) -> Array:
    """Busiest eight days before the lunar New Years of 2022, 2023 and 2024."""
    return np.asarray(1 + 0.9 * sum(np.exp(-0.5 * ((since - feast + 8) / 8) ** 2) for feast in (123, 478, 862)))


def _flat(since: Array, _: Array) -> Array:
    return np.ones_like(since)


KINDS: Mapping[str, Made] = {
    "gifts": Made(datetime(2021, 12, 1), datetime(2023, 9, 10), 90, 365, 0.022, 900, _gifts),
    "flat": Made(datetime(2021, 12, 1), datetime(2023, 9, 10), 90, 365, 0.022, 900, _flat, 6_000),
    "festival": Made(datetime(2022, 10, 1), datetime(2023, 2, 1), 28, 91, 0.35, 400, _festival),
    "christmas": Made(datetime(2020, 11, 1), datetime(2023, 11, 1), 180, 730, 0.003, 1500, _christmas),
    "closing": Made(datetime(2021, 12, 1), datetime(2023, 6, 10), 60, 182, 0.03, 900, _closing),
    "new_year": Made(datetime(2021, 10, 1), datetime(2024, 1, 20), 28, 182, 0.08, 500, _new_year, country="CN"),
}


def prepare(kind: str, customers: int, seed: int, home: Path) -> Path:
    """Write the shop's folder under `home`, unless it is there already; the horizon after the cutoff is in it."""
    folder = home / "samples" / f"level-{kind}-{customers}-{seed}"
    if not folder.exists():
        made = KINDS[kind]
        with folder_in_one_piece(folder) as part:
            pq.write_table(_orders(made, customers, np.random.default_rng([seed, len(kind)])), part / "orders.parquet")
            if made.country:
                (part / "shop.toml").write_text(f'country = "{made.country}"\n')
    return folder


def _orders(made: Made, customers: int, dice: np.random.Generator) -> pa.Table:
    days = (made.cutoff - made.start).days + made.horizon_days
    since = np.arange(days, dtype=np.float64)
    of_year = np.array([_day_of_year(made.start + timedelta(days=day)) for day in range(days)])
    level = made.level(since, of_year)
    rate = dice.gamma(0.9, made.rate / 0.9, customers)
    joined = np.where(
        dice.random(customers) < _JOINED_EARLY, 0, (dice.random(customers) ** 0.8 * (days - 60)).astype(int)
    )
    leaves = joined + dice.exponential(made.life_days, customers)
    worth = np.exp(dice.normal(4.2, 0.7, customers))
    rows = []
    for day in range(days):
        here = (joined <= day) & (day < leaves)
        first = (joined == day) & (level[day] > 0)
        who = np.flatnonzero(here & ((dice.random(customers) < 1 - np.exp(-rate * level[day])) | first))
        money = worth[who] * np.exp(dice.normal(0, 0.5, len(who))) * (1 + _VALUE * (level[day] - 1))
        rows += [(day, f"C{one:05d}", float(amount)) for one, amount in zip(who, np.round(money, 2), strict=True)]
    noon = [made.start + timedelta(days=day, hours=12) for day, _, _ in rows]
    return pa.table(
        {
            "customer_id": [customer for _, customer, _ in rows],
            "order_id": [f"O{number:07d}" for number in range(len(rows))],
            "happened_at": pa.array(noon, pa.timestamp("s")),
            "amount": [amount for _, _, amount in rows],
        }
    )


def _day_of_year(moment: datetime) -> float:
    return float(moment.timetuple().tm_yday)
