"""Why a cart was left: by the newest step that says so, and not at all once it was bought."""

import pytest

from decisions.allowed.cart import Saving, left_in_it, saved, why_left


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


def test_the_nearest_store_of_the_first_item_that_one_has():
    stores = {"b": [(4.0, "S2"), (2.0, "S1")], "c": [(0.5, "S3")]}
    assert saved(["a", "b", "c"], stores, ["a"], {"a": "z"}) == Saving("store", "b", None, "S1", 2.0)


def test_a_substitute_only_for_what_nobody_has():
    assert saved(["a", "b"], {}, ["b"], {"a": "y", "b": "z"}) == Saving("substitute", "z", "b")


def test_else_a_reminder_and_never_of_what_nobody_has():
    assert saved(["a", "b"], {}, ["a"], {}) == Saving("reminder", "b")
    assert saved(["a"], {}, ["a"], {}) == Saving("reminder")
    assert saved(["a"], {"a": []}, [], {}) == Saving("reminder", "a")


def test_what_was_left_before_counts_until_it_is_bought():
    assert why_left([("visit", None)], "shipping") == "shipping"
    assert why_left([("purchase", None)], "shipping") is None
    assert left_in_it([("add_to_cart", "c"), ("add_to_cart", None)], ("b", "a")) == ["c", "b", "a"]
    assert left_in_it([("add_to_cart", "a")], ("b", "a")) == ["a", "b"]
    assert left_in_it([("purchase", None)], ("b", "a")) == []
