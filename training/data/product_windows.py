"""What was bought in the time after a cutoff, beside all that could have been recommended at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.engine import Engine
from features.products.own_and_popular import bought_next, last_stores
from features.shop import Shop
from features.spine import Spine
from scoring.products.candidates import Candidates
from scoring.products.pairs import Pairs, pairs
from training.data.candidates import candidates_at, places

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

_LEARNT_FROM = 2_500  # customers of each cutoff


@dataclass(frozen=True)
class Scope:
    """What a ranking is asked about; `until` bounds what may be known, of outcomes too."""

    shop: Shop
    until: datetime
    horizon_days: int
    active_within_days: int
    data_from: datetime
    engine: Engine
    threads: int = 1
    boosting: Mapping[str, float] = field(default_factory=dict)  # settings other than ours


@dataclass(frozen=True)
class Window:
    """One cutoff: who was asked, what there was to recommend, and what was bought in the horizon.

    Attributes
    ----------
    customers : array (n,), str
    stores : array (n,)             the customers' last stores, −1 for none
    who, product : int64 arrays     all that was bought: the customer's row and the product's place, one beyond the
        last for a product not known at the cutoff
    """

    cutoff: datetime
    customers: NDArray[np.str_]
    tables: Candidates
    stores: NDArray[np.int64]
    who: NDArray[np.int64]
    product: NDArray[np.int64]

    def pairs(self, rows: Rows) -> tuple[Pairs, NDArray[np.bool_]]:
        """The pairs of some customers (owner is the place within `rows`), and which of them were bought."""
        found = pairs(self.tables, rows, self.stores[rows])
        width = len(self.tables.products) + 1
        return found, np.isin(rows[found.owner] * width + found.items, self.who * width + self.product)

    @cached_property
    def learnable(self) -> tuple[Pairs, NDArray[np.bool_]]:
        """`pairs` of the customers that a ranking learns from; several fits share a window."""
        return self.pairs(some(np.arange(len(self.customers)), _LEARNT_FROM))

    def counts(self) -> tuple[Array, Array]:
        """Products each customer bought, and those of them that were new to the customer."""
        width, n = len(self.tables.products) + 1, len(self.customers)
        personal = self.tables.personal
        owner = np.repeat(np.arange(n), np.diff(personal.offsets))
        new = ~np.isin(self.who * width + self.product, owner * width + personal.items)
        both = (np.bincount(who, minlength=n).astype(np.float64) for who in (self.who, self.who[new]))
        bought, first = both
        return bought, first


def window_at(scope: Scope, cutoff: datetime) -> Window:
    """A cutoff's tables and outcomes, for the customers active at it."""
    asked = Spine.active(scope.shop, [cutoff], scope.active_within_days, engine=scope.engine)
    ids = asked.rows["customer_id"].combine_chunks()
    last = last_stores(scope.shop, cutoff, engine=scope.engine) if "store_id" in scope.shop.present["orders"] else None
    names = sorted(set(last["store_id"].to_pylist())) if last is not None else []
    stores = np.full(len(ids), -1, dtype=np.int64)
    if last is not None:
        at, known = places(last["customer_id"], ids)
        stores[at[known]] = places(last["store_id"], pa.array(names, pa.string()))[0][known]
    tables = candidates_at(scope.shop, cutoff, ids, names, engine=scope.engine)
    outcome = bought_next(scope.shop, cutoff, scope.horizon_days, scope.until, engine=scope.engine)
    who, asked_for = places(outcome["customer_id"], ids)
    product, known = places(outcome["product_id"], pa.array(tables.products, pa.string()))
    product[~known] = len(tables.products)  # never seen before the cutoff: bought, but nothing could recommend it
    return Window(cutoff, np.array(ids.to_pylist()), tables, stores, who[asked_for], product[asked_for])


def some(rows: Rows, most: int) -> Rows:
    """At most so many, the same ones every time."""
    return rows if len(rows) <= most else np.sort(np.random.default_rng(1).choice(rows, most, replace=False))
