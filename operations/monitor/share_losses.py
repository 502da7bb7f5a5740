"""What losses of predicted shares ask for: of channels, promotions, the next step.

A log loss has no level that is good everywhere, so it stands beside three others: what training showed, what the shares
themselves say it will come to (their entropy, where they are right), and what one mix for everybody would have lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from operations.monitor.findings import RECALIBRATE, RETRAIN, ROLL_BACK, WAIT, Figure
from training.evaluation.folds import Fold
from training.evaluation.metrics.functions import row_losses
from training.evaluation.metrics.metric import Metric

Array = NDArray[np.float64]

_ENDING = "_log_loss"
_ERRORS = 3.0  # standard errors left to chance: one night in 700 for a loss
_WIDTH = 3.92  # standard errors in a 95 % interval
_TINY = 1e-12
_SHARPNESS = (0.1, 10.0)  # above 0: recalibrating keeps the order of what is likely


@dataclass(frozen=True)
class Verdict:
    """What a loss of shares asks for.

    Attributes
    ----------
    code, advice : str
    facts : dict          question; found and expected in nats
    """

    code: str
    advice: str
    facts: Mapping[str, float | str]


def share_verdicts(
    metrics: Iterable[Metric], fold: Fold, figures: Iterable[Figure], previous: bool
) -> Iterator[Verdict]:
    """What is off, of each question answered by shares.

    Parameters
    ----------
    metrics : of the task
    figures : of the fold, with intervals and what training showed
    previous : whether another version served before this one
    """
    told = {one.metric: one for one in figures}
    for metric in metrics:
        counts = fold.truth.get(metric.truth)
        if metric.name not in told or metric.name != f"{metric.truth}{_ENDING}" or counts is None or counts.ndim != 2:
            continue
        given = [values for name, values in fold.answers.items() if name.startswith(metric.answer)]
        found = _verdict(told[metric.name], metric.truth, counts, np.stack(given, axis=1), previous)
        if found is not None:
            yield found


def _verdict(figure: Figure, question: str, counts: Array, shares: Array, previous: bool) -> Verdict | None:
    happened = counts.sum(axis=1) > 0
    counts, shares = counts[happened], shares[happened]
    mix = (counts / counts.sum(axis=1, keepdims=True)).mean(axis=0)
    one_mix = float(row_losses(counts, np.broadcast_to(mix, shares.shape)).mean())
    facts: dict[str, float | str] = {"question": question, "found": figure.found}
    if figure.low > one_mix:
        return Verdict("worse_than_one_mix", ROLL_BACK if previous else RETRAIN, {**facts, "expected": one_mix})
    error = np.sqrt(2) * (figure.high - figure.low) / _WIDTH  # training's own figure is as uncertain
    most = figure.expected + _ERRORS * float(error)
    if not figure.found > most:
        return None
    facts["expected"] = figure.expected
    promised = -(shares * np.log(np.clip(shares, _TINY, 1.0))).sum(axis=1)
    beyond = row_losses(counts, shares) - promised
    if beyond.mean() <= _ERRORS * beyond.std(ddof=1) / np.sqrt(len(beyond)):
        return Verdict("shares_less_certain", WAIT, {**facts, "promised": float(promised.mean())})
    if (mended := _recalibrated_loss(counts, shares)) <= most:
        return Verdict("shares_not_calibrated", RECALIBRATE, {**facts, "mended": mended})
    return Verdict("shares_lose_more", RETRAIN, {**facts, "mended": mended})


def _recalibrated_loss(counts: Array, shares: Array) -> float:
    """The least loss that one level a kind and one sharpness for all of them leave."""
    logs = np.log(np.clip(shares, _TINY, 1.0))
    own = counts / counts.sum(axis=1, keepdims=True)

    def loss(given: Array) -> float:
        return float(-(own * log_softmax(given[0] * logs + given[1:], axis=1)).sum(axis=1).mean())

    kinds = shares.shape[1]
    found = minimize(loss, np.r_[1.0, np.zeros(kinds)], bounds=[_SHARPNESS, *[(None, None)] * kinds])
    return float(found.fun)
