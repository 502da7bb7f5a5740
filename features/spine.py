"""Who is asked, and when: rows of (customer, cutoff)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from features.clocks import midnight
from features.engine import Engine, opened
from features.errors import CutoffError
from features.identity.resolve import person_of, resolve
from features.known import is_known, with_shown_at
from features.shop import Shop

SCHEMA = pa.schema([("customer_id", pa.string()), ("cutoff", pa.timestamp("us"))])


@dataclass(frozen=True)
class Spine:
    """Rows of (customer_id, cutoff): training has many, nightly scoring one a customer, a call exactly one.

    Attributes
    ----------
    rows : pa.Table     customer_id string, cutoff timestamp[us]; sorted by cutoff, then customer; no row twice

    Examples
    --------
    >>> spine = Spine.of(["b", "a"], [datetime(2026, 6, 1)])
    >>> spine.rows["customer_id"].to_pylist(), len(spine)
    (['a', 'b'], 2)
    """

    rows: pa.Table

    @classmethod
    def of(cls, customer_ids: Iterable[str], cutoffs: Iterable[datetime]) -> "Spine":
        """Every customer at every cutoff."""
        customers, moments = sorted(set(customer_ids)), sorted(set(cutoffs))
        return cls.from_rows(
            pa.table([customers * len(moments), [moment for moment in moments for _ in customers]], schema=SCHEMA)
        )

    @classmethod
    def from_rows(cls, rows: pa.Table) -> "Spine":
        """Any rows of (customer_id, cutoff), in any order.

        Raises
        ------
        CutoffError     if a cutoff is not a local midnight: windows and tiles lie between midnights
        """
        # In this thread: where memory is too short to start another, Arrow would wait for it for ever.
        rows = rows.select(SCHEMA.names).cast(SCHEMA).group_by(SCHEMA.names, use_threads=False).aggregate([])
        spine = cls(rows.sort_by([("cutoff", "ascending"), ("customer_id", "ascending")]))
        for cutoff in spine.cutoffs:
            if cutoff != midnight(cutoff):
                raise CutoffError(
                    f"cutoff {cutoff:%Y-%m-%d %H:%M} is not a midnight, but windows run between local midnights. "
                    f"Use {midnight(cutoff):%Y-%m-%d}."
                )
        return spine

    @classmethod
    def active(
        cls, shop: Shop, cutoffs: Iterable[datetime], within_days: int, *, engine: Engine | None = None
    ) -> "Spine":
        """Customers with an order in [cutoff − within_days, cutoff), known before the cutoff."""
        return cls._ordered(shop, cutoffs, within_days, engine)

    @classmethod
    def ever(cls, shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> "Spine":
        """Customers with any order known before the cutoff: whom a score is written for."""
        return cls._ordered(shop, [cutoff], None, engine)

    @classmethod
    def _ordered(
        cls, shop: Shop, cutoffs: Iterable[datetime], within_days: int | None, engine: Engine | None
    ) -> "Spine":
        with opened(engine) as running:
            return cls.from_rows(running.arrow(ordered(shop, cutoffs, within_days, running)))

    @cached_property
    def cutoffs(self) -> list[datetime]:
        """The distinct cutoffs, rising."""
        return sorted(pc.unique(self.rows["cutoff"]).to_pylist())

    @cached_property
    def customers(self) -> pa.Array:
        """The distinct customer ids, rising."""
        return pc.unique(self.rows["customer_id"]).sort()

    def __len__(self) -> int:
        return int(self.rows.num_rows)


def ordered(shop: Shop, cutoffs: Iterable[datetime], within_days: int | None, engine: Engine) -> ir.Table:
    """(customer_id, cutoff), each once: customers with an order known before the cutoff, no older than so many days."""
    moments = pa.table({"cutoff": pa.array(sorted(set(cutoffs)), pa.timestamp("us"))})
    orders = with_shown_at(engine.read(shop.path("orders")))
    orders = orders.filter(orders.kind == "order", orders.customer_id.notnull())
    asked = engine.table(moments)
    seen = orders.join(asked, is_known(orders, asked.cutoff))
    if within_days is not None:
        seen = seen.filter(seen.happened_at >= seen.cutoff - ibis.interval(days=within_days))
    people = resolve(shop, moments["cutoff"].to_pylist(), engine)
    return person_of(seen.select("customer_id", "cutoff").distinct(), people).distinct()
