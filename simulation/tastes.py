"""Through which channels a person likes to buy, to look around and to be reached."""

from dataclasses import dataclass

import numpy as np

from simulation.dice import Bools, Floats, Ints, deal, happens, sigmoid, softmax
from simulation.people import People
from simulation.words import CONTACT_CHANNELS, PURCHASE_CHANNELS

# One row an age group (below 30, below 55, older), one column a channel.
_PURCHASE = np.array([[0.1, 0.9, 0.6, 0.0, 0.1], [0.5, 0.4, 0.3, 0.8, -0.8], [0.3, -0.9, -0.2, 1.5, -1.2]])
_BROWSE_EXTRA = np.array([[0.9, 0.3], [0.2, -0.2], [-0.9, 0.0]])
_CONTACT = np.array([[-3.8, -3.7, -2.7, -2.9], [-3.1, -3.3, -3.3, -3.1], [-2.9, -2.5, -4.1, -3.6]])
# How a purchase channel's share of a person carries over to the channel that reaches them.
_CARRIES = np.array(
    [
        [3.8, -1.1, -1.1, -1.1],
        [-1.4, -1.1, 4.1, -0.3],
        [-1.1, -1.1, -0.3, 4.1],
        [-0.3, 3.2, -1.4, -0.6],
        [-0.6, -0.3, 1.4, 1.4],
    ]
)
# Who found the shop there goes on shopping there: one row a way of acquisition.
_BY_ACQUISITION = np.array(
    [
        [1.6, 0.0, -0.4, -0.8, 0.0],
        [-0.6, 0.2, 1.6, -0.8, 0.6],
        [-0.8, -0.8, -0.6, 1.8, -0.6],
        [0.0, 0.2, 0.9, 0.0, 0.0],
        [-0.2, 1.7, -0.2, -0.8, 0.2],
    ]
)
PURCHASE_SPREAD = 1.7
SWITCH_SHARE, SWITCH_SPREAD = 0.08, 2.0
CONTACT_SPREAD = 0.15
DEVICE_SHARES = (0.55, 0.10, 0.35)  # phone, tablet, desktop


@dataclass(frozen=True)
class Tastes:
    """Channel affinities, each before and after the person's switch to other channels.

    Attributes
    ----------
    switch_week : array, shape (n,)     when the switch comes; beyond the end for most
    purchase : array, shape (n, 2, 5)   shares of the purchase channels
    browse : array, shape (n, 2, 7)     shares of visits
    contact : array, shape (n, 2, 4)    log-odds of a click on an ordinary message, no fatigue, usual mood
    reach : array, shape (n, 4)         whether an address, number, device or account is on file at all
    device : array, shape (n,)          what they visit the web with
    """

    switch_week: Ints
    purchase: Floats
    browse: Floats
    contact: Floats
    reach: Bools
    device: Ints

    def now(self, affinity: Floats, week: int) -> Floats:
        """The one of an affinity's two states, shape (n, k), that holds in that week."""
        after = (week >= self.switch_week).astype(np.int64)
        return np.asarray(affinity[np.arange(len(after)), after])


def age_group(age: Floats) -> Ints:
    """0 below 30, 1 below 55, 2 older."""
    return np.digitize(age, (30.0, 55.0))


def draw_tastes(rng: np.random.Generator, people: People, weeks: int) -> Tastes:
    """Throw the dice for everybody's channels; what reaches a person follows from who they are and where they buy."""
    count, group = people.count, age_group(people.age)
    liking = _PURCHASE[group] + _BY_ACQUISITION[people.acquisition]
    first = liking + rng.normal(0.0, PURCHASE_SPREAD, (count, len(PURCHASE_CHANNELS)))
    logits = np.stack([first, first + rng.normal(0.0, SWITCH_SPREAD, first.shape)], axis=1)
    extra = np.stack([_BROWSE_EXTRA[group] + rng.normal(0.0, 0.8, (count, 2))] * 2, axis=1)
    switches = happens(rng, np.full(count, SWITCH_SHARE))
    purchase = softmax(logits)
    own = _CONTACT[group] + rng.normal(0.0, CONTACT_SPREAD, (count, len(CONTACT_CHANNELS)))
    return Tastes(
        switch_week=np.where(switches, rng.integers(0, weeks, count), weeks),
        purchase=purchase,
        browse=softmax(np.concatenate([0.8 * logits, extra], axis=2)),
        contact=own[:, None] + (purchase - 0.2) @ _CARRIES,
        reach=_reach(rng, purchase[:, 0]),
        device=deal(rng, DEVICE_SHARES, count),
    )


def _reach(rng: np.random.Generator, purchase: Floats) -> Bools:
    app = sigmoid(-0.6 + 5.0 * purchase[:, PURCHASE_CHANNELS.index("app")])
    wechat = sigmoid(0.0 + 5.0 * purchase[:, PURCHASE_CHANNELS.index("mini_program")])
    chances = np.stack([np.full(len(app), 0.93), np.full(len(app), 0.88), app, wechat], axis=1)
    return happens(rng, chances)
