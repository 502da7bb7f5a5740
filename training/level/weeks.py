"""Week by week, how much customers ordered beside what their own past says.

Buy-till-you-die supplies what the past says. Its clock runs with the level: a quiet week ages nobody, a festival counts
for two, so that whoever shopped at the peak is not taken for a frequent shopper when it is over. Level and clock are
found in turn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.derived.derived import OrderHistory, probability_alive, probability_of_no_order
from scoring.level import ORDERS, VALUE
from training.data.btyd_fit import FitError, fit_purchases
from training.level.trips import Days, Trips

Array = NDArray[np.float64]

WEEK = 7
_TURNS = 4  # of level and clock; a fifth moves no week by a hundredth
_PSEUDO = 5.0  # pseudo-count of orders at the usual level, to which a week is shrunk while its clock is found
_FEWEST = 2.0  # orders expected of a week that can tell a level; how little so few tell is in its noise
_FIRST = 2  # weeks of a history in which everybody looks new
_CLOSED = 3  # weeks without an order, which come again every year or hold nothing that was recorded
_CERTAIN = 24.0  # orders expected of such weeks together: fewer are missed by chance
_YEAR = 52
_RECENT = 8.0  # weeks after which a recent day counts for a third


@dataclass(frozen=True)
class Weeks:
    """The weeks before a moment, oldest first.

    Attributes
    ----------
    until : int              days since 1970 of the moment the last week ends with
    start : array (w,)       days since 1970
    seen : dict of arrays    series → shopping days of customers who came again, or the money they spent
    expected : dict          series → what their own past says of it
    trips : array (w,)       shopping days seen
    missing : bool array (w,)    weeks of a stretch in which nothing was recorded
    shut : bool array (w,)       weeks of a stretch without orders that comes again every year
    known : bool array (w,)      weeks that tell a level: enough was expected, nothing is missing
    taken : dict             series → array (w + 1,): logarithm of how much more the past promises when it is read by
                             the calendar, as features read it, at each week's start and at `until`; a peak just over
                             makes everybody look frequent
    response : float         by how much the log-odds of ordering within the horizon rise with the level's logarithm
    """

    until: int
    start: Days
    seen: dict[str, Array]
    expected: dict[str, Array]
    trips: Array
    missing: NDArray[np.bool_]
    shut: NDArray[np.bool_]
    known: NDArray[np.bool_]
    taken: dict[str, Array]
    response: float = 1.0


@dataclass(frozen=True)
class _Clock:
    """The level's own time in weeks, by day since the first."""

    first: int
    hands: Array

    def at(self, day: Days) -> Array:
        return self.hands[np.clip(day - self.first, 0, len(self.hands) - 1)]


