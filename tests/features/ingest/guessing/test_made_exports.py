"""Made exports whose truth is known: read right, or the doubt is said (all: `python -m tests.exports.cases`)."""

import pytest

from tests.exports.cases import SITUATIONS
from tests.exports.cases.situation import trade
from tests.exports.cases.tried import tried

# One of each kind; the others differ by a word or a sign.
KINDS = (
    "woo_plugin", "woo_analytics", "navision", "youzan", "rupiah_thousands_alone", "cents_by_name",
    "cents_unsaid", "crowd_without_a_word", "british_and_american", "delimiter_behind_rows_alone",
    "groups_above_the_header", "rakuten", "polish_code_page", "goods_before_what_was_paid", "row_of_explanations",
    "euro_for_a_point", "web_and_till", "state_that_no_word_explains", "crowd_in_a_small_shop",
    "woo_table", "clover_payments", "dutch_totals", "turned_by_a_spreadsheet",
)  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_it_is_read_right_or_the_doubt_is_said(name, tmp_path):
    files, truth = SITUATIONS[name](trade())
    assert tried(tmp_path, files, truth).verdict in (("said", "refused and said") if truth.said else ("right", "asked"))
