"""The kinds of model: rules, buy-till-you-die, gradient boosting. Each learns the same heads in its own way."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import rankdata

from features.feature import FeatureColumn
from scoring.release import Head, Steps
from training.learners.boosting import OVERLAP, ROUNDS, boost, select, with_silence
from training.learners.regression import Prior, Regression, regress
from training.learners.step_table import looked_up, moved, table_of
from training.learners.target import CHURN, Target

Array = NDArray[np.float64]
Matrix = NDArray[np.float32]

RULES, BUY_TILL_YOU_DIE, GRADIENT_BOOSTING = "rules", "buy_till_you_die", "gradient_boosting"
REGRESSION = "regression"  # where there is no model of orders to start from: contact, and a shop's own questions

OUTCOMES_TO_BOOST = 500  # of each class, counted once a horizon: fewer leave boosting guessing
OUTCOMES_TO_REGRESS = 30  # of messages, which a sender chose; of orders fewer do
_OUTCOMES_OF_ORDERS = 10
# in outcomes; a customer's rows at cutoffs closer than the horizon share them, so that rows count for less
_PSEUDO = 5.0
_RIDGE = 5.0
_PRIOR_ROWS = 125.0
_OVERDUE = "overdue_spreads"
_TABLE = "table"  # as an input of the regression; no column is called so


@dataclass(frozen=True)
class Levels:
    """The level of the horizons that rows were followed over.

    Attributes
    ----------
    weights : dict       answer → by series, what its score moves by when the level's logarithm rises by one
    offsets : dict       answer → array (n,): what the level of a row's own horizon adds to its score
    """

    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    offsets: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Learner:
    """Rows to learn from, as inputs by name.

    Attributes
    ----------
    names : tuple of str, k
    inputs : array (n, k), float32
    labels : dict of arrays (n,)
    pace : dict             recency, tenure, frequency and money, as `pace_columns` names them
    selected : dict         answer → inputs its booster may split on
    rounds : dict           answer → number of trees, where the folds have told
    overlap : float         rows of a customer that share one outcome, ≥ 1: 4 at weekly cutoffs and a horizon of 28 days
    settings : dict         of boosting, where they are not the default's
    levels : Levels         so that the level of a period is not learnt as its customers' doing
    grown : dict            label → head and booster's text that broad boosting learnt of the same rows and inputs
        before, for another task; it adds its own
    """

    names: tuple[str, ...]
    inputs: Matrix
    labels: Mapping[str, Array]
    pace: Mapping[str, str]
    selected: Mapping[str, set[str]] = field(default_factory=dict)
    rounds: Mapping[str, int] = field(default_factory=dict)
    threads: int = 1
    overlap: float = OVERLAP
    settings: Mapping[str, float] = field(default_factory=dict)
    levels: Levels = Levels()
    grown: dict[str, tuple[Head, str]] = field(default_factory=dict)

    def offset(self, target: Target) -> Array:
        """What the level of a row's horizon adds to a target's score; array (n,)."""
        found = self.levels.offsets.get(target.answer)
        return np.zeros(len(self.inputs)) if found is None else found

    def columns(self, names: Sequence[str]) -> dict[str, Array]:
        """Some inputs by name, float64."""
        return {name: self.inputs[:, self.names.index(name)].astype(np.float64) for name in names}


@dataclass(frozen=True)
class Heads:
    """Fitted heads, not yet calibrated, and the boosters' texts by file name."""

    heads: tuple[Head, ...]
    boosters: Mapping[str, str]


def pace_columns(columns: Sequence[FeatureColumn], active_within_days: int, horizon_days: int) -> dict[str, str]:
    """The columns that say most everywhere.

    Returns
    -------
    dict       days_since_order and days_since_first_order; shopping_days and spend over the window nearest to
               active_within; recent_shopping_days and recent_spend over the shorter one nearest to the horizon;
               overdue, by how many of the own gaps' spreads the silence is beyond them
    """
    found = {stem: stem for stem in ("days_since_order", "days_since_first_order")}
    for stem in ("shopping_days", "spend"):
        windows = {column.days: column.name for column in columns if column.feature.name == stem and column.days}
        long = _nearest(windows, active_within_days)
        found[stem] = windows[long]
        shorter = [days for days in windows if days < long]
        if shorter:
            found[f"recent_{stem}"] = windows[_nearest(shorter, horizon_days)]
    overdue = {column.days: column.name for column in columns if column.feature.name == _OVERDUE and column.days}
    if overdue:
        found["overdue"] = overdue[_nearest(overdue, active_within_days)]
    return found


def _nearest(windows: Iterable[int], days: int) -> int:
    return min(windows, key=lambda one: abs(math.log(one / days)))


def open_kinds(labels: Mapping[str, Array], target: Target = CHURN) -> dict[str, str]:
    """Which kinds of model the data allow.

    Parameters
    ----------
    labels : dict of arrays (n,)   of rows at cutoffs one horizon apart, so that no outcome counts twice
    target : Target                the answer to learn; one without an outlook is not about orders alone, and learnt by
                                   regression where buy-till-you-die would stand

    Returns
    -------
    dict       kind → "" if it is open, else what is missing, in a sentence
    """
    happened = int(labels[target.label].sum())
    other = len(labels[target.label]) - happened
    fewest = min(happened, other)
    missing = f"there are {happened} outcomes that answer yes and {other} that answer no"
    if target.outlook:
        missing = f"there are {other} outcomes with an order and {happened} without"
    return {
        RULES: "",
        BUY_TILL_YOU_DIE if target.outlook else REGRESSION: (
            f"{missing}; {_OUTCOMES_OF_ORDERS} of each are needed" if fewest < _OUTCOMES_OF_ORDERS else ""
        ),
        GRADIENT_BOOSTING: (f"{missing}; {OUTCOMES_TO_BOOST} of each are needed" if fewest < OUTCOMES_TO_BOOST else ""),
    }


