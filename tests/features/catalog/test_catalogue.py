import re
from datetime import datetime

import pytest

from features.catalog import FAMILIES, catalogue, columns_for, features, pick
from features.errors import FeatureError
from features.relations import relation, sources_of
from features.tables import TABLES
from tests.shops import make_shop

ORDER = {"order_id": "1", "customer_id": "a", "happened_at": datetime(2026, 5, 1), "amount": 1}


def test_names_are_unique_and_numerous():
    names = [column.name for column in catalogue()]
    assert len(names) == len(set(names)) >= 120
    assert {feature.family for feature in features()} == {family.__name__.rsplit(".", 1)[-1] for family in FAMILIES}


@pytest.mark.parametrize("feature", features(), ids=lambda feature: feature.name)
def test_each_says_what_it_measures_and_what_an_empty_value_means(feature):
    assert feature.about[0].isupper() or feature.about[0].isdigit()
    assert feature.about.rstrip().endswith(".")
    assert feature.unit
    if feature.empty is not None:
        assert re.search(r"\b(means|else) \d", feature.about)
    assert feature.needs <= set(relation(feature.relation).columns) | _source_columns(feature)


def test_a_shop_of_orders_alone_has_forty_columns_without_gaps(tmp_path):
    names = {column.name for column in columns_for(make_shop(tmp_path, orders=[ORDER]))}
    assert len(names) >= 40
    assert {"spend_90d", "gap_median_365d"} <= names
    assert not names & {"discount_share_90d", "lines_90d", "messages_90d", "stores_visited_365d"}


def test_a_lines_category_needs_products_that_state_one(tmp_path):
    given = {"orders": [ORDER], "order_lines": [{"order_id": "1", "product_id": "p", "amount": 1}]}
    assert "category_variety_90d" not in {column.name for column in columns_for(_shop(tmp_path, "plain", given))}
    given["products"] = [{"product_id": "p", "category": "tea"}]
    names = {column.name for column in columns_for(_shop(tmp_path, "stated", given))}
    assert "category_variety_90d" in names and "department_variety_90d" not in names


def test_pick_keeps_the_order_asked_for():
    assert [column.name for column in pick(["spend_90d", "orders"])] == ["spend_90d", "orders"]


def test_an_unknown_window_is_an_error_with_the_remedy():
    with pytest.raises(FeatureError) as error:
        pick(["order_value_60d"])
    assert str(error.value) == (
        "'order_value_60d' is not in the catalogue. 'order_value' exists for 90d, 365d.\n"
        'Add "60d" to its windows in features/catalog/money.py, or use order_value_90d.'
    )


def test_of_two_windows_equally_far_the_longer_is_meant():
    with pytest.raises(FeatureError, match="or use spend_90d"):
        pick(["spend_60d"])


def test_a_misspelt_name_is_an_error_with_a_guess():
    with pytest.raises(FeatureError, match=r"'spent_90d' is not in the catalogue\. Did you mean spend_90d\?"):
        pick(["spent_90d"])


def _shop(folder, name, tables):
    (folder / name).mkdir()
    return make_shop(folder / name, **tables)


def _source_columns(feature):
    return {column.name for source in sources_of(feature.relation) for column in TABLES[source].all_columns}
