"""The same days a year before: what came then, too, is the season and no story.

A series is looked at in the same stretch of days a year earlier, or up to ten days to either side, for feasts move.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import log

import numpy as np

from features.clocks import add_days
from insights.episodes.daily import DailySeries, Place
from insights.episodes.scan import OddStretch, stretch_at
from insights.episodes.series import every_series, window
from insights.known import Known, Period
from insights.months import year_before

MOVES = 10  # days by which a feast may lie elsewhere
_CLEAR = 3.0  # standard deviations by which the stretch then has to differ from the days around it
_ALIKE = 0.5  # of the logarithm of how many times as much as usual, from which the year before had the same
_BESIDE = 28  # days of last year that have to be seen before the period's


@dataclass(frozen=True)
class YearBefore:
    """Series of the year before, by what and where, the midnight they begin at, and the place in them of the first day
    looked at this year."""

    series: Mapping[tuple[str, Place], DailySeries]
    since: datetime
    offset: int


def is_year_seen(known: Known, period: Period) -> bool:
    """Whether the data reach to a year before the period, with days before it to set it beside."""
    return known.first < add_days(year_before(period.since), -_BESIDE)


def a_year_before(known: Known, since: datetime, period: Period) -> YearBefore | None:
    """The year before the days [since, known.at) that a period is looked at in; None where it was not seen."""
    if not is_year_seen(known, period):
        return None
    then = year_before(since)
    begin = window(known, then, MOVES)
    series = every_series(known, begin, add_days(year_before(known.at), MOVES))
    return YearBefore({(one.what, one.place): one for one in series}, begin, (then - begin).days)


def same_days(then: YearBefore | None, one: DailySeries, found: OddStretch) -> OddStretch | None:
    """The stretch of the year before that is most like one of this year; None where the series was not seen then."""
    series = None if then is None else then.series.get((one.what, one.place))
    if then is None or series is None:
        return None
    length, first = found.end - found.begin, found.begin + then.offset
    starts = range(max(first - MOVES, 0), min(first + MOVES, len(series.part) - length) + 1)
    seen = (stretch_at(series.part, series.whole, begin, begin + length) for begin in starts)
    told = [stretch for stretch in seen if stretch is not None]
    return max(told, key=lambda stretch: stretch.score * np.sign(found.score), default=None)


def is_season(found: OddStretch, before: OddStretch | None) -> bool:
    """Whether the year before had the same: as clearly, the same way, and at least half as much."""
    if before is None or before.score * np.sign(found.score) < _CLEAR:
        return False
    return abs(log(before.times)) >= _ALIKE * abs(log(found.times))
