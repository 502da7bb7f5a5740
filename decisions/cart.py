"""Why a cart was left, told by the steps of a visit, and how it may be saved: never with an item nobody has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CART, OUT_OF_STOCK, PAYMENT, SHIPPING = "cart", "out_of_stock", "payment", "shipping"
CAUSES_OF_CARTS = frozenset({CART, OUT_OF_STOCK, PAYMENT, SHIPPING})
STORE, SUBSTITUTE, REMINDER = "store", "substitute", "reminder"
_WORDS = (("payment", PAYMENT), ("shipping", SHIPPING), ("delivery", SHIPPING), ("stock", OUT_OF_STOCK))


def why_left(steps: Iterable[tuple[str, str | None]]) -> str | None:
    """The cause behind the cart that is still open; None where none was left, or it was bought since.

    Parameters
    ----------
    steps : (kind, reason) of touchpoints, oldest first; an order is a step of kind "purchase"

    Examples
    --------
    >>> why_left([("add_to_cart", None), ("abandon", "shipping_cost")])
    'shipping'
    >>> why_left([("abandon", "changed_mind"), ("purchase", None)]) is None
    True
    """
    found = None
    for kind, reason in steps:
        if kind == "purchase":
            found = None
        elif kind == "payment_failed":
            found = PAYMENT
        elif kind == "abandon":
            told = next((cause for word, cause in _WORDS if word in (reason or "").lower()), CART)
            found = PAYMENT if found == PAYMENT and told == CART else told
    return found


@dataclass(frozen=True)
class Saving:
    """How a cart may be saved.

    Attributes
    ----------
    way : STORE, SUBSTITUTE or REMINDER
    product_id : what is spoken of; None where nothing of the cart is to be had, and nothing like it
    instead_of : the item that the substitute stands in for
    store_id, km : where it lies, and how far
    """

    way: str
    product_id: str | None = None
    instead_of: str | None = None
    store_id: str | None = None
    km: float | None = None


def saved(
    cart: Sequence[str],
    stores: Mapping[str, Sequence[tuple[float, str]]],
    nobody_has: Iterable[str],
    substitutes: Mapping[str, str],
) -> Saving:
    """The nearest store with an item of the cart, else a substitute for one nobody has, else a reminder.

    Parameters
    ----------
    cart : products, what matters most first
    stores : product → (km, store) within reach that have it
    nobody_has : products that are not to be had
    substitutes : product → another of its kind that is in stock

    Examples
    --------
    >>> saved(["P1"], {"P1": [(3.2, "S2"), (1.5, "S1")]}, [], {})
    Saving(way='store', product_id='P1', instead_of=None, store_id='S1', km=1.5)
    """
    near = [(*min(stores[one]), one) for one in cart if stores.get(one)]
    if near:
        km, store, product = near[0]
        return Saving(STORE, product, store_id=store, km=km)
    gone = set(nobody_has)
    for one in cart:
        if one in gone and one in substitutes:
            return Saving(SUBSTITUTE, substitutes[one], instead_of=one)
    return Saving(REMINDER, next((one for one in cart if one not in gone), None))
