"""The folds replayed in time: each is calibrated as earlier folds had shown by its cutoff to be of use, then judged."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.clocks import add_days, parse_date
from scoring.level import ORDERS, VALUE, PeriodLevel
from scoring.release import Model, Spread
from scoring.scorer import Scorer
from training.backtest.context import Context, FoldFit, answers_of, calibrated_model
from training.backtest.groups import customer_groups
from training.data.cutoffs import FoldPlan
from training.evaluation.figures import differences, figures, slices, summary
from training.evaluation.folds import Evaluation, Fold, Slice
from training.evaluation.metrics.metric import Metric
from training.learners.calibration import Affine, calibrated
from training.learners.model_kinds import Learner
from training.learners.target import Target

Array = NDArray[np.float64]
Seen = tuple[Mapping[str, Array], Mapping[str, Array]]  # answers, and the labels known by then

_EXPLAINED = 2_000  # customers whose effects are averaged
_PSEUDO_FOLDS = 2
_MOST_MISSED = 0.7  # a factor of two
_FEWEST_GAINS = 2  # folds that tell whether a calibration helps: one has one period's luck
_BEYOND_CHANCE = 1.645  # standard errors: one outcome in twenty gains as much by luck


def replay(
    context: Context, model_kind: str, targets: Sequence[Target], trials: Sequence[FoldFit], final: FoldFit
) -> tuple[list[Fold], Model]:
    """Judge every fold as it would have been at its time; calibrate the final model by all of them.

    Returns
    -------
    folds : list of Fold
    model : Model
    """
    folds = context.plan.folds
    answers: list[dict[str, Array]] = []
    for number, (fold, trial) in enumerate(zip(folds, trials, strict=True)):
        known = [i for i in range(number) if _over_by(context, i, fold)]
        calibration = _calibration(context, targets, trials, known)
        seen = [_seen(context, folds[i], answers[i], fold) for i in known]
        spreads = _spreads(context, seen or [_in_sample(context, trial, calibration, fold)])
        model = calibrated_model(trial.model, calibration, spreads)
        answers.append(answers_of(context, model, trial.data, trial.data.at(fold.cutoff)))
    calibration = _calibration(context, targets, trials, range(len(folds)))
    seen = [_seen(context, fold, given, None) for fold, given in zip(folds, answers, strict=True)]
    spreads = _spreads(context, seen or [_in_sample(context, final, calibration, None)])
    judged = _beside_the_same([_fold(context, fold, given) for fold, given in zip(folds, answers, strict=True)])
    model = calibrated_model(final.model, calibration, spreads)
    return judged, widened(model, unexplained(judged, [trial.model.level for trial in trials]))


def unexplained(folds: Sequence[Fold], levels: Sequence[PeriodLevel | None]) -> dict[str, float]:
    """By how much the folds' totals missed beyond what their levels' spreads said: standard deviation by series.

    A few folds tell little of a spread: as if two more had missed by no more than was said.
    """
    misses: dict[str, list[float]] = {ORDERS: [], VALUE: []}
    for fold, level in zip(folds, levels, strict=True):
        if level is None or "expected_spend" not in fold.answers:
            return {}
        days = _miss(fold.truth["days"], fold.answers["expected_shopping_days"])
        money = _miss(fold.truth["spend"], fold.answers["expected_spend"]) - days
        for series, miss in ((ORDERS, days), (VALUE, money)):
            misses[series].append(miss**2 - level.spreads.get(series, 0.0) ** 2)
    return {series: float(max(sum(own), 0.0) / (len(own) + _PSEUDO_FOLDS)) ** 0.5 for series, own in misses.items()}


def widened(model: Model, missed: Mapping[str, float]) -> Model:
    """The model with the spread of its own level, and of those the night finds, widened by what the folds missed."""
    if model.level is None or not missed:
        return model
    return replace(model, level=model.level.widened(missed), unexplained=missed)


def _miss(truth: Array, expected: Array) -> float:
    """Logarithm of actual ÷ predicted, held to what one period may be off by."""
    if not truth.any():
        return 0.0
    return float(np.clip(np.log(truth.sum() / max(float(expected.sum()), 1e-9)), -_MOST_MISSED, _MOST_MISSED))


def evaluated(
    context: Context,
    folds: Sequence[Fold],
    model: Model,
    losses: Mapping[str, float],
    closed: Mapping[str, str],
) -> Evaluation:
    """The folds' figures beside each baseline's."""
    of = context.task.metrics
    own = summary(folds, lambda fold: fold.answers, of)
    names = tuple(folds[0].baselines) if folds else ()
    beside = {name: summary(folds, partial(_baseline, name), of) for name in names}
    groups = [customer_groups(context, parse_date(fold.cutoff)) for fold in folds]
    return Evaluation(
        metrics={metric.name: own[metric.name] for metric in of if metric.name in own},
        baseline_metrics=beside,
        differences=differences(folds, of, context.drawn),
        folds=tuple(replace(fold, groups=group) for fold, group in zip(folds, groups, strict=True)),
        importance=importance(context, model),
        slices=_sliced(context, folds, groups),
        model_kinds=losses,
        closed=closed,
    )


def _sliced(
    context: Context, folds: Sequence[Fold], groups: Sequence[Mapping[str, NDArray[np.str_]]]
) -> tuple[Slice, ...]:
    """Calibration by group, where the main answer is a probability."""
    main = context.task.main
    return slices(folds, groups, main.label, main.answer) if folds and main and main.link == "logit" else ()


def _baseline(name: str, fold: Fold) -> Mapping[str, Array] | None:
    return fold.baselines.get(name)


def importance(context: Context, model: Model) -> dict[str, float]:
    """Share of an input in what moves the first answer between customers at the newest training cutoff.

    How far its effects lie from their mean, on average: a tree's gain would leave out what reaches the answer beside
    the trees. Shares of several kinds have no such effects; for them it is the gain.
    """
    if model.heads[0].link == "softmax":
        return _gain(model)
    rows = np.flatnonzero(context.data.at(context.plan.training[-1]))[:_EXPLAINED]
    explained = Scorer([model], context.data.references).reasons(context.data.features[rows], model.task)
    spread = np.abs(explained.effects - explained.effects.mean(axis=0)).mean(axis=0)
    return _largest_first(dict(zip(explained.features, spread.tolist(), strict=True)))


def _gain(model: Model) -> dict[str, float]:
    booster = model.boosters[model.heads[0].booster] if model.heads[0].booster else None
    gain = booster.feature_importance("gain").tolist() if booster else [0.0] * len(model.inputs)
    return _largest_first(dict(zip(model.inputs, gain, strict=True)))


def _largest_first(sizes: Mapping[str, float]) -> dict[str, float]:
    total = sum(sizes.values()) or 1.0
    return {name: size / total for name, size in sorted(sizes.items(), key=lambda one: -one[1]) if size > 0}


def _calibration(
    context: Context, targets: Sequence[Target], trials: Sequence[FoldFit], known: Sequence[int]
) -> dict[str, Affine]:
    """A map a head, from the folds that are known; none where such a map made no fold after them better."""
    found = {}
    for target in targets:
        if _of_use(context, target, trials, known):
            found[target.answer] = _affine(context, target, trials, known)
    return found


def _of_use(context: Context, target: Target, trials: Sequence[FoldFit], known: Sequence[int]) -> bool:
    """Whether maps learnt from earlier folds lower the loss of later ones, beyond what chance gains.

    By more than the folds' gains scatter, and by more than their customers may gain by luck: two folds alone can gain
    alike where there is nothing to mend.
    """
    gains = []
    for place, later in enumerate(known):
        earlier = [i for i in known[:place] if _over_by(context, i, context.plan.folds[later])]
        if not earlier:
            continue
        truth, score = _outcomes(context, target, trials, later)
        affine = _affine(context, target, trials, earlier)
        mapped = affine.intercept + affine.slope * score
        gains.append(_loss(target, truth, score) - _loss(target, truth, mapped))
    if len(gains) < _FEWEST_GAINS:
        return False
    means = np.array([one.mean() for one in gains])
    by_folds = means.std(ddof=1) / np.sqrt(len(gains))
    by_customers = np.sqrt(sum(one.var() / len(one) for one in gains)) / len(gains)
    return bool(means.mean() > max(by_folds, _BEYOND_CHANCE * by_customers))


def _affine(context: Context, target: Target, trials: Sequence[FoldFit], known: Sequence[int]) -> Affine:
    parts = [_outcomes(context, target, trials, i) for i in known]
    truth, score = (np.concatenate(one) for one in zip(*parts, strict=True))
    periods = np.repeat(known, [len(one) for one, _ in parts])
    return calibrated(truth, score, target.link, periods=periods)


def _outcomes(context: Context, target: Target, trials: Sequence[FoldFit], fold: int) -> tuple[Array, Array]:
    """Truth and score of a fold's rows."""
    labels = context.labels_at(context.data.at(context.plan.folds[fold].cutoff))
    return target.truth(labels), trials[fold].scores[target.answer]


