"""Regressions on a few features, written as the additive terms a head is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import PoissonRegressor, TweedieRegressor

from scoring.release import Term
from training.learners.target import Target

Array = NDArray[np.float64]

_ITERATIONS = 1000
_STEPS = 50
_TOLERANCE = 1e-9
_POWER = 1.5  # of Tweedie's variance


@dataclass(frozen=True)
class Regression:
    """intercept + Σ terms, on the scale of the target's link."""

    intercept: float
    terms: tuple[Term, ...]

    def score(self, columns: Mapping[str, Array]) -> Array:
        """The linear score of rows given as columns; as scoring.scorer adds terms."""
        result = np.full(len(next(iter(columns.values()))), self.intercept)
        for term in self.terms:
            x = scaled(columns[term.feature], term.log)
            result += term.weight * np.where(np.isnan(x), 0.0, x - term.centre)
        return result


@dataclass(frozen=True)
class Prior:
    """Outcomes expected by another model, which count as `rows` further rows, spread over all of them."""

    expected: Array
    rows: float


def regress(
    target: Target,
    truth: Array,
    columns: Mapping[str, Array],
    logs: Sequence[str],
    ridge: float,
    signs: Mapping[str, int] | None = None,
    weight: Array | None = None,
    prior: Prior | None = None,
    offset: Array | None = None,
) -> Regression:
    """Fit a regression for a target.

    Parameters
    ----------
    target : Target
    truth : array (n,)              outcomes; amounts are divided by their mean while fitting
    columns : mapping of arrays     the features, NaN where missing
    logs : sequence of str          those taken as log(1 + value)
    ridge : float                   weight of the penalty on standardised weights, in rows
    signs : mapping, optional       feature → +1 or −1, the only sign its weight may have; one that would take
                                    the other is left out
    weight : array (n,), optional   of the rows
    prior : Prior, optional       what is expected of the rows before any outcome is seen
    offset : array (n,), optional   what each row's score has besides, known beforehand

    Returns
    -------
    Regression
    """
    unit = float(truth.mean()) if target.link == "log" else 1.0
    if truth.min() == truth.max() or unit <= 0:
        return Regression(_constant(target, truth), ())
    columns = dict(columns)
    offset = np.zeros(len(truth)) if offset is None else offset
    if prior is not None:
        truth, weight = _shrunk(truth, weight, prior)
    while True:
        found = _fitted(target, truth / unit, columns, logs, ridge, weight, offset)
        wrong = [term.feature for term in found.terms if term.weight * (signs or {}).get(term.feature, 0) < 0]
        if not wrong:
            return Regression(found.intercept + float(np.log(unit)), found.terms)
        for name in wrong:
            del columns[name]
        if not columns:
            return Regression(_constant(target, truth), ())


def _fitted(
    target: Target,
    truth: Array,
    columns: Mapping[str, Array],
    logs: Sequence[str],
    ridge: float,
    weight: Array | None,
    offset: Array,
) -> Regression:
    centres, widths, plain = {}, {}, []
    for name, values in columns.items():
        x = scaled(values, name in logs)
        known = x[~np.isnan(x)]
        centres[name] = float(known.mean()) if len(known) else 0.0
        widths[name] = float(known.std()) or 1.0 if len(known) else 1.0
        plain.append(np.where(np.isnan(x), 0.0, x - centres[name]) / widths[name])
    design = np.stack(plain, axis=1)
    intercept, slopes = _weights(target, design, truth, weight, offset, ridge)
    terms = tuple(
        Term(name, float(weight) / widths[name], centres[name], name in logs)
        for name, weight in zip(columns, slopes, strict=True)
    )
    return Regression(intercept, terms)


def _shrunk(truth: Array, weight: Array | None, prior: Prior) -> tuple[Array, Array]:
    """Outcomes moved towards what was expected, and the rows' weights with the further rows among them.

    A generalised linear model sees of its outcomes their mean alone, so a row that was seen and one that was
    expected are as good as one row in between with the weight of both.
    """
    seen = np.ones(len(truth)) if weight is None else weight
    prior_weight = prior.rows / len(truth)
    return (seen * truth + prior_weight * prior.expected) / (seen + prior_weight), seen + prior_weight


def scaled(values: Array, log: bool) -> Array:
    """Values, or log(1 + value) with negatives counted as 0."""
    x: Array = np.log1p(np.maximum(values, 0.0)) if log else values
    return x


def _constant(target: Target, truth: Array) -> float:
    """The score of everyone's mean, kept off the ends where the link has no value."""
    mean = (truth.sum() + 0.5) / (len(truth) + 1)
    return float(np.log(mean / (1 - mean))) if target.link == "logit" else float(np.log(max(mean, 1e-6)))


def _weights(
    target: Target, design: Array, truth: Array, weight: Array | None, offset: Array, ridge: float
) -> tuple[float, Array]:
    """Intercept and slopes. A log link's offset is an exposure: outcome ÷ exposure, weighed by it."""
    seen = np.ones(len(truth)) if weight is None else weight
    if target.link == "logit":
        return _logistic(design, truth, seen, offset, ridge)
    exposure = np.exp(offset)
    poisson = target.objective["objective"] == "poisson"
    fitted = _estimator(poisson, ridge, len(truth)).fit(
        design, truth / exposure, sample_weight=seen * (exposure if poisson else exposure ** (2 - _POWER))
    )
    return float(fitted.intercept_), np.asarray(fitted.coef_)


def _logistic(design: Array, truth: Array, weight: Array, offset: Array, ridge: float) -> tuple[float, Array]:
    """Newton's steps for a logistic regression with offsets and a ridge on all but the intercept; truth in [0, 1]."""
    whole = np.column_stack([np.ones(len(truth)), design])
    stiff = np.diag([0.0, *[ridge] * design.shape[1]])
    mean = float((weight * truth).sum() / weight.sum())
    theta = np.zeros(whole.shape[1])
    theta[0] = np.log(mean / (1 - mean)) - float((weight * offset).sum() / weight.sum())
    for _ in range(_STEPS):
        p = expit(whole @ theta + offset)
        gradient = whole.T @ (weight * (truth - p)) - stiff @ theta
        step = np.linalg.solve((whole * (weight * p * (1 - p))[:, None]).T @ whole + stiff, gradient)
        theta = theta + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _TOLERANCE:
            break
    return float(theta[0]), theta[1:]


def _estimator(poisson: bool, ridge: float, rows: int) -> Any:
    if poisson:
        return PoissonRegressor(alpha=ridge / rows, solver="newton-cholesky", max_iter=_ITERATIONS)
    return TweedieRegressor(
        power=_POWER, link="log", alpha=ridge / rows, solver="newton-cholesky", max_iter=_ITERATIONS
    )