def weeks_before(trips: Trips, until: int, horizon_days: int, lag_days: int = 0) -> Weeks | None:
    """The weeks of what is known at `until`; None where nobody ever came back.

    Parameters
    ----------
    until : int       days since 1970
    lag_days : int    as many days before `until` are not yet complete: orders still arrive
    """
    past = trips.before(until)
    if not len(past) or until - int(past.day.min()) < 2 * WEEK:
        return None
    count = -(-(until - int(past.day.min())) // WEEK)
    start = until - WEEK * np.arange(count, 0, -1)
    first = _firsts(past)
    week = (past.day - start[0]) // WEEK
    again = (first[past.customer] - start[0]) // WEEK < week
    seen = np.bincount(week[again], minlength=count).astype(np.float64)
    try:
        expected, taken, response = _expected(past, first, start, seen, until, horizon_days)
    except FitError:
        return None
    spend, usual, dear = _money(past, week, again, count)
    missing, shut = _empty(seen, expected)
    known = (expected >= _FEWEST) & ~missing
    known[:_FIRST] = False
    known[count - -(-lag_days // WEEK) :] = False
    told = {ORDERS: seen, VALUE: spend}, {ORDERS: expected, VALUE: usual}
    return Weeks(until, start, *told, seen, missing, shut, known, {ORDERS: taken, VALUE: dear}, response)


def _firsts(past: Trips) -> Days:
    first = np.full(int(past.customer.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, past.customer, past.day)
    return first


def _expected(
    past: Trips, first: Days, start: Days, seen: Array, until: int, horizon_days: int
) -> tuple[Array, Array, float]:
    """Shopping days that each week's customers were to have by their past, in a week of the usual level.

    And by how much more that is, in logarithms, by the calendar; and how an order's log-odds follow the level.
    """
    order = np.argsort(past.day, kind="stable")
    customer, day = past.customer[order], past.day[order]
    level, fitted, by_calendar = np.ones(len(start)), None, None
    for _ in range(_TURNS):
        clock = _Clock(int(start[0]), np.concatenate([[0.0], np.cumsum(np.repeat(level, WEEK)) / WEEK]))
        histories = list(_histories(customer, day, first, [*start[1:].tolist(), until], clock))
        fitted = fit_purchases(histories[-1], start=fitted, with_prior=True)
        pace = np.array([0.0, *(_rate(history, fitted) for history in histories)])
        by_calendar = pace if by_calendar is None else by_calendar
        expected = pace[:-1]
        level = np.where(_empty(seen, expected)[0], 1e-3, (seen + _PSEUDO) / (expected + _PSEUDO))
    assert fitted is not None and by_calendar is not None  # there are turns
    taken = np.log(np.maximum(by_calendar, 1e-9) / np.maximum(pace, 1e-9))
    return expected, taken, _response(histories[-1], fitted, horizon_days / WEEK)


def _histories(customer: Days, day: Days, first: Days, moments: list[int], clock: _Clock) -> Iterator[OrderHistory]:
    """Everyone's past at each moment, on the level's clock; trips sorted by day."""
    count, last, done = np.zeros(len(first)), first.copy(), 0
    ends = np.searchsorted(day, moments)
    for moment, end in zip(moments, ends, strict=True):
        np.add.at(count, customer[done:end], 1.0)
        np.maximum.at(last, customer[done:end], day[done:end])
        done = int(end)
        met = count > 0
        since = clock.at(first[met])
        now = clock.at(np.array([moment]))
        yield OrderHistory(count[met] - 1, clock.at(last[met]) - since, now - since)


def _rate(history: OrderHistory, fitted: dict[str, float]) -> float:
    pace = (fitted["r"] + history.repeats) / (fitted["alpha"] + history.age)
    return float((pace * probability_alive(history, **fitted)).sum())


def _response(history: OrderHistory, fitted: dict[str, float], weeks: float) -> float:
    """How the log-odds of an order follow the level, as buy-till-you-die has it, over those who may go either way."""
    low, high = (np.clip(probability_of_no_order(history, weeks * by, **fitted), 1e-6, 1 - 1e-6) for by in (0.8, 1.25))
    moved = (np.log(low / (1 - low)) - np.log(high / (1 - high))) / np.log(1.25 / 0.8)
    doubt = low * (1 - low)
    return float((moved * doubt).sum() / doubt.sum())


def _money(past: Trips, week: Days, again: NDArray[np.bool_], count: int) -> tuple[Array, Array, Array]:
    """Money spent a week by those who came again, and what their own mean day says of it, each day at its level.

    And by how much more, in logarithms, the days before a week brought than they would have at the usual level: half
    all of them, half the recent ones, as features look back both ways.
    """
    days, level = np.bincount(past.customer), np.ones(count)
    spend = np.bincount(week[again], weights=past.spend[again], minlength=count)
    for _ in range(_TURNS):
        leveled = past.spend / level[week]
        mean = float(leveled.mean())
        usual = ((np.bincount(past.customer, weights=leveled) + mean) / (days + 1))[past.customer]
        expected = np.bincount(week[again], weights=usual[again], minlength=count)
        level = (spend + _PSEUDO * mean + 1e-9) / (expected + _PSEUDO * mean + 1e-9)
    both = (np.bincount(week, weights=one, minlength=count) for one in (past.spend, leveled))
    paid, usually = (one.astype(np.float64) for one in both)
    taken = np.mean([_dearer(paid, usually, mean, kept) for kept in (1.0, np.exp(-1 / _RECENT))], axis=0)
    return spend.astype(np.float64), expected.astype(np.float64), taken


def _dearer(paid: Array, usually: Array, mean: float, kept: float) -> Array:
    """Logarithm of money ÷ what it were at the usual level, before each week; a share `kept` from week to week."""
    sums = np.zeros((len(paid) + 1, 2))
    for week, money in enumerate(np.stack([paid, usually], axis=1)):
        sums[week + 1] = kept * sums[week] + money
    found: Array = np.log((sums[:, 0] + mean + 1e-9) / (sums[:, 1] + mean + 1e-9))
    return found


def _empty(seen: Array, expected: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Weeks of stretches without orders: those that hold nothing recorded, and those empty a year apart as well."""
    empty = (seen == 0) & (expected >= _FEWEST)
    missing, shut = np.zeros(len(seen), dtype=bool), np.zeros(len(seen), dtype=bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], empty.astype(int), [0]])))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start >= _CLOSED and expected[start:end].sum() >= _CERTAIN:
            (shut if _yearly(seen, start, end) else missing)[start:end] = True
    return missing, shut


def _yearly(seen: Array, start: int, end: int) -> bool:
    """Whether most of the same weeks a year before or after, where there are such, were empty too."""
    weeks = np.concatenate([np.arange(start, end) - _YEAR, np.arange(start, end) + _YEAR])
    other = seen[weeks[(weeks >= 0) & (weeks < len(seen))]]
    return len(other) > 0 and bool((other == 0).mean() > 0.5)
