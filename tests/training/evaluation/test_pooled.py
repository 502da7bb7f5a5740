import dataclasses

import numpy as np

from training.evaluation.figures import figures
from training.evaluation.folds import Evaluation, Fold
from training.evaluation.pooled import by_fold, judged, past_spend, quantiles

CUSTOMERS = np.array(["a", "b", "c"])
COUNTS = np.array([[2.0, 2.0], [0.0, 0.0], [0.0, 1.0]])
SHARES = {"promotion_display": np.array([0.4, 0.5, 0.1]), "promotion_mailer": np.array([0.6, 0.5, 0.9])}
MAIL = {"contact_mail": np.array([0.2, 0.3, 0.4])}


def fold(truth: dict[str, np.ndarray], answers: dict[str, np.ndarray], **changes: object) -> Fold:
    own = {"baselines": {"own_shares": answers}, "metrics": {"auc": 0.8}, **changes}
    return Fold("2026-02-02", "2026-01-05", CUSTOMERS, truth, answers, **own)  # type: ignore[arg-type]


def evaluation(*folds: Fold) -> Evaluation:
    return Evaluation({}, {"own_shares": {}}, {}, folds, {}, (), {}, {})


def test_shares_are_those_of_customers_who_acted() -> None:
    display, mailer = judged(evaluation(fold({"promotion": COUNTS}, SHARES)))
    assert display.title == "Share of promotion display"
    assert display.truth.tolist() == [0.5, 0.0]
    assert mailer.truth.tolist() == [0.5, 1.0]
    assert display.scores["Perennial"].tolist() == [0.4, 0.1]
    assert display.scores["own_shares"].tolist() == [0.4, 0.1]


def test_contact_is_judged_where_a_message_was_sent() -> None:
    (mail,) = judged(evaluation(fold({"contact_mail": np.array([0.0, np.nan, 1.0])}, MAIL)))
    assert mail.truth.tolist() == [0.0, 1.0]
    assert mail.scores["Perennial"].tolist() == [0.2, 0.4]
    assert judged(evaluation(fold({"contact_mail": np.full(3, np.nan)}, MAIL))) == ()


def test_folds_are_put_together() -> None:
    one = fold({"churn": np.array([1.0, 0.0, 0.0])}, {"churn_probability": np.array([0.9, 0.1, 0.2])})
    (churn,) = judged(evaluation(one, one))
    assert churn.truth.tolist() == [1.0, 0.0, 0.0] * 2
    assert judged(evaluation()) == ()


def test_a_baseline_that_does_not_give_an_answer_is_left_out() -> None:
    one = fold({"churn": np.zeros(3)}, {"churn_probability": np.zeros(3)}, baselines={"own_shares": {}})
    assert list(judged(evaluation(one))[0].scores) == ["Perennial"]


def test_quantiles_need_their_outcome_and_all_three_levels() -> None:
    levels = {f"spend_{name}": np.full(3, value) for name, value in (("p10", 0.5), ("p50", 1.5), ("p90", 9.0))}
    truth = {"spend": np.arange(3.0)}

    def told(truth: dict[str, np.ndarray], answers: dict[str, np.ndarray]) -> dict[str, dict[float, float]]:
        return quantiles(dataclasses.replace(evaluation(), metrics=figures(truth, answers)))

    assert told(truth, levels) == {"spend": {0.1: 1 / 3, 0.5: 2 / 3, 0.9: 1.0}}
    assert told({}, levels) == {}
    assert quantiles(dataclasses.replace(evaluation(), metrics={"spend_below_p50": 0.5})) == {}


def test_what_a_fold_does_not_know_is_missing() -> None:
    found = by_fold(evaluation(fold({}, {}), fold({}, {}, metrics={})), "auc")
    assert list(found) == ["Perennial"]
    assert found["Perennial"][0] == 0.8
    assert np.isnan(found["Perennial"][1])
    assert past_spend(evaluation(fold({}, {}, past_spend=np.ones(3)), fold({}, {}))) is None
