import pytest

from features.build.join import grouped
from features.errors import FeatureError
from features.feature import Feature, days_between, feature, ratio


def spend(windows: tuple[str, ...] = ("30d",), empty: float | None = 0) -> Feature:
    @feature(table="orders", windows=windows, unit="currency", empty=empty)
    def spend(orders):
        """Money spent."""
        return orders.amount.sum()

    return spend


def test_a_column_is_named_by_feature_and_window():
    assert [column.name for column in spend(("30d", "4w", "all")).columns] == ["spend_30d", "spend_28d", "spend"]


def test_the_fingerprint_is_the_same_for_the_same_declaration():
    assert spend().columns[0].fingerprint == spend().columns[0].fingerprint


def test_the_fingerprint_changes_with_window_empty_value_and_expression():
    @feature(table="orders", windows=("30d",), unit="currency", empty=0)
    def spend_on_orders(orders):
        """Money spent, returns left out."""
        return orders.amount.sum(where=orders.kind == "order")

    columns = [*spend(("30d", "60d")).columns, *spend(empty=None).columns, *spend_on_orders.columns]
    assert len({column.fingerprint for column in columns}) == 4


def test_a_feature_without_docstring_is_refused():
    with pytest.raises(FeatureError, match=r"feature 'mute' has no docstring.*catalogue entry"):

        @feature(table="orders", unit="currency")
        def mute(orders):
            return orders.amount.sum()


def test_a_feature_must_reduce():
    @feature(table="orders", unit="currency")
    def first_amount(orders):
        """An amount, of no order in particular."""
        return orders.amount - orders.discount.sum()

    with pytest.raises(FeatureError, match=r"'first_amount' must reduce its rows to one value, but 'amount' stands"):
        grouped(first_amount.columns, fast=True)


def test_an_unknown_relation_is_named_with_the_known_ones():
    @feature(table="baskets", unit="orders")
    def baskets(rows):
        """Baskets."""
        return rows.count()

    with pytest.raises(FeatureError, match=r"'baskets' is neither a table nor a view. Known are orders,"):
        grouped(baskets.columns, fast=True)


def test_what_mentions_the_cutoff_only_outside_a_reduction_is_tiled():
    @feature(table="orders", unit="days")
    def silence(orders):
        """Days since the last order."""
        return days_between(orders.cutoff, orders.happened_at.max())

    @feature(table="orders", unit="share")
    def fresh_share(orders):
        """Share of orders in the last hour before the cutoff."""
        return ratio((days_between(orders.cutoff, orders.happened_at) < 0.05).sum(), orders.count())

    assert [group.tiled for group in grouped([*silence.columns, *fresh_share.columns], fast=True)] == [True, False]
