"""Why a cart was left, told by the steps of a visit, and how it may be saved: never with an item nobody has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CART, OUT_OF_STOCK, PAYMENT, SHIPPING = "cart", "out_of_stock", "payment", "shipping"
CAUSES_OF_CARTS = frozenset({CART, OUT_OF_STOCK, PAYMENT, SHIPPING})
PURCHASE = "purchase"
CART_DAYS = 7  # a cart left longer ago is given up
STORE, SUBSTITUTE, REMINDER = "store", "substitute", "reminder"
_WORDS = (("payment", PAYMENT), ("shipping", SHIPPING), ("delivery", SHIPPING), ("stock", OUT_OF_STOCK))


def why_left(steps: Iterable[tuple[str, str | None]], before: str | None = None) -> str | None:
    """The cause behind the cart that is still open; None where none was left, or it was bought since.

    Parameters
    ----------
    steps : (kind, reason) of touchpoints, oldest first; an order is a step of kind "purchase"
    before : the cause of the cart that was open before them

    Examples
    --------
    >>> why_left([("add_to_cart", None), ("abandon", "shipping_cost")])
    'shipping'
    >>> why_left([("abandon", "changed_mind"), ("purchase", None)]) is None
    True
    """
    found = before
    for kind, reason in steps:
        if kind == PURCHASE:
            found = None
        elif kind == "payment_failed":
            found = PAYMENT
        elif kind == "abandon":
            told = next((cause for word, cause in _WORDS if word in (reason or "").lower()), CART)
            found = PAYMENT if found == PAYMENT and told == CART else told
    return found


def left_in_it(steps: Iterable[tuple[str, str | None]], before: Sequence[str] = ()) -> list[str]:
    """The products of the cart that is still open, newest first, each once.

    Parameters
    ----------
    steps : (kind, product) of touchpoints, oldest first; an order is a step of kind "purchase"
    before : what lay in it before them, newest first

    Examples
    --------
    >>> left_in_it([("add_to_cart", "P1"), ("purchase", None), ("add_to_cart", "P2"), ("add_to_cart", "P3")])
    ['P3', 'P2']
    """
    found = list(reversed(before))
    for kind, product in steps:
        if kind == PURCHASE:
            found = []
        elif kind == "add_to_cart" and product:
            found.append(product)
    return list(dict.fromkeys(reversed(found)))


@dataclass(frozen=True)
class LeftCart:
    """A cart that was left.

    Attributes
    ----------
    cause : why
    products : what lies in it, newest first
    """

    cause: str
    products: tuple[str, ...]


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
