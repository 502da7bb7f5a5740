"""Simple answers that a model has to beat, fitted on the same rows and judged on the same customers."""

from collections.abc import Mapping, Sequence

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from training.learners.boosting import SETTINGS
from training.learners.catalogue_boosting import CATALOGUE_BOOSTING, catalogue_scores, is_open
from training.learners.model_kinds import Learner
from training.learners.quantiles import everyones_quantiles
from training.learners.regression import regress
from training.learners.target import CHURN, DAYS, SPEND, Target

Array = NDArray[np.float64]
Answers = dict[str, Array]

PSEUDO_LINES = 10.0  # an own share is shrunk to the shop's by this many lines
_UNPENALISED = 1e-3  # rows: enough to keep a regression from running away


def churn_baselines(learner: Learner, test: Learner) -> dict[str, Answers]:
    """Recency alone, logistic regression on recency, frequency, money and tenure, plain LightGBM on them, on the whole
    catalogue where outcomes are enough, and buy-till-you-die where it was fitted."""
    found = probability_baselines(CHURN, learner, test)
    if is_open(learner):
        found[CATALOGUE_BOOSTING] = {CHURN.answer: expit(catalogue_scores([CHURN], learner, test)[CHURN.answer])}
    if CHURN.outlook in test.names:
        found["buy_till_you_die"] = {CHURN.answer: expit(test.columns([CHURN.outlook])[CHURN.outlook])}
    return found


def probability_baselines(target: Target, learner: Learner, test: Learner) -> dict[str, Answers]:
    """Recency alone, logistic regression on recency, frequency, money and tenure, and plain LightGBM on them."""
    recency, answer = learner.pace["days_since_order"], target.answer
    return {
        "recency": {answer: expit(_regressed(target, learner, test, [recency]))},
        "rfm_logistic": {answer: expit(_regressed(target, learner, test, rfm_names(learner.pace)))},
        "plain_boosting": {answer: expit(_boosted(target, learner, test))},
    }


def amount_baselines(target: Target, learner: Learner, test: Learner) -> dict[str, Answers]:
    """The same three for a count or an amount, with a log link."""
    recency, answer = learner.pace["days_since_order"], target.answer
    return {
        "recency": {answer: np.exp(_regressed(target, learner, test, [recency]))},
        "rfm_regression": {answer: np.exp(_regressed(target, learner, test, rfm_names(learner.pace)))},
        "plain_boosting": {answer: np.exp(_boosted(target, learner, test))},
    }


def next_purchase_baselines(
    learner: Learner, test: Learner, days_in_window: float, horizon_days: int
) -> dict[str, Answers]:
    """The past pace continued, plain LightGBM, on the whole catalogue where outcomes are enough, buy-till-you-die where
    it was fitted, and everybody's quantiles.

    `days_in_window` is how many days the pace columns look back.
    """
    pace = test.columns(rfm_names(learner.pace))
    forward = horizon_days / days_in_window
    found = {
        "past_pace": {
            DAYS.answer: np.nan_to_num(pace[learner.pace["shopping_days"]]) * forward,
            SPEND.answer: np.maximum(np.nan_to_num(pace[learner.pace["spend"]]), 0.0) * forward,
        },
        "plain_boosting": {
            DAYS.answer: np.exp(_boosted(DAYS, learner, test)),
            SPEND.answer: np.exp(_boosted(SPEND, learner, test)),
        },
    }
    if is_open(learner):
        earning = [target for target in (DAYS, SPEND) if target.truth(learner.labels).any()]
        scores = catalogue_scores(earning, learner, test)
        found[CATALOGUE_BOOSTING] = {answer: np.exp(score) for answer, score in scores.items()}
    outlooks = {target.answer: target.outlook for target in (DAYS, SPEND) if target.outlook in test.names}
    if outlooks:
        outlook = test.columns(list(outlooks.values()))
        found["buy_till_you_die"] = {answer: outlook[name] for answer, name in outlooks.items()}
    return found | {"everyones_quantiles": _everyones(learner, test, horizon_days)}


def _everyones(learner: Learner, test: Learner, horizon_days: int) -> Answers:
    levels = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
    found = everyones_quantiles(learner.labels, list(levels.values()), horizon_days)
    return {
        f"{name}_{level}": np.full(len(test.inputs), values[place])
        for name, values in found.items()
        for place, level in enumerate(levels)
    }


def own_shares(own: Array, shop: Array) -> Array:
    """A customer's own shares, shrunk to the shop's by ten lines.

    Parameters
    ----------
    own : array (n, kinds)       how often each kind occurred before the cutoff
    shop : array (kinds,)        the shop's shares, adding up to 1

    Returns
    -------
    array (n, kinds), rows adding up to 1
    """
    known = np.nan_to_num(own)
    shares: Array = (known + PSEUDO_LINES * shop) / (known.sum(axis=1, keepdims=True) + PSEUDO_LINES)
    return shares


def rfm_names(pace: Mapping[str, str]) -> list[str]:
    """The columns of recency, tenure, frequency and money."""
    return [pace[name] for name in ("days_since_order", "days_since_first_order", "shopping_days", "spend")]


def plain_booster(
    target: Target, learner: Learner, names: Sequence[str], offset: Array | None = None
) -> lgb.Booster | None:
    """LightGBM as it comes (100 rounds of 31 leaves) on some inputs; None where nothing ever happened.

    Counts refuse to be learnt from nothing. An `offset` (n,) is what each row's score has besides, known beforehand.
    """
    truth = target.truth(learner.labels)
    if not truth.any():
        return None
    settings: Mapping[str, object] = {
        **{name: SETTINGS[name] for name in ("deterministic", "force_row_wise", "verbose", "seed")},
        **target.objective,
        "num_threads": learner.threads,
    }
    rows = np.stack(list(learner.columns(names).values()), axis=1)
    return lgb.train(dict(settings), lgb.Dataset(rows, truth, init_score=offset), 100)


def _regressed(target: Target, learner: Learner, test: Learner, names: list[str]) -> Array:
    fitted = regress(target, target.truth(learner.labels), learner.columns(names), names, _UNPENALISED)
    return fitted.score(test.columns(names))


def _boosted(target: Target, learner: Learner, test: Learner) -> Array:
    """The score of plain LightGBM on recency, frequency, money and tenure; half an outcome stands for none."""
    names = rfm_names(learner.pace)
    booster = plain_booster(target, learner, names)
    if booster is None:
        return np.full(len(test.inputs), np.log(0.5 / max(len(learner.inputs), 1)))
    ahead = np.stack(list(test.columns(names).values()), axis=1)
    return np.asarray(booster.predict(ahead, raw_score=True, num_threads=learner.threads), dtype=np.float64)
