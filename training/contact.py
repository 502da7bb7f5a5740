"""How likely a person answers a message on each contact channel; few sends lean on the channel's mean."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from serving.derived import CONTACT_CHANNELS, LEAN, sends_and_answers
from serving.release import Head, Term
from training.boosting import boost, select
from training.dataset import Dataset
from training.regression import Regression, regress
from training.rungs import GRADIENT_BOOSTING, OUTCOMES_TO_BOOST, OUTCOMES_TO_REGRESS, RULES, Heads
from training.target import Target

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_RIDGE = 20.0
_PLAIN = (
    *("open_rate_365d", "click_rate_365d", "conversion_rate_365d"),
    *("online_share_365d", "app_share_365d", "age", "acquired_online"),
    *(
        f"{channel}_touch_share_365d"
        for channel in ("web", "app", "mini_program", "store", "social", "community", "live")
    ),
)
_LOGS = ("messages_90d", "days_since_order")
# The level of the horizon to that of the year: answers still under way are not in it, and campaigns differ.
_FACTORS = (0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 2.0)


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

    @property
    def derived(self) -> tuple[str, ...]:
        """The derived column of the customer's own rate; none for a channel the catalogue does not count."""
        return (f"contact_odds_{self.channel}",) if self.channel in CONTACT_CHANNELS else ()

    def inputs(self, data: Dataset) -> list[str]:
        """The columns a regression looks at, those of them that the shop has; other channels' rates among them."""
        odds = [f"contact_odds_{channel}" for channel in CONTACT_CHANNELS]
        return [name for name in (*odds, *_PLAIN, *_LOGS) if name in data.names]

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


def leaning(contact: Contact, data: Dataset, rows: Mask, at: datetime) -> dict[datetime, dict[str, float]]:
    """The channel's mean rate of answers among the customers active at each cutoff, as known then.

    What a customer leans on is that rate times the factor under which the outcomes of `rows` are likeliest. At `at` it
    is that of the newest cutoff.
    """
    found = {}
    for cutoff in data.spine.cutoffs:
        sends, answered = _past(contact, data, data.at(cutoff))
        found[cutoff] = float((answered.sum() + 1) / (sends.sum() + LEAN))
    moments = data.spine.rows["cutoff"].to_numpy()[rows]
    mean = np.empty(len(moments))
    for cutoff, rate in found.items():
        mean[moments == np.datetime64(cutoff, "us")] = rate
    sends, answered = _past(contact, data, rows)
    counts = contact.counts[rows]

    def loss(factor: float) -> float:
        rate = np.clip((answered + LEAN * factor * mean) / (sends + LEAN), 1e-6, 1 - 1e-6)
        return -float((counts[:, 1] * np.log(rate) + (counts[:, 0] - counts[:, 1]) * np.log1p(-rate)).sum())

    factor = min(_FACTORS, key=loss)
    found.setdefault(at, found[max(cutoff for cutoff in found if cutoff <= at)])
    return {cutoff: {f"contact_mean_{contact.channel}": factor * rate} for cutoff, rate in found.items()}


def _past(contact: Contact, data: Dataset, rows: Mask) -> tuple[Array, Array]:
    """Messages of the year before, and how many were answered, from the catalogue's smoothed rate."""
    sent, rate = (data.column(f"{contact.channel}_{name}_365d")[rows] for name in ("messages", "response_rate"))
    return sends_and_answers(sent, rate)


def fit_contact(contact: Contact, rung: str, data: Dataset, rows: Mask, selected: set[str], threads: int) -> Heads:
    """The channel's head on one rung: own rate leaning on the channel's, regression, or small trees on top of it."""
    if rung == RULES:
        return Heads((_own(contact, rows),), {})
    found = _regressed(contact, data, rows)
    head = Head(contact.name, "logit", terms=found.terms, intercept=found.intercept)
    if rung != GRADIENT_BOOSTING:
        return Heads((head,), {})
    row, truth, weight = _expanded(contact, rows)
    file = f"{contact.name}.txt"
    start = _scores(found, data)[row]
    objective = {"objective": "binary"}
    text = boost(data.inputs[row], data.names, truth, start, objective, selected, threads=threads, weight=weight)
    return Heads((replace(head, booster=file),), {file: text})


def _own(contact: Contact, rows: Mask) -> Head:
    """The customer's own log-odds as they are; the channel's mean where there is no such column."""
    if contact.derived:
        return Head(contact.name, "logit", terms=(Term(contact.derived[0], 1.0),))
    return Head(contact.name, "logit", intercept=_mean_odds(contact, rows))


def _mean_odds(contact: Contact, rows: Mask) -> float:
    sent, answered = contact.counts[rows].sum(axis=0)
    rate = (answered + 1) / (sent + LEAN)
    return float(np.log(rate / (1 - rate)))


def _regressed(contact: Contact, data: Dataset, rows: Mask) -> Regression:
    sent, answered = contact.counts[rows].sum(axis=0)
    if min(answered, sent - answered) < OUTCOMES_TO_REGRESS:
        return Regression(_mean_odds(contact, rows), ())
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
