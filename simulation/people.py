"""Who the customers are: traits drawn once, which no table shows as such."""

from dataclasses import dataclass

import numpy as np

from simulation.dice import Bools, Floats, Ints, deal, happens
from simulation.season import DAY, Calendar
from simulation.words import ACQUISITION

ALREADY_CUSTOMERS = 0.45  # of all people, before the data begin
GROWTH_A_MONTH = 0.02
RATE_SHAPE, RATE_MEAN = 1.2, 0.36  # orders a week while active
RHYTHMS, RHYTHM_SHARES = (1, 2, 4, 8), (0.35, 0.30, 0.20, 0.15)
LEAVE_MEAN, LEAVE_SHAPE = 0.016, 1.5  # chance a week to begin to fade
PAUSE_MEAN, PAUSE_SHAPE = 0.010, 0.8  # chance a week to fall dormant
CONTROL_SHARE = 0.10
_ACQUISITION_SHARES = (0.32, 0.24, 0.18, 0.12, 0.14)
_ACQUISITION_LEAVES = np.array((1.0, 1.15, 0.9, 0.6, 1.5))  # friends' friends stay, bought attention goes
REFERRAL = ACQUISITION.index("referral")


@dataclass(frozen=True)
class People:
    """Latent traits, every array of shape (n,). Persons are numbered in the order they joined.

    Attributes
    ----------
    joined : seconds since the start, negative for those who were customers before
    rate : orders a week while active, at the usual season and mood
    rhythm : steps that make up the way to an order; 1 is pure chance, 8 is nearly clockwork
    leave, pause : chance a week of beginning to fade, of falling dormant
    discount, curiosity, fee, advocacy : 0 to 1, how strongly vouchers, suggestions, delivery fees, friends move them
    weekday, habit, payday, hour : when they shop
    irritable : how much many messages tire them, around 1
    fragile : how often something goes wrong with their orders, around 1
    control : never sent marketing, by lot
    """

    joined: Ints
    age: Floats
    gender: Ints
    rate: Floats
    rhythm: Ints
    leave: Floats
    pause: Floats
    discount: Floats
    curiosity: Floats
    fee: Floats
    advocacy: Floats
    weekday: Ints
    habit: Floats
    payday: Floats
    hour: Floats
    visits: Floats
    basket: Floats
    irritable: Floats
    fragile: Floats
    cadence: Floats
    control: Bools
    acquisition: Ints
    machine_opener: Bools

    @property
    def count(self) -> int:
        """How many persons there are."""
        return len(self.joined)

    @property
    def before(self) -> Bools:
        """Who was a customer before the data begin."""
        return np.asarray(self.joined < 0)


def _joining(rng: np.random.Generator, count: int, calendar: Calendar) -> Ints:
    """Moments of joining: some long before the start, the others ever more often towards the end."""
    growth = GROWTH_A_MONTH * calendar.months
    newcomers = np.log1p(rng.random(count) * np.expm1(growth)) / growth * (calendar.end - DAY)
    earlier = -np.minimum(rng.exponential(420.0, count) + 1.0, 1_800.0) * DAY
    return np.sort(np.where(happens(rng, np.full(count, ALREADY_CUSTOMERS)), earlier, newcomers).astype(np.int64))


def draw_people(rng: np.random.Generator, count: int, calendar: Calendar, machine_share: float) -> People:
    """Throw the dice for everybody's traits."""

    def gamma(shape: float, mean: float) -> Floats:
        return rng.gamma(shape, mean / shape, count)

    acquisition = deal(rng, _ACQUISITION_SHARES, count)
    rate = np.clip(gamma(RATE_SHAPE, RATE_MEAN), 0.01, 2.5)
    return People(
        joined=_joining(rng, count, calendar),
        age=np.clip(rng.normal(39.0, 14.0, count), 18.0, 85.0),
        gender=deal(rng, (0.58, 0.42), count),
        rate=rate,
        rhythm=np.array(RHYTHMS)[deal(rng, RHYTHM_SHARES, count)],
        leave=np.clip(gamma(LEAVE_SHAPE, LEAVE_MEAN) * _ACQUISITION_LEAVES[acquisition], 0.001, 0.2),
        pause=np.clip(gamma(PAUSE_SHAPE, PAUSE_MEAN), 0.0, 0.1),
        discount=rng.beta(1.3, 1.3, count),
        curiosity=rng.beta(1.5, 2.5, count),
        fee=rng.beta(1.5, 1.5, count),
        advocacy=rng.beta(0.6, 3.0, count),
        weekday=deal(rng, (0.9, 0.85, 0.9, 0.95, 1.2, 1.6, 1.4), count),
        habit=rng.beta(1.2, 1.8, count),
        payday=happens(rng, np.full(count, 0.35)).astype(np.float64),
        hour=np.array((9.0, 12.5, 17.0, 20.5))[deal(rng, (0.2, 0.2, 0.2, 0.4), count)] + rng.normal(0, 0.7, count),
        visits=0.50 * (rate / RATE_MEAN) ** 0.3 * rng.lognormal(-0.18, 0.6, count),
        basket=gamma(2.0, 1.6),
        irritable=rng.lognormal(-0.125, 0.5, count),
        fragile=rng.lognormal(-0.18, 0.6, count),
        cadence=rng.lognormal(-0.125, 0.5, count),
        control=happens(rng, np.full(count, CONTROL_SHARE)),
        acquisition=acquisition,
        machine_opener=happens(rng, np.full(count, machine_share)),
    )
