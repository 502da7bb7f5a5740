"""The oracle: what each feature means, in plain Python – one loop over rows, no windows cut into tiles, no engine.

It is slow and knows nothing of how features are built, so that both cannot be wrong in the same way. The definitions,
one function a feature, are in tests/plain/.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from features.feature import FeatureColumn

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]


def shown(tables: Tables, customer_id: str, cutoff: datetime) -> dict[str, list[Row]]:
    """One customer's rows that had happened and were known before the cutoff."""
    seen: dict[str, list[Row]] = {}
    for name, rows in tables.items():
        mine = [row for row in rows if row.get("customer_id") == customer_id]
        seen[name] = [row for row in mine if max(row["happened_at"], row["known_at"]) < cutoff]
    return seen


@dataclass(frozen=True)
class Seen:
    """What one customer's tables showed before a cutoff, and the window a feature looks at.

    Attributes
    ----------
    tables : mapping        table → rows of the customer, shown before the cutoff
    cutoff : datetime
    days : int or None      the window's length; None is everything before the cutoff
    """

    tables: Tables
    cutoff: datetime
    days: int | None

    def known(self, table: str) -> list[Row]:
        """Every row shown before the cutoff, whenever it happened."""
        return list(self.tables[table])

    def within(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that happened in the window."""
        if self.days is None:
            return list(rows)
        return [row for row in rows if row["happened_at"] >= self.cutoff - timedelta(days=self.days)]

    def rows(self, table: str) -> list[Row]:
        """The rows of a table that count: shown before the cutoff, happened in the window."""
        return self.within(self.known(table))

    def orders(self) -> list[Row]:
        return [row for row in self.rows("orders") if row["kind"] == "order"]

    def lines(self) -> list[Row]:
        return [row for row in self.rows("order_lines") if row["kind"] == "order"]


Plain = Callable[..., float | None]
DEFINITIONS: dict[str, Plain] = {}


def plain(definition: Plain) -> Plain:
    """Register the plain definition of the feature of that name."""
    DEFINITIONS[definition.__name__] = definition
    return definition


def midnight_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def silence(seen: Seen, rows: Sequence[Row]) -> float | None:
    """Local days from the day of the latest row to the cutoff."""
    return (seen.cutoff - midnight_of(max(row["happened_at"] for row in rows))).days if rows else None


def over(part: float, whole: float) -> float | None:
    return float(part) / float(whole) if whole else None


def mean(values: Sequence[float]) -> float | None:
    return sum(float(value) for value in values) / len(values) if values else None


def favourite(values: Sequence[str | None]) -> float | None:
    """The share of the most frequent value among those stated."""
    stated = [value for value in values if value is not None]
    return max(stated.count(value) for value in stated) / len(stated) if stated else None


def spread(values: Sequence[float]) -> float | None:
    if not values:
        return None
    numbers = [float(value) for value in values]
    centre = sum(numbers) / len(numbers)
    return (sum((number - centre) ** 2 for number in numbers) / len(numbers)) ** 0.5


def latest(rows: Sequence[Row], name: str, clock: str = "happened_at") -> Any:
    """The value stated last; of several at one moment the largest."""
    stated = [(row[clock], row[name]) for row in rows if row[name] is not None]
    return max(stated)[1] if stated else None


def place(seen: Seen, rows: Sequence[Row], weigh: Callable[[Row], float] = lambda row: 1.0) -> float | None:
    """Centre of the rows' days in the window: −1 on its first day, +1 on its last."""
    assert seen.days is not None
    weights = [float(weigh(row)) for row in rows]
    if not sum(weights):
        return None
    begin = seen.cutoff - timedelta(days=seen.days)
    day = [(midnight_of(row["happened_at"]) - begin).days for row in rows]
    centre = sum(w * d for w, d in zip(weights, day, strict=True)) / sum(weights)
    return 2 * centre / (seen.days - 1) - 1


def answers(
    columns: Sequence[FeatureColumn], tables: Tables, customer_id: str, cutoff: datetime
) -> dict[str, float | None]:
    """What the columns' plain definitions say of one customer at one cutoff."""
    seen = shown(tables, customer_id, cutoff)
    said = {}
    for column in columns:
        made_for = () if column.feature.value is None else (column.feature.value,)
        value = DEFINITIONS[column.feature.template](Seen(seen, cutoff, column.days), *made_for)
        said[column.name] = None if value is None else float(value)
    return said


def differences(built: pa.Table, tables: Tables, columns: Sequence[FeatureColumn]) -> list[str]:
    """Every value of a feature table that is not the oracle's, as sentences."""
    found = []
    for row in built.to_pylist():
        meant = answers(columns, tables, row["customer_id"], row["cutoff"])
        who = f"{row['customer_id']} at {row['cutoff']:%Y-%m-%d}"
        for name, value in meant.items():
            if not same(row[name], value):
                found.append(f"{name} of {who} is {row[name]}, the oracle says {value}")
    return found


def same(said: float | None, meant: float | None) -> bool:
    """Equal within what float32 keeps; missing equals missing alone."""
    if said is None or meant is None:
        return said is meant
    return math.isclose(said, meant, rel_tol=1e-6, abs_tol=1e-5)
