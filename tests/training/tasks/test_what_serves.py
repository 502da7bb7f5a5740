"""Which of what was tried serves."""

import pytest

from tests.training.tiny_models import tiny_model
from training.backtest.context import Learned
from training.evaluation.folds import Evaluation
from training.review.gate import Check
from training.tasks import what_serves
from training.tasks.catalogue import CHURN

EMPTY = Evaluation({}, {}, {}, (), {}, (), {}, {})


@pytest.fixture
def candidates(monkeypatch: pytest.MonkeyPatch):
    """Candidates by name, each with the checks it fails: (name, what it is about)."""

    def make(**failing):
        def checks(_, model, __):
            found = [Check(name, False, "", "", about) for name, about in failing[model.model_kind]]
            return (*found, Check("fine", True, "", ""))

        monkeypatch.setattr(what_serves, "evidence_checks", checks)
        return [(kind, lambda kind=kind: Learned(tiny_model(model_kind=kind), {}, EMPTY)) for kind in failing]

    return make


def served(ways):
    learned = what_serves.best_that_passes(CHURN, ways, ways[-1])
    return learned.model.kind_told, [(one.model_kind, one.failed) for one in learned.evaluation.tried]


def test_the_best_serves_where_it_passes_and_no_other_is_learnt(candidates):
    (first, *_) = candidates(gradient_boosting=[], rules=[])
    assert served([first, ("rules", pytest.fail)]) == ("gradient_boosting", [("gradient_boosting", ())])


def test_the_next_best_serves_where_the_best_fails(candidates):
    told, tried = served(candidates(gradient_boosting=[("beats recency", "")], recency=[], rules=[("x", "")]))
    assert told == "recency"
    assert tried == [("gradient_boosting", ("beats recency",)), ("recency", ())]


def test_the_simplest_serves_marked_where_nothing_passes(candidates):
    told, tried = served(candidates(gradient_boosting=[("a", "")], rules=[("b", "")]))
    assert told == "rules (unproven)"
    assert tried == [("gradient_boosting", ("a",)), ("rules", ("b",))]


def test_a_rule_that_fails_more_does_not_stand_in_for_what_fails_less(candidates):
    told, _ = served(candidates(gradient_boosting=[("a", "")], recency=[("a", "")], rules=[("a", ""), ("b", "")]))
    assert told == "gradient_boosting (unproven)"


def test_a_head_beside_the_main_one_is_marked_for_itself(candidates):
    ways = candidates(gradient_boosting=[("quantiles", "spend_quantiles")], rules=[("b", "")])
    assert served(ways)[0] == "gradient_boosting (unproven: spend_quantiles)"