def fit_heads(model_kind: str, targets: Sequence[Target], learner: Learner) -> Heads:
    """Learn every target's head with one kind of model."""
    heads, boosters = [], {}
    for target in targets:
        if model_kind == RULES:
            heads.append(_rule(target, learner))
            continue
        head = start = _regressed(target, learner)
        if model_kind == GRADIENT_BOOSTING and target.truth(learner.labels).any():
            file = f"{target.answer}.txt"
            boosters[file] = _boosted(target, learner, start)
            head = replace(head, booster=file)
        heads.append(head)
    level = learner.levels.weights
    return Heads(tuple(replace(head, level=dict(level.get(head.name, {}))) for head in heads), boosters)


def select_inputs(targets: Sequence[Target], learner: Learner, allowed: set[str]) -> dict[str, set[str]]:
    """The inputs each target's booster gains most from, on top of its regression; none where every outcome is 0."""
    return {
        target.answer: select(
            learner.inputs,
            learner.names,
            target.truth(learner.labels),
            _score(_regressed(target, learner), learner) + learner.offset(target),
            dict(target.objective),
            allowed,
            threads=learner.threads,
            overlap=learner.overlap,
        )
        if target.truth(learner.labels).any()
        else set()
        for target in targets
    }


def inputs_of_kind(model_kind: str, targets: Sequence[Target], pace: Mapping[str, str]) -> set[str]:
    """The inputs that rules and regressions look at."""
    if model_kind == RULES:
        return {pace[target.simple] for target in targets}
    return {*pace.values(), *(target.outlook for target in targets)}


def _rule(target: Target, learner: Learner) -> Head:
    table = _table(target, learner)
    return Head(target.answer, target.link, steps=(moved(table, table.missing),), intercept=table.missing)


def _table(target: Target, learner: Learner) -> Steps:
    """The table of the one feature that says most, each step shrunk to the mean of all."""
    name = learner.pace[target.simple]
    truth, values = target.truth(learner.labels), learner.columns([name])[name]
    rises = target.silence > 0 if target.simple == "days_since_order" else target.silence < 0
    if not target.silence:
        rises = _rises(truth, values)
    pseudo = _PSEUDO * learner.overlap
    return table_of(target, truth, name, values, rises=rises, pseudo=pseudo, offset=learner.offset(target))


def _rises(truth: Array, values: Array) -> bool:
    """Whether outcomes are more frequent among the larger values: where nobody has said so, the rows do."""
    known = ~np.isnan(values)
    return bool(((truth[known] - truth[known].mean()) * rankdata(values[known])).sum() > 0)


def _regressed(target: Target, learner: Learner) -> Head:
    """What buy-till-you-die expects, corrected by recency, frequency, money and rhythm, and by the table of the rules.

    The table follows what no straight line does: a subscriber is due on a day, and gone some days later; whoever buys
    most does not go on growing. Without buy-till-you-die (nobody had come back by the first cutoff) it is the
    corrections alone. Tenure is left to buy-till-you-die: in a history that begins for everyone at once it only tells
    the cutoff, and a straight line through it runs away at later ones.
    """
    pace = [name for stem, name in learner.pace.items() if stem != "days_since_first_order"]
    outlook = [target.outlook] if target.outlook in learner.names else []
    names = [*outlook, *pace]
    logs = [*pace, *(outlook if target.link == "log" else [])]
    signs = {name: target.silence * with_silence(name) for name in names} | {_TABLE: 1}
    table, columns = _table(target, learner), learner.columns(names)
    columns[_TABLE] = looked_up(table, columns[table.feature])
    truth, ridge = target.truth(learner.labels), _RIDGE * learner.overlap
    offset = learner.offset(target)
    found = regress(target, truth, columns, logs, ridge, signs, prior=_prior(target, learner), offset=offset)
    terms = tuple(term for term in found.terms if term.feature != _TABLE)
    steps = tuple(moved(table, term.centre, term.weight) for term in found.terms if term.feature == _TABLE)
    return Head(target.answer, target.link, steps=steps, terms=terms, intercept=found.intercept)


def _prior(target: Target, learner: Learner) -> Prior | None:
    """Buy-till-you-die's own answers: few outcomes correct them a little, many as much as they say."""
    if target.outlook not in learner.names:
        return None
    outlook = learner.columns([target.outlook])[target.outlook]
    offset = learner.offset(target)
    logit = target.link == "logit"  # an outlook is log-odds of silence there, a count or an amount elsewhere
    outlook = expit(target.silence * outlook + offset) if logit else outlook * np.exp(offset)
    return Prior(np.nan_to_num(outlook), _PRIOR_ROWS * learner.overlap)


def _boosted(target: Target, learner: Learner, start: Head) -> str:
    return boost(
        learner.inputs,
        learner.names,
        target.truth(learner.labels),
        _score(start, learner) + learner.offset(target),
        dict(target.objective),
        learner.selected[target.answer],
        rounds=learner.rounds.get(target.answer, ROUNDS),
        silence=target.silence if target.link == "logit" else 0,
        threads=learner.threads,
        overlap=learner.overlap,
        settings=learner.settings,
    )


def _score(start: Head, learner: Learner) -> Array:
    columns = learner.columns([one.feature for one in start.addends])
    score = np.full(len(learner.inputs), start.intercept)
    for term in start.terms:
        score += Regression(0.0, (term,)).score(columns)
    for table in start.steps:
        score += looked_up(table, columns[table.feature])
    return score
