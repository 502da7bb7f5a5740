"""Customers and products in pairs, as a ranking sees them: which pairs are candidates.

One function for training, the nightly figures and a call, whole arrays at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.products.candidates import Candidates, Links, Ragged
from scoring.products.columns import PAIRS, Linked, Placed, Sources, columns
from scoring.products.ragged import Lookup, flat

OWN, POPULAR, IN_STORE, IN_SEGMENT = 40, 50, 30, 20  # candidates of each kind, at most
_SEEDS = 12  # products of a basket that companions are looked up for


@dataclass(frozen=True)
class Pairs:
    """Candidate products of customers; entry i of every array is one pair, sorted by customer.

    Attributes
    ----------
    owner : which of the customers asked about
    items : the product's place
    own : place of the pair within the candidates' personal arrays, −1 for a discovery
    matrix : float32 (m, PAIRS); NaN is what is not known
    """

    owner: NDArray[np.int64]
    items: NDArray[np.int64]
    own: NDArray[np.int64]
    matrix: NDArray[np.float32]

    def column(self, name: str) -> NDArray[np.float32]:
        """One column of the matrix."""
        return self.matrix[:, PAIRS.index(name)]


def pairs(
    tables: Candidates,
    rows: NDArray[np.int64],
    stores: NDArray[np.int64],
    seeds: Sequence[Sequence[int]] | None = None,
) -> Pairs:
    """Pair customers with their candidate products.

    Parameters
    ----------
    rows : array (n,)       the customers' rows in the tables, −1 for one without
    stores : array (n,)     whose stock and popularity count, −1 for none
    seeds : by customer, the products of the present basket; where there are none, the latest one's count
    """
    width = len(tables.products)
    own = flat(tables.personal.offsets, rows, None)
    owner, within, at = own
    mine = Lookup(owner * width + tables.personal.items[at])
    segments = np.where(rows >= 0, tables.segments[np.maximum(rows, 0)] if len(tables.segments) else -1, -1)
    sources = Sources(
        own=own,
        beside=_linked(tables.companions, *_baskets(tables, owner, at, len(rows), seeds)),
        alike=_of_others(tables, rows),
        in_store=_listed(tables.popular, stores, IN_STORE),
        in_segment=_listed(tables.in_segment, segments, IN_SEGMENT),
        overall=_listed(tables.popular, np.full(len(rows), -1), POPULAR, always=True),
    )
    others = (sources.beside, sources.alike, sources.in_store, sources.in_segment, sources.overall)
    found = np.unique(np.concatenate([mine.keys[within < OWN], *(one[0] * width + one[1] for one in others)]))
    found = found[_available(tables, found // width, found % width, stores)]
    hit = mine.find(found)
    return Pairs(
        owner=found // width,
        items=found % width,
        own=np.where(hit >= 0, at[hit], -1) if len(at) else np.full(len(found), -1),
        matrix=columns(tables, rows, found, hit, sources),
    )


def _baskets(
    tables: Candidates,
    owner: NDArray[np.int64],
    at: NDArray[np.int64],
    count: int,
    seeds: Sequence[Sequence[int]] | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Whose basket, and a product in it: the seeds, else what was bought on the customer's latest day."""
    days = tables.personal.days[at]
    latest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(latest, owner, days.astype(np.int64))
    kept = days == latest[owner]
    who, item = owner[kept], tables.personal.items[at[kept]].astype(np.int64)
    if seeds is not None:
        given = np.array([len(one) > 0 for one in seeds], dtype=bool)
        who, item = who[~given[who]], item[~given[who]]
        who = np.concatenate([who, np.repeat(np.arange(count), [len(one) for one in seeds])])
        item = np.concatenate([item, np.array([one for each in seeds for one in each], dtype=np.int64)])
    order = np.argsort(who, kind="stable")
    who, item = who[order], item[order]
    starts = np.searchsorted(who, np.arange(count))
    few = np.arange(len(who)) - starts[who] < _SEEDS
    return who[few], item[few]


def _of_others(tables: Candidates, rows: NDArray[np.int64]) -> Placed:
    """Owner, product and place in the arrays of what others' purchases say."""
    owner, _, at = flat(tables.alike.offsets, rows, None)
    return owner, tables.alike.items[at].astype(np.int64), at


def _linked(links: Links, who: NDArray[np.int64], rows: NDArray[np.int64]) -> Linked:
    """Owner, product and strength of what rows are linked to; of the same pair twice, both."""
    entry, _, at = flat(links.offsets, rows, None)
    return who[entry], links.items[at].astype(np.int64), links.strength[at]


def _listed(lists: Ragged, places: NDArray[np.int64], most: int, always: bool = False) -> Placed:
    """Owner, product and place in the list of each customer's store or segment; none for −1, unless `always`."""
    last = len(lists.offsets) - 2
    rows = np.where(places >= 0, places, last if always else -1)
    owner, within, at = flat(lists.offsets, rows, most)
    return owner, lists.items[at].astype(np.int64), within


def _available(
    tables: Candidates, owner: NDArray[np.int64], items: NDArray[np.int64], stores: NDArray[np.int64]
) -> NDArray[np.bool_]:
    kept = ~tables.nowhere()[items]
    if len(tables.missing.items) == len(tables.missing.of(-1)):
        return kept
    for store in np.unique(stores[stores >= 0]):
        gone = np.zeros(len(tables.products), dtype=bool)
        gone[tables.missing.of(int(store))] = True
        kept &= ~(gone[items] & (stores[owner] == store))
    return kept
