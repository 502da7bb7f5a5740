"""What the rules of a night cost, in words: printed, and in the manifest."""

import json

from operations.deciding.rule_costs import costs_of_rules, rules_in_words
from operations.night import nightly
from tests.operations.deciding.test_decide import DECIDING, night, shop_with
from tests.operations.deciding.test_effects import MEASURED


def test_a_cap_costs_what_its_sends_would_have_brought(tmp_path, monkeypatch):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(nightly, "learnt_effects", lambda *_: (MEASURED,))
    done = night(shop_with(tmp_path, {**DECIDING, "caps": {"month": 1, "week": 5}}))
    # Two customers were sent one message this month; a survey would bring 2.00 from each who can be reached.
    assert costs_of_rules(done.decided) == {"week cap of 5": 0.0, "month cap of 1": 4.0}
    assert rules_in_words(done.decided) == ("the month cap of 1 costs 4.00 EUR",)
    manifest = json.loads(done.decision_files["manifest"].read_bytes())
    assert manifest["rules"] == ["the month cap of 1 costs 4.00 EUR"]


def test_one_more_place_is_worth_what_the_next_one_brings(tmp_path, monkeypatch):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(nightly, "learnt_effects", lambda *_: (MEASURED,))
    scarce = {"actions": {**DECIDING["actions"], "survey": {"cost": 0.0, "capacity": 1}}}
    (told,) = rules_in_words(night(shop_with(tmp_path, scarce)).decided)
    assert told == "one more survey is worth 2.00 EUR"
