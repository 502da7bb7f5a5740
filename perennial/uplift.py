"""Effects of actions from any trial, shop or none: `perennial.uplift.fit` over a DataFrame.

from perennial import uplift

fitted = uplift.fit(features, action, outcome, propensity=0.5, cost={"voucher": 8.0})
fitted.verdict                      # what the data support, in words
fitted.predict(features)            # (action, effect | low | high)
fitted.policy(features, budget=500)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from decisions.allocation.allocate import allocate
from decisions.allocation.problem import Problem
from scoring.processors import threads
from training.evaluation.choices.policy_value import choices, policy_values, usual_policies
from training.evaluation.choices.qini import gain_curve
from training.learners.uplift import choice
from training.learners.uplift.frame import Encoding, encoding_of, frame_of, propensity_of
from training.learners.uplift.given import (
    actions_of,
    check_dealt,
    checked_features,
    groups_of_rows,
    outcome_of,
    same_rows,
)
from training.learners.uplift.learners import LEVEL
from training.learners.uplift.trial import (
    OUTER_SEED,
    Trial,
    checked,
    checked_values,
    estimated_propensity,
    expected,
    folds_of,
    robust_scores,
)
from training.task import TaskError

Propensity = float | ArrayLike | Mapping[str, float] | pd.DataFrame | None


@dataclass(frozen=True, repr=False)
class PolicyEvaluation:
    """How much the policy is worth, told from rows that were not learnt from.

    Attributes
    ----------
    values : DataFrame      policy × (ips, snips, dr; value, low, high): mean outcome a row, less costs
    gains : DataFrame       ours less each other policy, likewise
    curve : DataFrame       gain a row by the share treated, best first, with its interval
    qini : dict             area between that curve and chance: value, low, high
    groups : DataFrame      persuadable, sure, lost, do not disturb: rows and their mean effect
    """

    values: pd.DataFrame
    gains: pd.DataFrame
    curve: pd.DataFrame
    qini: dict[str, float]
    groups: pd.DataFrame

    def __repr__(self) -> str:
        return self.values["dr"].to_string(float_format="{:.4f}".format)


@dataclass(frozen=True, repr=False)
class FittedUplift:
    """What each action changes, for whom, and how that is known.

    Attributes
    ----------
    actions : tuple         the control first
    verdict : str           what the data support, in a sentence
    propensities : str      known or estimated
    """

    trial: Trial
    model: choice.UpliftModel
    encoding: Encoding
    propensities: str

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of the arms, the control first."""
        return self.trial.names

    @property
    def verdict(self) -> str:
        """What the data support, in words."""
        told = ", ".join(
            f"{name} {one.measured:+.4g} ({one.low:+.4g} to {one.high:+.4g})"
            for name, one in zip(self.actions[1:], self.model.means, strict=True)
        )
        said = {
            choice.NONE: "No effect: nothing stands out of the noise, so every effect is taken to be 0.",
            choice.MEAN: "A mean effect: it is not seen to differ between rows, so all are told the same.",
            choice.VARIES: "Effects that differ, in proportion to what is expected without them."
            if self.model.learned.kind == LEVEL
            else f"Effects that differ, by the {self.model.learned.kind} learner.",
        }[self.model.verdict]
        doubt = "" if self.propensities == "known" else " Propensities were estimated: what moved both deal and " \
            "outcome and is no feature would be taken for an effect."  # fmt: skip
        return f"{said} On average, with 95 % intervals: {told}.{doubt}"

    def __repr__(self) -> str:
        return self.verdict

    def predict(self, features: pd.DataFrame) -> pd.DataFrame:
        """What each action changes in a row's outcome, before costs.

        Returns
        -------
        DataFrame       columns (action, effect), (action, low), (action, high); low and high bound the mean effect of
                        the fifth of rows whose effects are told alike, with 95 % confidence; index as `features`
        """
        told = self.model.predict(self.encoding.matrix(features))
        columns = pd.MultiIndex.from_product([self.actions[1:], ("effect", "low", "high")], names=("action", None))
        return pd.DataFrame(told.reshape(len(told), -1), index=features.index, columns=columns)

    def policy(self, features: pd.DataFrame, budget: float | None = None) -> "pd.Series[str]":
        """The action worth most to each row after its cost; the control where none is worth anything.

        Parameters
        ----------
        budget : float, optional    most cost of all rows together

        Raises
        ------
        TaskError       if the budget is negative, or no action costs anything and so none can be bounded
        """
        effects = self.model.predict(self.encoding.matrix(features))[:, :, 0]
        cost = self.trial.cost[1:]
        if budget is None:
            chosen = choices(effects, self.trial.cost)
        else:
            if budget < 0 or not np.isfinite(budget):
                raise TaskError(f"budget {budget} is no amount. Give what all rows together may cost, 0 or more.")
            if not (cost > 0).any():
                raise TaskError("a budget bounds costs, and none was given. Fit with cost={'action': amount}.")
            values = np.where(effects > cost, effects - cost, -np.inf)
            costs = np.broadcast_to(cost, values.shape)
            shared = allocate(Problem(values.astype(np.float32), costs.astype(np.float32), float(budget), []))
            chosen = shared.choice.astype(np.int64) + 1
        return pd.Series(np.array(self.actions)[chosen], index=features.index, name="action")

    def evaluate(
        self,
        features: pd.DataFrame | None = None,
        action: Sequence[str] | ArrayLike | None = None,
        outcome: ArrayLike | None = None,
        propensity: Propensity = None,
    ) -> PolicyEvaluation:
        """Judge the policy on another trial; without one, on outer folds of its own, learnt anew for each.

        Raises
        ------
        TaskError       if a part of the other trial is missing, or it has other arms
        """
        if features is None:
            return _evaluation(self.trial, self.model.told, self.model.scores, self.model.outer, self.model.single)
        if action is None or outcome is None:
            raise TaskError("another trial has features, action and outcome; give all three, or none.")
        inputs = self.encoding.matrix(checked_features(features))
        same_rows(features, action=action, outcome=outcome, propensity=propensity)
        other, _ = _trial(inputs, action, outcome, propensity, self.trial.cost, self.actions, None)
        told = expected(checked_values(other), folds_of(other.groups, choice.OUTER), threads())
        effects = self.model.predict(inputs)
        means = np.array([one.shrunk for one in self.model.means]) * (self.model.verdict != choice.NONE)
        single = choices(np.broadcast_to(means, effects.shape[:2]), self.trial.cost)
        return _evaluation(other, told, robust_scores(other, told), effects, single)


