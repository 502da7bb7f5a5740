"""Why a cart was left, told by the steps of a visit, and what it stands for among the causes of a plan."""

from collections.abc import Iterable

CART, OUT_OF_STOCK, PAYMENT, SHIPPING = "cart", "out_of_stock", "payment", "shipping"
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
