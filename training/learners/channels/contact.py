"""How likely a person answers a message on each contact channel; few sends are shrunk to the segment and the shop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.safe_names import safe
from scoring.derived.shrinkage import smoothed_rate
from scoring.release import Head, Term
from training.data.dataset import Dataset
from training.learners.boosting import boost, select
from training.learners.channels import contact_prior
from training.learners.channels.send_weights import send_weights
from training.learners.model_kinds import GRADIENT_BOOSTING, OUTCOMES_TO_BOOST, OUTCOMES_TO_REGRESS, RULES, Heads
from training.learners.regression import Regression, regress
from training.learners.target import Target

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SHOP_RATE = "shop_rate"  # one rate for everybody; the other kinds are those of orders
_RIDGE = 20.0
_PLAIN = (
    *("open_rate_365d", "click_rate_365d", "conversion_rate_365d"),
    *("online_share_365d", "age", "acquired_online"),
)
_ODDS = "contact_odds_"
_OWN, _OTHERS = "own", "others"
_TOUCHED, _ORDERED = "_touch_share_365d", "_orders_365d"
_LOGS = ("messages_90d", "days_since_order")


@dataclass(frozen=True)
class ContactModel:
    """One contact channel's outcomes.

    Attributes
    ----------
    counts : array (n, 2)     messages sent in the horizon, and how many a person answered
    drawn : array (n, 2)      how many of the sent have a logged propensity, and the sum of its inverse
    homes : tuple of str      the sales channels that orders tell, names made safe, most frequent first
    """

    channel: str
    counts: Array
    drawn: Array
    homes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The answer's name."""
        return f"contact_{self.channel}"

    @property
    def safe(self) -> str:
        """The channel's name as it stands in columns."""
        return safe(self.channel)

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
        """The derived columns of the customer's own rate."""
        return (f"{_ODDS}{self.safe}", *([f"contact_shrunk_{self.safe}"] if self.homes else []))

    def inputs(self, data: Dataset) -> list[str]:
        """The columns a regression looks at, those of them that the shop has; other channels' rates among them."""
        own = [name for name in data.names if name.startswith(_ODDS) or name.endswith(_TOUCHED)]
        return [*own, *(name for name in (*_PLAIN, *_LOGS) if name in data.names)]

    def may_boost(self, rows: Mask) -> bool:
        """Whether there are enough messages answered and not."""
        sent, answered = self.counts[rows].sum(axis=0)
        return bool(min(answered, sent - answered) >= OUTCOMES_TO_BOOST)


def select_inputs(contact: ContactModel, data: Dataset, rows: Mask, allowed: set[str], threads: int) -> set[str]:
    """The inputs that gain most on top of the regression."""
    row, truth, weight = _expanded(contact, rows)
    start = _scores(_regressed(contact, data, rows), data)[row]
    return select(
        data.inputs[row], data.names, truth, start, {"objective": "binary"}, allowed, threads=threads, weight=weight
    )


def priors(
    contact: ContactModel, data: Dataset, rows: Mask, at: datetime, shop: Mapping[datetime, float]
) -> dict[datetime, dict[str, float]]:
    """What the channel's derived columns are shrunk to, as known at each cutoff; at `at` as at the newest one."""
    return contact_prior.priors(contact.safe, contact.counts, data, rows, at, contact.homes, shop)


