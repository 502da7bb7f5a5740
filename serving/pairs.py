"""Customers and products in pairs, as a ranking sees them: which come into question, and what is known of each.

One function for training, the nightly figures and a call, whole arrays at a time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.candidates import GOODS, Candidates, Links, Personal, Ragged
from serving.release import FeatureRef

OWN, KINDRED, POPULAR, IN_STORE, IN_SEGMENT = 40, 30, 50, 30, 20  # products of each kind that come into question
_SEEDS = 12  # products of a basket that companions are looked up for
_MEANING = 1  # raise it when a column below comes to mean something else: models then ask for retraining

_TOLD = {
    "own_times": "orders of the customer with the product",
    "own_days": "days since the last of them",
    "own_first": "days since the first of them",
    "own_weight": "orders, each counting exp(−age / 90 days)",
    "own_place": "place among the customer's products by that weight, 0 is first",
    "own_gap": "mean days between the customer's purchases of it",
    "own_due": "days since the last purchase ÷ that gap",
    "own_rate": "share of the customer's orders that held it",
    "own_share": "share of the customer's weight that it has",
    "group_share": "share of the customer's weight that its category has",
    "group_days": "days since the customer last bought from its category",
    "orders": "orders of the customer",
    "basket": "products of the customer an order",
    "silence": "days since the customer's last order",
    "due_usual": "days since the last purchase ÷ the gap usual for the product",
    **{name: f"the product's {name.replace('_', ' ')} in the whole shop" for name in GOODS},
    "kindred": "how much customers with the same products buy it",
    "companion": "how often it shares baskets with the latest one, or with the cart",
    "store_place": "place among what the customer's store sells most, 0 is first",
    "segment_place": "place among what the customer's segment buys most, 0 is first",
    "popular_place": "place among what the whole shop sells most, 0 is first",
}
PAIRS = tuple(_TOLD)
REFERENCES = tuple(
    FeatureRef(name, hashlib.sha256(f"{_MEANING}:{name}:{told}".encode()).hexdigest()[:12])
    for name, told in _TOLD.items()
)
OWN_ONLY = tuple(name for name in PAIRS if name.startswith("own_") or name == "due_usual")


@dataclass(frozen=True)
class Pairs:
    """Products that come into question for customers; entry i of every array is one pair, sorted by customer.

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
    """Pair customers with the products that come into question.

    Parameters
    ----------
    rows : array (n,)       the customers' rows in the tables, −1 for one without
    stores : array (n,)     whose stock and popularity count, −1 for none
    seeds : by customer, the products of the present basket; where there are none, the latest one's count
    """
    width = len(tables.products)
    owner, within, at = flat(tables.personal.offsets, rows, None)
    mine = _Lookup(owner * width + tables.personal.items[at], width)
    baskets = _baskets(tables, owner, at, len(rows), seeds)
    beside = _linked(tables.companions, *baskets)
    alike = _linked(tables.kindred, np.arange(len(rows)), rows, KINDRED)
    segments = np.where(rows >= 0, tables.segments[np.maximum(rows, 0)] if len(tables.segments) else -1, -1)
    in_store = _listed(tables.popular, stores, IN_STORE)
    in_segment = _listed(tables.in_segment, segments, IN_SEGMENT)
    overall = _listed(tables.popular, np.full(len(rows), -1), POPULAR, always=True)
    found = np.unique(
        np.concatenate(
            [
                mine.keys[within < OWN],
                *(one[0] * width + one[1] for one in (beside, alike, in_store, in_segment, overall)),
            ]
        )
    )
    found = found[_available(tables, found // width, found % width, stores)]
    hit = mine.find(found)
    return Pairs(
        owner=found // width,
        items=found % width,
        own=np.where(hit >= 0, at[hit], -1) if len(at) else np.full(len(found), -1),
        matrix=_matrix(tables, rows, found, (owner, within, at), hit, beside, alike, in_store, in_segment, overall),
    )


def flat(
    offsets: NDArray[np.int64], rows: NDArray[np.int64], most: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Entries of ragged rows one after the other: whose they are, their place within the row, their place in all."""
    known = rows >= 0
    begin = offsets[np.where(known, rows, 0)]
    size = np.where(known, offsets[np.where(known, rows, -1) + 1] - begin, 0)
    if most is not None:
        size = np.minimum(size, most)
    owner = np.repeat(np.arange(len(rows)), size)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    return owner, within, begin[owner] + within


class _Lookup:
    """Keys (customer × product) and where each stands."""

    def __init__(self, keys: NDArray[np.int64], width: int) -> None:
        self.keys = keys
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of each key among those given, −1 where there is none; of equal ones the first."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        return np.where(self._sorted[at] == keys, self._order[at], -1)


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


def _linked(
    links: Links, who: NDArray[np.int64], rows: NDArray[np.int64], most: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Owner, product and strength of what rows are linked to; of the same pair twice, both."""
    entry, _, at = flat(links.offsets, rows, most)
    return who[entry], links.items[at].astype(np.int64), links.strength[at]


def _listed(
    lists: Ragged, places: NDArray[np.int64], most: int, always: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
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


def _matrix(
    tables: Candidates,
    rows: NDArray[np.int64],
    found: NDArray[np.int64],
    own: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    hit: NDArray[np.int64],
    beside: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]],
    alike: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]],
    in_store: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    in_segment: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    overall: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.float32]:
    width = len(tables.products)
    owner, items = found // width, found % width
    told = _own(tables, own, hit) if len(own[0]) else {}
    told |= _customer(tables, rows, own, owner)
    if "own_times" in told:
        told["own_rate"] = told["own_times"] / told["orders"]
    told |= _category(tables, own, owner, items, len(rows))
    told |= {name: tables.goods[items, i] for i, name in enumerate(GOODS)}
    if "own_days" in told:
        told["due_usual"] = told["own_days"] / np.maximum(told["usual_gap"], 1.0)
    told["kindred"] = _looked_up(alike, found, width)
    told["companion"] = _looked_up(_strongest(beside), found, width)
    told["store_place"] = _looked_up(in_store, found, width)
    told["segment_place"] = _looked_up(in_segment, found, width)
    told["popular_place"] = _looked_up(overall, found, width)
    matrix = np.full((len(found), len(PAIRS)), np.nan, dtype=np.float32)
    for i, name in enumerate(PAIRS):
        if name in told:
            matrix[:, i] = told[name]
    return matrix


