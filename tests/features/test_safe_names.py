"""Names of values: safe in a column, never shared, read back by people and by code alike."""

import re

from hypothesis import given
from hypothesis import strategies as st

from features.safe_names import safe, told
from scoring.reasons.spoken import spoken

VALUES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)


@given(VALUES)
def test_the_value_is_read_back(value):
    assert told(safe(value)) == spoken(safe(value)) == value


@given(VALUES)
def test_no_name_changes_where_cases_are_folded_nor_holds_what_a_column_may_not(value):
    name = safe(value)
    assert name == name.casefold()
    assert re.fullmatch(r"[\w-]+", name)


def test_common_names_are_as_they_were():
    assert [safe(name) for name in ("mini_program", "微信", "line2")] == ["mini_program", "微信", "line2"]
