"""How many trees: the number that would have been best on the folds, each answer its own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from scoring.release import Head
from scoring.scorer import linear_score, model_inputs
from training.backtest.context import Context, FoldFit, model_of, uncalibrated
from training.data.cutoffs import FoldPlan
from training.learners.model_kinds import Heads
from training.learners.target import Target

Array = NDArray[np.float64]

CHOICES = (25, 50, 75, 100, 150, 200)


def best_rounds(context: Context, targets: Sequence[Target], trials: Sequence[FoldFit]) -> dict[str, int]:
    """Answer → the number of rounds with the least mean loss over the folds; fewer win a tie."""
    pairs = list(zip(context.plan.folds, trials, strict=True))
    losses = {
        target.answer: sum(losses_by_rounds(context, target, fold, trial) for fold, trial in pairs)
        for target in targets
    }
    return {answer: CHOICES[int(np.argmin(values))] for answer, values in losses.items()}


def losses_by_rounds(context: Context, target: Target, fold: FoldPlan, trial: FoldFit) -> Array:
    """Mean loss on the fold's rows with the first trees only, by CHOICES; the trial has all of them, or none."""
    rows = trial.data.at(fold.cutoff)
    inputs = model_inputs(trial.model, trial.data.features[rows])
    head = next(one for one in trial.model.heads if one.name == target.answer)
    truth = target.truth(context.labels_at(rows))
    losses = np.zeros(len(CHOICES))
    if head.booster is None:
        return losses
    for place, rounds in enumerate(CHOICES):
        score = _staged(context, trial, head, inputs, rounds)
        answer = expit(score) if target.link == "logit" else np.exp(score)
        losses[place] = target.loss(truth, answer).mean()
    return losses


def shortened(context: Context, trial: FoldFit, fold: FoldPlan, rounds: Mapping[str, int]) -> FoldFit:
    """The trial with the first trees of each booster only, scored anew on the fold's rows."""
    texts = {head.booster: rounds[head.name] for head in trial.heads.heads if head.booster}
    boosters = {
        name: str(lgb.Booster(model_str=text).model_to_string(num_iteration=texts[name]))
        for name, text in trial.heads.boosters.items()
    }
    heads = Heads(trial.heads.heads, boosters)
    model = model_of(context, trial.model.model_kind, trial.data, heads, fold.cutoff)
    scores = uncalibrated(context, model, trial.data, trial.data.at(fold.cutoff))
    return FoldFit(trial.data, heads, model, scores)


def _staged(context: Context, trial: FoldFit, head: Head, inputs: NDArray[np.float32], rounds: int) -> Array:
    """The head's score with the first trees only."""
    start = linear_score(trial.model, replace(head, booster=None), inputs, context.threads)
    booster = trial.model.boosters[str(head.booster)]
    trees = booster.predict(inputs, raw_score=True, num_iteration=rounds, num_threads=context.threads)
    staged: Array = start + head.slope * np.asarray(trees, dtype=np.float64)
    return staged
