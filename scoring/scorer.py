"""The one place that turns a feature matrix into answers: for evaluation, the nightly batch and a call."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from scoring.derived.derived import derive, needed_columns
from scoring.errors import ReleaseError
from scoring.forecast import days_until_order, probability_by_day, spend_quantiles, widened
from scoring.level import ORDERS, PeriodLevel
from scoring.reasons.effects import PathEffects, path_effects
from scoring.release import FeatureRef, Head, Model, Spread, Steps, Term

Array = NDArray[np.float64]
Matrix = NDArray[np.float32]

CHURN = "churn_probability"
ORDER = "order_probability"
QUANTILES = (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))
LEVEL = "period_level"  # as a reason: how many times as much as usual the shop sells in the horizon
_CHUNK = 16_384  # rows: large enough to keep LightGBM busy, small enough for a modest machine


@dataclass(frozen=True)
class Reasons:
    """Why customers got their churn probability, in log-odds.

    logit(probability) = baseline + the sum of a row of `effects`.

    Attributes
    ----------
    features : names, in the order of the columns of `effects`
    values, effects : arrays (n, k)
    """

    baseline: float
    features: tuple[str, ...]
    values: Array
    effects: Array

    def of(self, row: int) -> list[tuple[str, float, float]]:
        """All effects of a row that are not zero, as (feature, value, effect)."""
        effects = self.effects[row]
        return [(self.features[i], float(self.values[row, i]), float(effects[i])) for i in np.flatnonzero(effects)]

    def top(self, row: int, count: int = 3) -> tuple[list[tuple[str, float, float]], float]:
        """The `count` largest effects of a row as (feature, value, effect), and the sum of the others."""
        effects = self.effects[row]
        largest = np.argsort(-np.abs(effects), kind="stable")[:count]
        reasons = [(self.features[i], float(self.values[row, i]), float(effects[i])) for i in largest]
        return reasons, float(effects.sum() - effects[largest].sum())


class Scorer:
    """Answers of all of a release's models from one matrix of built columns.

    Parameters
    ----------
    models : the models; one a task
    columns : the matrix's columns; every model's features must be among them, with equal fingerprints
    threads : LightGBM's threads for batches; one row always takes one
    level : of the horizon that is asked about; that of each model's own `until` where none is given

    Raises
    ------
    ReleaseError   if a model was trained on features that are not the ones given
    """

    def __init__(
        self,
        models: Iterable[Model],
        columns: Sequence[FeatureRef],
        *,
        threads: int = 1,
        level: PeriodLevel | None = None,
    ) -> None:
        self._models = {model.task: _at_level(model, level) for model in models}
        self._takes = {task: _positions(model, columns) for task, model in self._models.items()}
        self._threads = threads
        self._paths: dict[str, PathEffects] = {}

    def answers(self, matrix: Matrix) -> dict[str, Array]:
        """Score rows.

        Parameters
        ----------
        matrix : array (n, k), float32     built columns; NaN is a missing value

        Returns
        -------
        dict of arrays (n,), named as the score columns of the data contract. Quantiles of the next order
        are days after the cutoff (0 is the cutoff's own day), NaN beyond twice the horizon.
        """
        parts = [self._chunk(matrix[at : at + _CHUNK]) for at in range(0, max(len(matrix), 1), _CHUNK)]
        if len(parts) == 1:
            return parts[0]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def probability_by_day(self, answers: Mapping[str, Array]) -> Array:
        """P(an order by the end of day d), d = 0 … twice the horizon − 1, from rows' `answers`; (n, days)."""
        return probability_by_day(answers, self._models["next_purchase"].spreads["next_order"])

    def reasons(self, matrix: Matrix, task: str = "churn") -> Reasons:
        """Effects of every input on the task's first answer, on the scale of its link."""
        model = self._models[task]
        inputs = self._inputs(model, matrix)
        self.prepare_reasons(task)
        return _effects(model, inputs, self._paths.get(task), self._threads_for(inputs))

    def prepare_reasons(self, task: str = "churn") -> None:
        """Make the tables `reasons` reads, which take tenths of a second, now rather than at the first call."""
        model = self._models[task]
        if task not in self._paths and model.heads[0].booster:
            self._paths[task] = path_effects(model.boosters[model.heads[0].booster])

    def _chunk(self, matrix: Matrix) -> dict[str, Array]:
        answers: dict[str, Array] = {}
        for model in self._models.values():
            inputs = self._inputs(model, matrix)
            for head in model.heads:
                if head.name != ORDER or "churn" not in self._models:
                    answers.update(_answer(model, head, inputs, self._threads_for(inputs)))
        return _composed(answers, self._models.get("next_purchase"))

    def _inputs(self, model: Model, matrix: Matrix) -> Matrix:
        return model_inputs(model, matrix[:, self._takes[model.task]])

    def _threads_for(self, inputs: Matrix) -> int:
        return 1 if len(inputs) == 1 else self._threads


def _at_level(model: Model, level: PeriodLevel | None) -> Model:
    """The model at the level of the horizon that is asked about, quantiles of spend as wide as that is uncertain."""
    level = level or model.level
    weights = next((head.level for head in model.heads if head.name == "expected_spend"), {})
    if level is None or "spend" not in model.spreads:
        return replace(model, level=level)
    spend = widened(model.spreads["spend"], level.spread(weights))
    return replace(model, level=level, spreads={**model.spreads, "spend": spend})


def model_inputs(model: Model, features: Matrix) -> Matrix:
    """The boosters' inputs: the model's built columns in order, then its derived ones; float32."""
    if not model.derived:
        return np.ascontiguousarray(features)
    names = [feature.name for feature in model.features]
    needed = needed_columns(model.derivations)
    columns = {name: features[:, names.index(name)].astype(np.float64) for name in needed}
    derived = derive(model.derivations, columns, model.parameters)
    return np.concatenate([features, derived.astype(np.float32)], axis=1)


def _positions(model: Model, columns: Sequence[FeatureRef]) -> NDArray[np.intp]:
    given = {column.name: (i, column.fingerprint) for i, column in enumerate(columns)}
    for feature in model.features:
        _check(model, feature, given.get(feature.name, (0, ""))[1])
    return np.array([given[feature.name][0] for feature in model.features], dtype=np.intp)


def _check(model: Model, feature: FeatureRef, fingerprint: str) -> None:
    if not fingerprint:
        raise ReleaseError(f"Model {model.task} needs {feature.name}, not among the columns given.")
    if fingerprint != feature.fingerprint:
        raise ReleaseError(
            f"Model {model.task} was trained with {feature.name}@{feature.fingerprint[:6]}, "
            f"this service has {feature.name}@{fingerprint[:6]}.\n"
            f"Retrain {model.task}, or deploy the release that trained it "
            f"(git {model.git_commit[:7] or 'unknown'})."
        )


def _answer(model: Model, head: Head, inputs: Matrix, threads: int) -> Iterator[tuple[str, Array]]:
    score = linear_score(model, head, inputs, threads)
    if head.link == "plain":
        yield from _bounded(head.name, score, model.spreads[head.name])
    elif head.link == "logit":
        yield head.name, expit(score)
    elif head.link == "log":
        yield head.name, np.exp(score)
    else:
        for i, name in enumerate(head.offsets):
            score[:, i] += np.log(inputs[:, model.inputs.index(name)].astype(np.float64))
        shares = np.exp(score - score.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        yield from ((f"{head.name}_{kind}", shares[:, i]) for i, kind in enumerate(head.kinds))


def _bounded(name: str, told: Array, spread: Spread) -> Iterator[tuple[str, Array]]:
    """A number with a low and a high one, by the group of rows that are told alike."""
    group = np.searchsorted(np.array(spread.edges), told, side="right")
    low, high = np.array(spread.values)[group].T
    yield name, told
    yield f"{name}_low", np.minimum(low, told)
    yield f"{name}_high", np.maximum(high, told)


def linear_score(model: Model, head: Head, inputs: Matrix, threads: int) -> Array:
    """A head's score on the scale of its link: calibrated, and moved by the period's level."""
    return head.intercept + head.slope * head_score(model, head, inputs, threads) + level_shift(model, head)


def level_shift(model: Model, head: Head) -> float:
    """By how much the period's level moves a head's score, alike for all."""
    return model.level.shift(head.level) if model.level else 0.0


def head_score(model: Model, head: Head, inputs: Matrix, threads: int) -> Array:
    """A head's score before calibration: (n,), or (n, kinds) for softmax."""
    width = (len(head.kinds),) if head.kinds else ()
    score = np.zeros((len(inputs), *width))
    if head.booster:
        raw = model.boosters[head.booster].predict(inputs, raw_score=True, num_threads=threads)
        score += np.asarray(raw, dtype=np.float64)
    for name, weight in head.parts:
        score += weight * np.asarray(model.boosters[name].predict(inputs, raw_score=True, num_threads=threads))
    for one in head.addends:
        score += addend(one, inputs[:, model.inputs.index(one.feature)].astype(np.float64))
    return score


def addend(one: Term | Steps, values: Array) -> Array:
    """What a term or steps add to a score, of a feature's values; 0 or its own score where a value is missing."""
    if isinstance(one, Steps):
        step = np.searchsorted(one.edges, values, side="right")  # NaN sorts last, replaced below
        return np.where(np.isnan(values), one.missing, np.asarray(one.values)[step])
    x = np.log1p(np.maximum(values, 0.0)) if one.log else values
    return one.weight * np.where(np.isnan(x), 0.0, x - one.centre)


def _effects(model: Model, inputs: Matrix, paths: PathEffects | None, threads: int) -> Reasons:
    head = model.heads[0]
    effects = np.zeros(inputs.shape)
    baseline = head.intercept
    if paths is not None:
        effects += head.slope * paths.of(inputs, threads)
        baseline += head.slope * paths.baseline
    for one in head.addends:
        i = model.inputs.index(one.feature)
        effects[:, i] += head.slope * addend(one, inputs[:, i].astype(np.float64))
    names, values = model.inputs, inputs.astype(np.float64)
    if head.level and model.level:
        names = (*names, LEVEL)
        values = np.column_stack([values, np.full(len(inputs), np.exp(model.level.shift({ORDERS: 1.0})))])
        effects = np.column_stack([effects, np.full(len(inputs), level_shift(model, head))])
    return Reasons(baseline, names, values, effects)


def _composed(answers: dict[str, Array], next_purchase: Model | None) -> dict[str, Array]:
    """Make the models' answers agree with one another, and add what follows from several of them."""
    if CHURN in answers:
        answers[ORDER] = 1 - answers[CHURN]
    if next_purchase is None:
        return answers
    days = answers["expected_shopping_days"]
    answers["expected_shopping_days"] = np.maximum(days, answers[ORDER])
    levels = [level for _, level in QUANTILES]
    if "spend" in next_purchase.spreads:
        spend = spend_quantiles(answers, next_purchase.spreads["spend"], levels)
        answers |= {f"spend_{name}": spend[:, i] for i, (name, _) in enumerate(QUANTILES)}
    if "next_order" in next_purchase.spreads:
        order = days_until_order(answers, next_purchase.spreads["next_order"], levels)
        answers |= {f"next_order_{name}": order[:, i] for i, (name, _) in enumerate(QUANTILES)}
    return answers
