"""A shop as it was known at one cutoff: each table's rows shown before it, persons in the place of their records."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import ibis
import ibis.expr.types as ir

from features.engine import Engine, opened
from features.identity.settle import settle
from features.known import known_before
from features.shop import Shop


@dataclass(frozen=True)
class Period:
    """The stretch [since, until) between two local midnights in which something happened."""

    since: datetime
    until: datetime

    @property
    def days(self) -> int:
        """How long it is."""
        return (self.until - self.since).days

    def holds(self, rows: ir.Table) -> ir.BooleanValue:
        """Whether rows happened in it."""
        since, until = (ibis.literal(moment, "timestamp(6)") for moment in (self.since, self.until))
        return (rows.happened_at >= since) & (rows.happened_at < until)


@dataclass(frozen=True)
class Known:
    """What one report looks at.

    Attributes
    ----------
    shop : Shop             its persons settled as they were linked at the cutoff
    at : datetime           rows shown before it count; a row that came late counts in the month it happened in
    engine : Engine
    kept : dict             rows derived once and read by several, by name; they live as long as the engine
    """

    shop: Shop
    at: datetime
    engine: Engine
    kept: dict[str, ir.Table] = field(default_factory=dict)

    def has(self, table: str, *columns: str) -> bool:
        """Whether the shop gives the table and these columns of it."""
        return self.shop.has(table) and set(columns) <= self.shop.present[table]

    def rows(self, table: str) -> ir.Table:
        """The table's rows known before the cutoff."""
        return known_before(self.engine.read(self.shop.path(table)), self.at)

    @cached_property
    def orders(self) -> ir.Table:
        """Orders without returns, guests included."""
        return self.rows("orders").filter(ibis._.kind == "order")

    @cached_property
    def first(self) -> datetime:
        """When the first order known happened.

        `at` where there is none.
        """
        found = self.engine.arrow(self.orders.aggregate(first=self.orders.happened_at.min()))["first"][0].as_py()
        return found if isinstance(found, datetime) else self.at


@contextmanager
def known_shop(shop: Shop, at: datetime, engine: Engine | None = None) -> Iterator[Known]:
    """The shop as known at a midnight, for as long as the engine is open."""
    with opened(engine) as running:
        settled, _ = settle(shop, at, engine=running)
        yield Known(settled, at, running)
