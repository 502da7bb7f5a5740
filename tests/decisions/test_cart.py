"""Why a cart was left: by the newest step that says so, and not at all once it was bought."""

import pytest

from decisions.cart import why_left


@pytest.mark.parametrize(
    ("steps", "cause"),
    [
        ([], None),
        ([("visit", None), ("add_to_cart", None)], None),
        ([("abandon", None)], "cart"),
        ([("abandon", "changed_mind")], "cart"),
        ([("abandon", "shipping_cost")], "shipping"),
        ([("abandon", "Out_of_Stock")], "out_of_stock"),
        ([("payment_failed", None), ("abandon", "changed_mind")], "payment"),
        ([("payment_failed", None), ("abandon", "shipping_cost")], "shipping"),
        ([("abandon", "shipping_cost"), ("purchase", None)], None),
        ([("abandon", "shipping_cost"), ("purchase", None), ("abandon", "out_of_stock")], "out_of_stock"),
    ],
)
def test_the_newest_step_tells_why(steps, cause):
    assert why_left(steps) == cause
