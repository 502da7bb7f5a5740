"""What is known of a customer and a product together: the columns a ranking of products learns from."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.products.candidates import GOODS, Candidates, Personal
from scoring.products.ragged import Lookup
from scoring.release import FeatureRef

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
    "neighbours": "share of the customers nearest by their purchases who bought it within 28 days",
    "linear": "score of a linear model of what is bought together",
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

Linked = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]
Placed = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Sources:
    """Why products are candidates: owner and product of each entry, and what the source says of it.

    Attributes
    ----------
    own : owner, place within the owner's products, place in the personal arrays
    beside : owner, product, strength; what goes with the basket
    alike : owner, product, place in the arrays of what others' purchases say
    in_store, in_segment, overall : owner, product, place in the list; what is popular there
    """

    own: Placed
    beside: Linked
    alike: Placed
    in_store: Placed
    in_segment: Placed
    overall: Placed


def columns(
    tables: Candidates,
    rows: NDArray[np.int64],
    found: NDArray[np.int64],
    hit: NDArray[np.int64],
    sources: Sources,
) -> NDArray[np.float32]:
    """The matrix (m, PAIRS) of pairs, NaN where nothing is known.

    Parameters
    ----------
    rows : array (n,)      the customers' rows in the tables, −1 for one without
    found : array (m,)     owner × number of products + product
    hit : array (m,)       each pair's entry among the own products, −1 for a discovery
    """
    width = len(tables.products)
    owner, items = found // width, found % width
    told = _own(tables, sources.own, hit) if len(sources.own[0]) else {}
    told |= _customer(tables, rows, sources.own, owner)
    if "own_times" in told:
        told["own_rate"] = told["own_times"] / told["orders"]
    told |= _category(tables, sources.own, owner, items, len(rows))
    told |= {name: tables.goods[items, i] for i, name in enumerate(GOODS)}
    if "own_days" in told:
        told["due_usual"] = told["own_days"] / np.maximum(told["usual_gap"], 1.0)
    told |= _others(tables, sources.alike, found)
    told["companion"] = _looked_up(_strongest(sources.beside), found, width)
    told["store_place"] = _looked_up(sources.in_store, found, width)
    told["segment_place"] = _looked_up(sources.in_segment, found, width)
    told["popular_place"] = _looked_up(sources.overall, found, width)
    matrix = np.full((len(found), len(PAIRS)), np.nan, dtype=np.float32)
    for i, name in enumerate(PAIRS):
        if name in told:
            matrix[:, i] = told[name]
    return matrix


def _own(tables: Candidates, own: Placed, hit: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
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
    own: Placed,
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
    own: Placed,
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
    place = Lookup(known).find(np.where(asked >= 0, owner * width + asked, -1))
    bought = total[owner] > 0
    return {
        "group_share": np.where(place >= 0, share[place], np.where(bought & (asked >= 0), 0.0, np.nan)),
        "group_days": np.where(place >= 0, days[place], np.nan),
    }


def _others(tables: Candidates, alike: Placed, found: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """What the purchases of others say; NaN where a way says nothing."""
    owner, item, at = alike
    place = Lookup(owner * len(tables.products) + item).find(found)
    told = {name: getattr(tables.alike, name)[at].astype(np.float64) for name in ("kindred", "neighbours", "linear")}
    if not len(at):
        return {name: np.full(len(found), np.nan) for name in told}
    return {name: np.where((place >= 0) & (values[place] != 0), values[place], np.nan) for name, values in told.items()}


def _strongest(linked: Linked) -> Linked:
    """Of the same pair several times, the strongest first: a lookup takes the first."""
    order = np.argsort(-linked[2], kind="stable")
    return linked[0][order], linked[1][order], linked[2][order]


def _looked_up(
    told: Linked | Placed,
    found: NDArray[np.int64],
    width: int,
) -> NDArray[np.float64]:
    place = Lookup(told[0] * width + told[1]).find(found)
    if not len(told[0]):
        return np.full(len(found), np.nan)
    return np.where(place >= 0, told[2][place].astype(np.float64), np.nan)
