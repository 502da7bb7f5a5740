"""How likely a person answers a message on each contact channel; few sends lean on the channel's mean."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.release import Head
from training.boosting import boost, select
from training.dataset import Dataset
from training.regression import Regression, regress
from training.rungs import GRADIENT_BOOSTING, OUTCOMES_TO_BOOST, OUTCOMES_TO_REGRESS, Heads
from training.target import Target

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_RIDGE = 20.0
_PLAIN = ("response_rate_365d", "open_rate_365d", "click_rate_365d", "conversion_rate_365d")
_LOGS = ("days_since_response", "sends_since_response", "messages_90d", "days_since_order")


@dataclass(frozen=True)
class Contact:
    """One contact channel's outcomes.

    Attributes
    ----------
    counts : array (n, 2)     messages sent in the horizon, and how many a person answered
    """

    channel: str
    counts: Array

    @property
    def name(self) -> str:
        """The answer's name."""
        return f"contact_{self.channel}"

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers' names: one."""
        return (self.name,)

    @property
    def target(self) -> Target:
        """As something a regression and a booster can learn."""
        return Target(self.name, self.name, "logit", 0, "", "", {"objective": "binary"})

    @property
    def outcome(self) -> Array:
        """Share of the messages answered; NaN where none was sent."""
        sent, answered = self.counts.T
        return np.where(sent > 0, answered / np.maximum(sent, 1), np.nan)

    def inputs(self, data: Dataset) -> list[str]:
        """The columns a regression looks at, those of them that the shop has."""
        own = f"{self.channel}_response_rate_365d"
        return [name for name in (own, *_PLAIN, *_LOGS) if name in data.names]

    def may_boost(self, rows: Mask) -> bool:
        """Whether there are enough messages answered and not."""
        sent, answered = self.counts[rows].sum(axis=0)
        return bool(min(answered, sent - answered) >= OUTCOMES_TO_BOOST)


def select_inputs(contact: Contact, data: Dataset, rows: Mask, allowed: set[str], threads: int) -> set[str]:
    """The inputs that gain most on top of the regression."""
    row, truth, weight = _expanded(contact, rows)
    start = _scores(_regressed(contact, data, rows), data)[row]
    return select(
        data.inputs[row], data.names, truth, start, {"objective": "binary"}, allowed, threads=threads, weight=weight
    )


def fit_contact(contact: Contact, rung: str, data: Dataset, rows: Mask, selected: set[str], threads: int) -> Heads:
    """The channel's head on one rung: the channel's mean and a few rates, small trees on top where they earn it."""
    found = _regressed(contact, data, rows)
    head = Head(contact.name, "logit", terms=found.terms, intercept=found.intercept)
    if rung != GRADIENT_BOOSTING:
        return Heads((head,), {})
    row, truth, weight = _expanded(contact, rows)
    file = f"{contact.name}.txt"
    start = _scores(found, data)[row]
    objective = {"objective": "binary"}
    text = boost(data.inputs[row], data.names, truth, start, objective, selected, threads=threads, weight=weight)
    return Heads((Head(**{**vars(head), "booster": file}),), {file: text})


def _regressed(contact: Contact, data: Dataset, rows: Mask) -> Regression:
    sent, answered = contact.counts[rows].sum(axis=0)
    if min(answered, sent - answered) < OUTCOMES_TO_REGRESS:
        rate = (answered + 1) / (sent + 10)
        return Regression(float(np.log(rate / (1 - rate))), ())
    row, truth, weight = _expanded(contact, rows)
    names = contact.inputs(data)
    columns = {name: data.column(name)[row] for name in names}
    return regress(contact.target, truth, columns, _LOGS, _RIDGE, weight=weight)


def _scores(found: Regression, data: Dataset) -> Array:
    columns = {term.feature: data.column(term.feature) for term in found.terms}
    return found.score(columns) if columns else np.full(len(data.inputs), found.intercept)


def _expanded(contact: Contact, rows: Mask) -> tuple[NDArray[np.intp], Array, Array]:
    """A row for the messages answered and one for those that were not, weighted by how many they are."""
    sent, answered = contact.counts.T
    yes, no = np.flatnonzero(rows & (answered > 0)), np.flatnonzero(rows & (sent > answered))
    row = np.concatenate([yes, no])
    truth = np.concatenate([np.ones(len(yes)), np.zeros(len(no))])
    return row, truth, np.concatenate([answered[yes], (sent - answered)[no]])
