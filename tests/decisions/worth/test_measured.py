import json

import pytest

from decisions.worth.measured import Measured, effects_of, from_plain, plain

VOUCHER = Measured("voucher", "mail", 6.0, 4.5, 7.5, 0.05, 0.01, 0.09, 300, 120)
NOTHING = Measured("survey", "mail", 0.0, -1.0, 0.4, 0.0, -0.02, 0.03, 300, 120)


def test_the_same_is_told_of_every_customer():
    told = effects_of([VOUCHER, NOTHING], 3)
    found = told.of("voucher", "mail")
    assert found is not None and found.margin.tolist() == [6.0] * 3 and found.high.tolist() == [0.09] * 3
    nothing = told.of("survey", "mail")
    assert nothing is not None and nothing.margin.tolist() == [0.0] * 3
    assert told.of("voucher", "sms") is None and told.of("call", "mail") is None


def test_it_is_read_back_from_json():
    assert from_plain(json.loads(json.dumps(plain([VOUCHER, NOTHING])))) == (VOUCHER, NOTHING)
    with pytest.raises(TypeError):
        from_plain([{"action": "voucher"}])


def test_the_finding_in_words():
    assert VOUCHER.sentence == (
        "'voucher' by mail: brings +6.00 a customer, measured between +4.50 and +7.50 "
        "on 300 moments with and 120 without it"
    )
    assert NOTHING.sentence.startswith("'survey' by mail: no effect, measured between -1.00 and +0.40")