def _loss(target: Target, truth: Array, score: Array) -> Array:
    return target.loss(truth, expit(score) if target.link == "logit" else np.exp(score))


def _over_by(context: Context, past: int, fold: FoldPlan) -> bool:
    """Whether a fold's outcomes were over at another's cutoff."""
    return add_days(context.plan.folds[past].cutoff, context.plan.gap_days) <= fold.cutoff


def _seen(context: Context, past: FoldPlan, answers: Mapping[str, Array], now: FoldPlan | None) -> Seen:
    """What a past fold answered, and what had come of it by the cutoff of `now`."""
    by = now.cutoff if now else context.until
    return answers, context.labels_at(context.data.at(past.cutoff), by)


def _in_sample(context: Context, trial: FoldFit, calibration: Mapping[str, Affine], now: FoldPlan | None) -> Seen:
    """The newest rows a trial was trained on: the second best where no fold has been judged yet."""
    newest = now.training[-1] if now else context.plan.training[-1]
    model = calibrated_model(trial.model, calibration, {})
    rows = trial.data.at(newest)
    by = now.cutoff if now else context.until
    return answers_of(context, model, trial.data, rows), context.labels_at(rows, by)


def _spreads(context: Context, seen: Sequence[Seen]) -> dict[str, Spread]:
    if context.task.spreads is None:
        return {}
    leveled = [_at_level(given, known) for given, known in seen]
    answers = {name: np.concatenate([one[name] for one in leveled]) for name in leveled[0]}
    labels = {name: np.concatenate([one[name] for _, one in seen]) for name in seen[0][1]}
    return context.task.spreads(answers, labels, context.horizon_days)