def fit(
    features: pd.DataFrame,
    action: Sequence[str] | ArrayLike,
    outcome: ArrayLike,
    propensity: Propensity = None,
    cost: Mapping[str, float] | None = None,
    control: str = "control",
    groups: ArrayLike | None = None,
) -> FittedUplift:
    """Learn what actions change, from rows to which they were dealt.

    Parameters
    ----------
    features : DataFrame        known before the deal: numbers, true or false, categories or text
    action : (n,)               what each row was dealt; `control` where nothing
    outcome : (n,)              what came of it, whatever followed: money, or 0 and 1
    propensity : optional       probability of the row's own action: one number, one a row, a mapping or a table by
                                action; estimated from the features where it is not given, and said so
    cost : mapping, optional    action → cost of giving it to one row, in the outcome's unit
    control : str               the action that is nothing
    groups : (n,), optional     whose row it is, where customers have several

    Raises
    ------
    TaskError       if an arm is missing or too small, a value is missing, a propensity lies outside (0, 1] or cannot
                    have dealt these arms, or a Series has another index than the features

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> rows = pd.DataFrame({"silence": rng.uniform(0, 60, 400)})
    >>> dealt = rng.choice(["control", "call"], 400)
    >>> spent = rng.gamma(2.0, 10.0, 400) + 12 * (dealt == "call")
    >>> fitted = fit(rows, dealt, spent, propensity=0.5, cost={"call": 3.0})
    >>> fitted.policy(rows).value_counts().to_dict()
    {'call': 400}
    """
    encoding = encoding_of(checked_features(features))
    same_rows(features, action=action, outcome=outcome, propensity=propensity, groups=groups)
    names = _names(action, str(control))
    if not isinstance(cost, Mapping | None):
        raise TaskError(f"cost is {cost!r}. Name whose it is: cost={{'{names[1]}': amount}}.")
    unknown = sorted(set(cost or {}) - set(names))
    if unknown:
        raise TaskError(f"cost names '{unknown[0]}', which no row was dealt. Actions are {', '.join(names)}.")
    costs = np.array([float((cost or {}).get(name, 0.0)) for name in names])
    if costs[0] != 0 or not (np.isfinite(costs) & (costs >= 0)).all():
        raise TaskError("costs are amounts of 0 or more, and the control costs nothing.")
    inputs = encoding.matrix(features)
    trial, how = _trial(inputs, action, outcome, propensity, costs, names, groups)
    return FittedUplift(trial, choice.fit(checked(trial), threads()), encoding, how)


