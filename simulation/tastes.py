"""Through which channels a person likes to buy, to look around and to be reached."""

from dataclasses import dataclass

import numpy as np

from simulation.dice import Bools, Floats, Ints, deal, happens, sigmoid, softmax
from simulation.people import People
from simulation.words import CONTACT_CHANNELS, PURCHASE_CHANNELS

# One row an age group (below 30, below 55, older), one column a channel.
_PURCHASE = np.array([[0.1, 0.9, 0.6, 0.0, 0.1], [0.5, 0.4, 0.3, 0.8, -0.8], [0.3, -0.9, -0.2, 1.5, -1.2]])
_BROWSE_EXTRA = np.array([[0.9, 0.3], [0.2, -0.2], [-0.9, 0.0]])
_CONTACT = np.array([[-3.6, -3.4, -2.3, -2.5], [-2.7, -2.9, -2.9, -2.7], [-2.5, -2.0, -3.8, -3.2]])
# How a purchase channel's share of a person carries over to the channel that reaches them.
_CARRIES = np.array(
    [
        [2.2, -0.6, -0.6, -0.6],
        [-0.8, -0.6, 2.4, -0.2],
        [-0.6, -0.6, -0.2, 2.4],
        [-0.2, 1.8, -0.8, -0.4],
        [-0.4, -0.2, 0.8, 0.8],
    ]
)
PURCHASE_SPREAD = 1.2
CONTACT_SPREAD = 0.35
SWITCH_SHARE = 0.15
DEVICE_SHARES = (0.55, 0.10, 0.35)  # phone, tablet, desktop


@dataclass(frozen=True)
class Tastes:
    """Channel affinities.

    Attributes
    ----------
    purchase : array, shape (n, 2, 5)   shares of the purchase channels before and after the person's switch
    switch_week : array, shape (n,)     when they move to other channels; beyond the end for most
    browse : array, shape (n, 7)        shares of visits
    contact : array, shape (n, 4)       log-odds of a click on an ordinary message, no fatigue, usual mood
    reach : array, shape (n, 4)         whether an address, number, device or account is on file at all
    device : array, shape (n,)          what they visit the web with
    """

    purchase: Floats
    switch_week: Ints
    browse: Floats
    contact: Floats
    reach: Bools
    device: Ints

    def purchase_now(self, week: int) -> Floats:
        """Shares of the purchase channels in that week, shape (n, 5)."""
        after = week >= self.switch_week
        return np.where(after[:, None], self.purchase[:, 1], self.purchase[:, 0])


def age_group(age: Floats) -> Ints:
    """0 below 30, 1 below 55, 2 older."""
    return np.digitize(age, (30.0, 55.0))


def draw_tastes(rng: np.random.Generator, people: People, weeks: int) -> Tastes:
    """Throw the dice for everybody's channels; what reaches a person follows from age and from where they buy."""
    count, group = people.count, age_group(people.age)
    logits = _PURCHASE[group] + rng.normal(0.0, PURCHASE_SPREAD, (count, len(PURCHASE_CHANNELS)))
    moved = logits + rng.normal(0.0, 2.0, logits.shape)
    switch = np.where(happens(rng, np.full(count, SWITCH_SHARE)), rng.integers(0, weeks, count), weeks)
    extra = _BROWSE_EXTRA[group] + rng.normal(0.0, 0.8, (count, 2))
    purchase = np.stack([softmax(logits), softmax(moved)], axis=1)
    return Tastes(
        purchase=purchase,
        switch_week=switch,
        browse=softmax(np.hstack([0.8 * logits, extra])),
        contact=_contact(rng, purchase[:, 0], group),
        reach=_reach(rng, purchase[:, 0]),
        device=deal(rng, DEVICE_SHARES, count),
    )


def _contact(rng: np.random.Generator, purchase: Floats, group: Ints) -> Floats:
    own = rng.normal(0.0, CONTACT_SPREAD, (len(group), len(CONTACT_CHANNELS)))
    return np.asarray(_CONTACT[group] + (purchase - 0.2) @ _CARRIES + own)


def _reach(rng: np.random.Generator, purchase: Floats) -> Bools:
    app = sigmoid(-0.6 + 5.0 * purchase[:, PURCHASE_CHANNELS.index("app")])
    wechat = sigmoid(0.0 + 5.0 * purchase[:, PURCHASE_CHANNELS.index("mini_program")])
    chances = np.stack([np.full(len(app), 0.93), np.full(len(app), 0.88), app, wechat], axis=1)
    return happens(rng, chances)
