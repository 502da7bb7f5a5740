"""One decision has one number: the same in file and call, and not to be guessed without the key."""

from datetime import datetime

from decisions.receipts import as_text, decision_id

AS_OF = datetime(2026, 6, 1)


def test_the_number_is_the_same_whenever_it_is_made_and_differs_by_each_of_its_parts():
    one = decision_id("C-1", AS_OF, "key")
    others = {
        decision_id("C-2", AS_OF, "key"),
        decision_id("C-1", datetime(2026, 6, 2), "key"),
        decision_id("C-1", AS_OF, "another key"),
        decision_id("C-1", AS_OF, "key", then="9:00"),
    }
    assert decision_id("C-1", AS_OF, "key") == one
    assert len(one) == 24 and one not in others and len(others) == 4


def test_a_receipt_keeps_words_of_any_language():
    assert as_text({"removed": {"电话": "no_consent"}}) == '{"removed":{"电话":"no_consent"}}'
