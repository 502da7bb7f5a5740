import dataclasses
from collections.abc import Callable
from itertools import pairwise

from training.data.sampling import Sample
from training.evaluation.folds import Fitted, Slice, Treated
from training.review.card import card
from training.tasks.churn import CHURN

Fit = Callable[..., Fitted]


def test_the_card_says_what_the_model_is_for_and_how_far_to_believe_it(churn_fit_of: Fit) -> None:
    fitted = churn_fit_of()
    text = card(fitted, CHURN, currency="EUR").replace("\u00a0", "")

    assert text.startswith("# churn · corner-shop\n\n**Will the customer place no order within the horizon?**")
    assert "Horizon: 28 days" in text
    assert "| Asked about | Customers with an order within 91 days before the cutoff. |" in text
    assert "| Data | 2025-01-01 to 2026-06-01; no row known on or after 2026-06-01 was seen |" in text
    assert "2 cutoffs (2026-04-27, 2026-05-04)" in text
    assert "900 rows at 3 cutoffs (2026-02-02, 2026-03-02, 2026-03-30)" in text
    assert "| metric | Perennial | recency |" in text
    assert f"| AUC | {fitted.evaluation.metrics['auc']:.3f} |" in text
    assert "| Perennial − baseline (95 %) | recency |" in text
    assert "| AUC | +0." in text
    assert "| stage: new | 450 |" in text
    assert "buy till you die: not open. No customer came back." in text
    assert "**Not for:** Deciding about a person's credit" in text
    assert "git `4f2c9aa`" in text


def test_tables_are_whole(churn_fit_of: Fit) -> None:
    lines = card(churn_fit_of(), CHURN, currency="EUR").splitlines()
    for first, second in pairwise(lines):
        if first.startswith("|") and second.startswith("|"):
            assert first.count("|") == second.count("|")


def test_a_card_without_backtest_says_so(churn_fit_of: Fit) -> None:
    fitted = churn_fit_of()
    empty = dataclasses.replace(fitted.evaluation, metrics={}, baseline_metrics={}, differences={}, folds=(), slices=())
    text = card(dataclasses.replace(fitted, evaluation=empty), CHURN, currency="EUR")
    assert "Not judged: too little history for a backtest." in text


def test_a_long_card_is_shortened_at_a_line(churn_fit_of: Fit) -> None:
    fitted = churn_fit_of()
    many = tuple(Slice("favourite category of the customer", "x" * 400 + str(i), 10, 0.1, 0.1, 0.0) for i in range(12))
    evaluation = dataclasses.replace(fitted.evaluation, slices=many)
    text = card(dataclasses.replace(fitted, evaluation=evaluation), CHURN, currency="EUR")
    assert len(text) <= 5000
    assert text.endswith("|\n…")


def test_the_gate_s_answer_stands_near_the_top(churn_fit_of: Fit) -> None:
    text = card(churn_fit_of(), CHURN, currency="EUR", gate="not passed: 8 of 9 checks passed; not: calibrated.")
    assert text.splitlines()[4].startswith("**Gate when trained:** not passed: 8 of 9")


def test_the_treated_stand_beside_the_untreated(churn_fit_of: Fit) -> None:
    fitted = churn_fit_of()
    assert "Treated and untreated" not in card(fitted, CHURN, currency="EUR")
    both = (Treated("treated", 1200, 0.31, 0.25), Treated("untreated", 800, 0.4, 0.41))
    evaluation = dataclasses.replace(fitted.evaluation, treatment=both)
    text = card(dataclasses.replace(fitted, evaluation=evaluation), CHURN, currency="EUR").replace("\u00a0", "")
    assert "| customers | rows | actual | predicted |" in text
    assert "| treated | 1,200 | 0.250 | 0.310 |" in text and "| untreated | 800 | 0.410 | 0.400 |" in text
    assert "the difference is no effect" in text


def test_a_sample_is_told_with_what_it_costs(churn_fit_of: Fit) -> None:
    assert "Sampled" not in card(churn_fit_of(), CHURN, currency="EUR")
    sample = Sample(rows=812_345, every=3, share=0.385, errors={"churn": 0.00071, "days": 0.0213, "spend": 1.2345})
    text = card(dataclasses.replace(churn_fit_of(), sample=sample), CHURN, currency="EUR").replace("\u00a0", "")
    assert (
        "| Sampled | of 812,345 rows there are, one cutoff in 3 back from the last, 38.5% of the customers drawn "
        "by lot with all of their rows; what the draw adds to the standard error of a mean: no order 0.07 points, "
        "shopping days a customer 0.021, spent a customer 1.2 |"
    ) in text
    fewer = card(dataclasses.replace(churn_fit_of(), sample=Sample(9_000, 2, 1.0, {})), CHURN, currency="EUR")
    assert "| Sampled | of 9,000 rows there are, one cutoff in 2 back from the last |" in fewer.replace("\u00a0", "")