def rule_of(contacts: Sequence[ContactModel], data: Dataset, rows: Mask) -> Regression | None:
    """How much the own rate on a channel tells, and how much those on the others, the same for every channel.

    One weight for all channels: they are set beside one another, and what differs by chance would choose among them.

    Returns
    -------
    Regression of the own log-odds and the mean of the others'; None where one channel or too few outcomes are all
    """
    sent, answered = sum(one.counts[rows].sum(axis=0) for one in contacts) if contacts else (0.0, 0.0)
    if len(contacts) < 2 or min(answered, sent - answered) < OUTCOMES_TO_REGRESS:
        return None
    odds = np.stack([data.column(one.derived[-1]) for one in contacts], axis=1)
    parts = [(place, *_expanded(one, rows)) for place, one in enumerate(contacts)]
    own = np.concatenate([odds[row, place] for place, row, _, _ in parts])
    others = np.concatenate([_mean_of_others(odds[row], place) for place, row, _, _ in parts])
    truth, weight = (np.concatenate([part[i] for part in parts]) for i in (2, 3))
    columns = {_OWN: own, _OTHERS: others}
    return regress(contacts[0].target, truth, columns, (), _RIDGE, signs={_OWN: 1}, weight=weight)


def _mean_of_others(odds: Array, place: int) -> Array:
    mean: Array = np.delete(odds, place, axis=1).mean(axis=1)
    return mean


def fit_contact(
    contact: ContactModel,
    model_kind: str,
    data: Dataset,
    rows: Mask,
    selected: set[str],
    threads: int,
    rule: Head | None = None,
    settings: Mapping[str, float] | None = None,
) -> Heads:
    """The channel's head of one kind.

    The channel's rate for everybody, own rates by one rule for all, regression, or small trees on top of that,
    with a user's own `settings` where there are any.
    """
    if model_kind == SHOP_RATE:
        return Heads((Head(contact.name, "logit", intercept=_mean_odds(contact, rows)),), {})
    if model_kind == RULES:
        return Heads((rule or _own(contact),), {})
    found = _regressed(contact, data, rows)
    head = Head(contact.name, "logit", terms=found.terms, intercept=found.intercept)
    if model_kind != GRADIENT_BOOSTING:
        return Heads((head,), {})
    row, truth, weight = _expanded(contact, rows)
    file = f"contact_{contact.safe}.txt"
    start = _scores(found, data)[row]
    text = boost(
        data.inputs[row],
        data.names,
        truth,
        start,
        {"objective": "binary"},
        selected,
        threads=threads,
        weight=weight,
        settings=settings,
    )
    return Heads((replace(head, booster=file),), {file: text})


def ruled(contact: ContactModel, contacts: Sequence[ContactModel], rule: Regression | None) -> Head:
    """The head of a channel by the rule for all."""
    if rule is None or _OWN not in {term.feature for term in rule.terms}:
        return _own(contact)
    peers = [one for one in contacts if one is not contact]
    terms: list[Term] = []
    for term in rule.terms:
        asked = [contact] if term.feature == _OWN else peers
        terms += [Term(one.derived[-1], term.weight / len(asked), term.centre) for one in asked]
    return Head(contact.name, "logit", terms=tuple(terms), intercept=rule.intercept)


def _own(contact: ContactModel) -> Head:
    """The customer's own log-odds, shrunk to the closest group there is."""
    return Head(contact.name, "logit", terms=(Term(contact.derived[-1], 1.0),))


def _mean_odds(contact: ContactModel, rows: Mask) -> float:
    sent, answered = contact.counts[rows].sum(axis=0)
    rate = smoothed_rate(sent, answered)
    return float(np.log(rate / (1 - rate)))


def _regressed(contact: ContactModel, data: Dataset, rows: Mask) -> Regression:
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


def _expanded(contact: ContactModel, rows: Mask) -> tuple[NDArray[np.intp], Array, Array]:
    """A row for the messages answered and one for those that were not, weighted by how many they are and how likely."""
    sent, answered = contact.counts.T
    yes, no = np.flatnonzero(rows & (answered > 0)), np.flatnonzero(rows & (sent > answered))
    row = np.concatenate([yes, no])
    truth = np.concatenate([np.ones(len(yes)), np.zeros(len(no))])
    each = np.ones(len(sent))
    each[rows] = send_weights(sent[rows], *contact.drawn[rows].T)
    return row, truth, np.concatenate([answered[yes], (sent - answered)[no]]) * each[row]