def _at_level(answers: Mapping[str, Array], labels: Mapping[str, Array]) -> dict[str, Array]:
    """Expected spend at the level the period turned out to have: a level's uncertainty is told apart from scatter."""
    ratio = (labels["spend"].sum() + 1e-9) / (answers["expected_spend"].sum() + 1e-9)
    return {**answers, "expected_spend": answers["expected_spend"] * float(np.clip(ratio, 0.2, 5.0))}


def _fold(context: Context, fold: FoldPlan, answers: Mapping[str, Array]) -> Fold:
    rows = context.data.at(fold.cutoff)
    truth = context.labels_at(rows)
    baselines = _baselines(context, fold)
    past = context.data.column(context.yearly_spend)[rows]
    found = judged_fold(context, fold, truth, answers, baselines, context.task.metrics)
    return replace(found, past_spend=np.maximum(np.nan_to_num(past), 0.0))


def judged_fold(
    context: Context,
    fold: FoldPlan,
    truth: Mapping[str, Array],
    answers: Mapping[str, Array],
    baselines: Mapping[str, Mapping[str, Array]],
    metrics: Sequence[Metric],
) -> Fold:
    """The rows of a fold's cutoff, with what was answered for them and the figures of all answers."""
    return Fold(
        cutoff=f"{fold.cutoff:%Y-%m-%d}",
        trained_to=f"{fold.training[-1]:%Y-%m-%d}",
        customers=context.data.customers[context.data.at(fold.cutoff)],
        truth=truth,
        answers=answers,
        baselines=baselines,
        metrics=figures(truth, answers, metrics),
        baseline_metrics={name: figures(truth, given, metrics) for name, given in baselines.items()},
    )


def _baselines(context: Context, fold: FoldPlan) -> Mapping[str, Mapping[str, Array]]:
    """The baselines of a fold, fitted once for all kinds of model that are judged beside them."""
    key = context.task.name, fold.cutoff
    if context.task.baselines and key not in context.beside:
        data, train, test = context.data, context.training_rows(fold), context.data.at(fold.cutoff)
        labels = context.labels_at(train)
        learner = Learner(
            data.names, data.inputs[train], labels, context.pace, threads=context.threads, overlap=context.overlap(fold)
        )
        ahead = Learner(data.names, data.inputs[test], {}, context.pace)
        context.beside[key] = context.task.baselines(context, learner, ahead)
    return context.beside.get(key, {})


def _beside_the_same(folds: Sequence[Fold]) -> list[Fold]:
    """The folds with the baselines that all of them have: the oldest may have too few outcomes for one."""
    names = [name for name in folds[0].baselines if all(name in fold.baselines for fold in folds)] if folds else []
    return [
        replace(
            fold,
            baselines={name: fold.baselines[name] for name in names},
            baseline_metrics={name: fold.baseline_metrics[name] for name in names},
        )
        for fold in folds
    ]
