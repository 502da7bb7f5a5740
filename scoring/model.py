"""What a fitted model is, as plain frozen values: what it was asked, what it was fed, how it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import lightgbm as lgb

from scoring.derived.derived import derivations
from scoring.derived.shrinkage import Derived
from scoring.level import NONE, Habit, PeriodLevel


@dataclass(frozen=True)
class FeatureRef:
    """A built feature a model needs: its name and the fingerprint of its declaration."""

    name: str
    fingerprint: str


@dataclass(frozen=True)
class Term:
    """One addend of an additive score: `weight × (x − centre)`, x = log(1 + value) where `log`.

    A missing value counts as the centre, so its effect is 0.
    """

    feature: str
    weight: float
    centre: float = 0.0
    log: bool = False


@dataclass(frozen=True)
class Steps:
    """A table of one feature: the score is `values[i]`, i = how many edges are ≤ the feature's value.

    `missing` is the score of a missing value.
    """

    feature: str
    edges: tuple[float, ...]
    values: tuple[float, ...]
    missing: float


@dataclass(frozen=True)
class Head:
    """One answer of a model: answer = inverse link (intercept + slope × score + the level's shift).

    The score is a booster's raw score, a weighted sum of several boosters', or the sum of terms and steps. For the link
    `softmax` it is one score a kind, a booster's raw score plus the logarithm of the derived columns `offsets`.

    Attributes
    ----------
    link : "logit" (a probability), "log" (a positive amount), "softmax" (shares that add up to 1) or "plain" (a number
        of any sign, with a low and a high one by its spread)
    parts : (booster, weight) of a weighted sum
    kinds : the answers of a softmax head, named `<name>_<kind>`; empty otherwise
    level : series of the period's level → by how much the score moves when its logarithm rises by one; alike for all
    """

    name: str
    link: str
    booster: str | None = None
    terms: tuple[Term, ...] = ()
    steps: tuple[Steps, ...] = ()
    intercept: float = 0.0
    slope: float = 1.0
    kinds: tuple[str, ...] = ()
    offsets: tuple[str, ...] = ()
    parts: tuple[tuple[str, float], ...] = ()
    level: Mapping[str, float] = field(default_factory=dict)

    @property
    def boosters(self) -> tuple[str, ...]:
        """File names of the boosters it needs."""
        return (*((self.booster,) if self.booster else ()), *(name for name, _ in self.parts))

    @property
    def addends(self) -> "tuple[Term | Steps, ...]":
        """Everything but the booster that adds to the score."""
        return (*self.terms, *self.steps)


@dataclass(frozen=True)
class Spread:
    """How outcomes scatter around a point forecast: one distribution for each group of customers.

    Group g of a customer is how many `edges` are ≤ the grouping answer. `values[g][i]` belongs to
    `levels[i]`: for spend a quantile level and spend ÷ expected spend of those who order, for the next
    order a day and P(order by then) ÷ P(order within the horizon), which passes 1 beyond the horizon.
    """

    by: str
    edges: tuple[float, ...]
    levels: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Model:
    """A fitted answer that remembers what it was asked and fed.

    Attributes
    ----------
    model_kind : such as "rules", "buy_till_you_die", "gradient_boosting" or "broad_boosting"
    until : the day (ISO) from which on no row was seen; `cutoffs` are the training cutoffs before it
    features : the built columns, in the order of the boosters' inputs; `derived` follow them
    parameters : constants fitted on data before `until`, which the derived columns need
    percentiles : 101 ascending quantiles of the first answer over the customers active at the newest training cutoff
    unproven : answers for which nothing that was tried passed the gate. All heads: the simplest rule stands in
    level : of the horizon from `until`; what another period is scored with the night finds out
    habits : series → how its level moves, by which the night does so
    unexplained : series → standard deviation by which totals of the folds missed beyond what their levels' spreads said
    lag_days : how late orders usually arrive: as many days before a cutoff do not tell a level yet
    boosters : the loaded boosters by file name; not part of model.json
    """

    task: str
    shop: str
    model_kind: str
    horizon_days: int
    active_within_days: int
    until: str
    data_from: str
    cutoffs: tuple[str, ...]
    features: tuple[FeatureRef, ...]
    derived: tuple[str, ...]
    parameters: Mapping[str, float]
    heads: tuple[Head, ...]
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    percentiles: tuple[float, ...] = ()
    level: PeriodLevel | None = None
    habits: Mapping[str, tuple[Habit, ...]] = field(default_factory=dict)
    unexplained: Mapping[str, float] = field(default_factory=dict)
    lag_days: int = 0
    git_commit: str = ""
    created_at: str = ""
    unproven: tuple[str, ...] = ()
    boosters: Mapping[str, lgb.Booster] = field(default_factory=dict, compare=False, repr=False)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The boosters' inputs in order: built columns, then derived ones."""
        return (*(feature.name for feature in self.features), *self.derived)

    @cached_property
    def derivations(self) -> tuple[Derived, ...]:
        """How the derived columns are made, with the model's parameters."""
        return derivations(self.derived, self.parameters)

    @property
    def kind_told(self) -> str:
        """The kind of model as files, answers and pages name it, with what stands in unproven."""
        if not self.unproven:
            return self.model_kind
        all_of_it = set(self.unproven) >= {head.name for head in self.heads}
        return f"{self.model_kind} (unproven{'' if all_of_it else ': ' + ', '.join(self.unproven)})"

    @property
    def season_learnt(self) -> str:
        """What season its level rests on: "none", "last_year" or "calendar"."""
        return self.level.season if self.level else NONE
