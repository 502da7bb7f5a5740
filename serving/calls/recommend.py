"""Products for customers, each with its reason; never one that cannot be had, and always as many as asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scoring.products.candidates import Candidates
from scoring.products.pairs import Pairs, pairs
from scoring.products.ranker import Ranker, only, top
from scoring.reasons.reasons import Texts


@dataclass(frozen=True)
class Wanted:
    """For whom something is recommended.

    Attributes
    ----------
    row : the customer's row in the tables, −1 for one known by events alone
    store : index of the store whose stock and popularity count, −1 for none
    cart : ids of products in hand: what goes with them is a candidate, they themselves are not
    seen : ids of products just looked at: what goes with them is a candidate
    """

    row: int
    store: int = -1
    cart: Collection[str] = field(default=())
    seen: Collection[str] = field(default=())


def recommend(
    tables: Candidates, ranker: Ranker, wanted: Sequence[Wanted], k: int, *, exclude: Collection[str], texts: Texts
) -> list[list[dict[str, Any]]]:
    """k products for each customer, likeliest first; fewer only where the shop has no more that can be had."""
    carts = [tables.places(one.cart) for one in wanted]
    seeds = [[*cart, *tables.places(one.seen)] for one, cart in zip(wanted, carts, strict=True)]
    rows = np.array([one.row for one in wanted], dtype=np.int64)
    stores = np.array([one.store for one in wanted], dtype=np.int64)
    barred = tables.places(exclude)
    found = pairs(tables, rows, stores, seeds)
    found = only(found, _allowed(found, barred, carts))
    best = top(found.owner, ranker.scores(found), len(wanted), k)
    lists = [
        [_item(tables, found, int(at), one, texts) for at in places] for one, places in zip(wanted, best, strict=True)
    ]
    for one, cart, items in zip(wanted, carts, lists, strict=True):
        if len(items) < k:
            items += _filled(tables, one, {*barred, *cart}, items, k, texts)
    return lists


def _allowed(found: Pairs, barred: Sequence[int], carts: Sequence[Sequence[int]]) -> Any:
    kept = ~np.isin(found.items, barred) if barred else np.ones(len(found.items), dtype=bool)
    for i, cart in enumerate(carts):
        if cart:
            own = slice(*np.searchsorted(found.owner, [i, i + 1]))
            kept[own] &= ~np.isin(found.items[own], cart)
    return kept


def _item(tables: Candidates, found: Pairs, at: int, one: Wanted, texts: Texts) -> dict[str, Any]:
    product, own = tables.products[found.items[at]], int(found.own[at])
    if own >= 0:
        times, days = int(tables.personal.times[own]), int(tables.personal.days[own])
        code = "bought_often" if times > 1 else "bought_once"
        return _told(product, "repeat", texts.item(code, times=times, days=days))
    sources = ("companion", "kindred", "neighbours", "linear", "segment_place", "store_place")
    known = {name: not np.isnan(found.column(name)[at]) for name in sources}
    basket = "goes_with_basket" if one.cart or one.seen else "goes_with_last"
    codes = {
        basket: known["companion"],
        "similar_customers": known["kindred"] or known["neighbours"] or known["linear"],
        "popular_in_segment": known["segment_place"],
        "popular_in_store": known["store_place"],
    }
    order = list(codes) if basket == "goes_with_basket" else ["similar_customers", basket, *list(codes)[2:]]
    return _told(product, "discovery", _reason(next((code for code in order if codes[code]), "popular"), texts))


def _filled(
    tables: Candidates, one: Wanted, barred: set[int], items: Sequence[dict[str, Any]], k: int, texts: Texts
) -> list[dict[str, Any]]:
    """What is most popular of all the rest, own products among it, until there are k."""
    gone = tables.nowhere()
    gone[tables.missing.of(one.store)] = True
    gone[[*barred, *tables.places(item["product_id"] for item in items)]] = True
    own = _own_places(tables, one.row)
    rest = [place for place in tables.by_popularity().tolist() if not gone[place]][: k - len(items)]
    return [
        _told(tables.products[place], "repeat" if place in own else "discovery", _reason("popular", texts))
        for place in rest
    ]


def _own_places(tables: Candidates, row: int) -> set[int]:
    if row < 0:
        return set()
    offsets = tables.personal.offsets
    return set(tables.personal.items[offsets[row] : offsets[row + 1]].tolist())


def _reason(code: str, texts: Texts) -> dict[str, str]:
    """Texts of an older release may not know a newer reason."""
    return texts.item(code if code in texts.items else "popular")


def _told(product: str, kind: str, reason: dict[str, str]) -> dict[str, Any]:
    return {"product_id": product, "kind": kind, "reason": reason}