def _own(
    tables: Candidates, own: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], hit: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """What the customer's own purchases of the product say; NaN for a discovery."""
    owner, within, at = own
    personal: Personal = tables.personal
    times, days, first = (getattr(personal, name)[at].astype(np.float64) for name in ("times", "days", "first"))
    weight = personal.weight[at].astype(np.float64)
    gap = np.where(times > 1, (first - days) / np.maximum(times - 1, 1), np.nan)
    total = np.bincount(owner, weight)
    found = {
        "own_times": times,
        "own_days": days,
        "own_first": first,
        "own_weight": weight,
        "own_place": within.astype(np.float64),
        "own_gap": gap,
        "own_due": days / np.maximum(gap, 1.0),
        "own_share": weight / np.maximum(total[owner], 1e-9),
    }
    return {name: np.where(hit >= 0, values[hit], np.nan) for name, values in found.items()}


def _customer(
    tables: Candidates,
    rows: NDArray[np.int64],
    own: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    owner: NDArray[np.int64],
) -> dict[str, NDArray[np.float64]]:
    who, _, at = own
    count = len(rows)
    orders = np.where(rows >= 0, tables.orders[np.maximum(rows, 0)] if len(tables.orders) else 0, 0).astype(np.float64)
    silence = np.full(count, np.inf)
    np.minimum.at(silence, who, tables.personal.days[at].astype(np.float64))
    lines = np.bincount(who, tables.personal.times[at], count)
    known = orders > 0
    return {
        "orders": np.where(known, orders, np.nan)[owner],
        "basket": np.where(known, lines / np.maximum(orders, 1), np.nan)[owner],
        "silence": np.where(np.isfinite(silence), silence, np.nan)[owner],
    }


def _category(
    tables: Candidates,
    own: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    owner: NDArray[np.int64],
    items: NDArray[np.int64],
    count: int,
) -> dict[str, NDArray[np.float64]]:
    who, _, at = own
    width = int(tables.groups.max(initial=-1)) + 2  # a place for the unknown one
    group = tables.groups[tables.personal.items[at]].astype(np.int64)
    known, entry = np.unique((who * width + group)[group >= 0], return_inverse=True)
    if not len(known):
        return {}
    weight = tables.personal.weight[at].astype(np.float64)
    total = np.bincount(who, weight, count)
    share = np.bincount(entry, weight[group >= 0]) / np.maximum(total[known // width], 1e-9)
    days = np.full(len(known), np.inf)
    np.minimum.at(days, entry, tables.personal.days[at][group >= 0].astype(np.float64))
    asked = tables.groups[items].astype(np.int64)
    place = _Lookup(known, width).find(np.where(asked >= 0, owner * width + asked, -1))
    bought = total[owner] > 0
    return {
        "group_share": np.where(place >= 0, share[place], np.where(bought & (asked >= 0), 0.0, np.nan)),
        "group_days": np.where(place >= 0, days[place], np.nan),
    }


def _strongest(
    linked: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Of the same pair several times, the strongest first: a lookup takes the first."""
    order = np.argsort(-linked[2], kind="stable")
    return linked[0][order], linked[1][order], linked[2][order]


def _looked_up(
    told: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32] | NDArray[np.int64]],
    found: NDArray[np.int64],
    width: int,
) -> NDArray[np.float64]:
    place = _Lookup(told[0] * width + told[1], width).find(found)
    if not len(told[0]):
        return np.full(len(found), np.nan)
    return np.where(place >= 0, told[2][place].astype(np.float64), np.nan)