def _names(action: Any, control: str) -> tuple[str, ...]:
    told = sorted(set(actions_of(action)))
    if control not in told:
        raise TaskError(
            f"no row was dealt '{control}', so there is nothing to compare with. Name it: "
            f"control=…; dealt were {', '.join(told[:5]) or 'no rows'}."
        )
    if len(told) < 2:
        raise TaskError(f"every row was dealt '{control}', so no action's effect can be told.")
    return (control, *(one for one in told if one != control))


def _trial(
    inputs: NDArray[np.float32], action: Any, outcome: ArrayLike, propensity: Propensity,
    cost: NDArray[np.float64], names: tuple[str, ...], groups: ArrayLike | None,
) -> tuple[Trial, str]:  # fmt: skip
    dealt = actions_of(action)
    place = {name: i for i, name in enumerate(names)}
    strange = sorted(set(dealt) - set(place))
    if strange:
        raise TaskError(f"action '{strange[0]}' was not learnt about. Known are {', '.join(names)}.")
    ended, whose = outcome_of(outcome), groups_of_rows(groups, len(dealt))
    for what, values in (("action", dealt), ("outcome", ended), ("groups", whose)):
        if len(values) != len(inputs):
            raise TaskError(f"{what} has {len(values):,} entries, but features {len(inputs):,} rows. Give one a row.")
    at = np.array([place[one] for one in dealt], dtype=np.int64)
    known = propensity_of(propensity, names, at)
    how = "known" if known is not None else "estimated"
    if known is not None:
        check_dealt(known, at, names)
    else:
        known = estimated_propensity(inputs, at, len(names), folds_of(whose, choice.OUTER, OUTER_SEED))
    return Trial(inputs, at, ended, known, whose, names, cost), how


def _evaluation(
    trial: Trial, told: NDArray[np.float64], scores: NDArray[np.float64], effects: NDArray[np.float64],
    single: NDArray[np.int64],
) -> PolicyEvaluation:  # fmt: skip
    ours = choices(effects[:, :, 0], trial.cost)
    judged = policy_values(trial, told, usual_policies(trial, told, ours, single))
    curve = gain_curve(scores, trial.cost, effects[:, :, 0], trial.groups)
    drawn = {"share": curve.shares, "gain": curve.gain, "low": curve.low, "high": curve.high}
    return PolicyEvaluation(
        frame_of(judged.values), frame_of(judged.gains), pd.DataFrame(drawn),
        {"value": curve.qini.value, "low": curve.qini.low, "high": curve.qini.high},
        groups_of(effects, told, scores, ours),
    )  # fmt: skip


def groups_of(
    effects: NDArray[np.float64], told: NDArray[np.float64], scores: NDArray[np.float64], ours: NDArray[np.int64]
) -> pd.DataFrame:
    """Rows by what should be done.

    Persuadable: worth an action; do not disturb: even the best action harms rows like it, with 95 % confidence. Of the
    others those are sure whose outcome without anything is above the mean, and lost those whose is not.
    """
    rows = np.arange(len(effects))
    best = effects[:, :, 0].argmax(axis=1)
    sure = told[:, 0] > told[:, 0].mean()
    harmed = effects[rows, best, 2] < 0
    names = np.select([ours > 0, harmed, sure], ["persuadable", "do not disturb", "sure"], "lost")
    gained = scores[rows, best + 1] - scores[:, 0]
    frame = pd.DataFrame({"group": names, "told": effects[rows, best, 0], "measured": gained})
    found = frame.groupby("group").agg(rows=("told", "size"), told=("told", "mean"), measured=("measured", "mean"))
    return found.reindex(["persuadable", "sure", "lost", "do not disturb"]).fillna({"rows": 0}).astype({"rows": int})
