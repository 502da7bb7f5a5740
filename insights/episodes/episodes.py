"""What happened: stretches of days that chance does not explain, each told once, at the place that explains it best.

Every series is scanned for its oddest stretch; what is left after correcting for the series and stretches looked at is
an episode. One cause moves many series in the same days; the clearest of them, rather one that says why, is told; the
others are its echo.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from math import log

from features.clocks import add_days
from insights.episodes.crowd import Crowd, crowd_of, is_of_people
from insights.episodes.daily import DailySeries
from insights.episodes.scan import OddStretch, oddest
from insights.episodes.season import YearBefore, a_year_before, is_season, same_days
from insights.episodes.series import every_series, window
from insights.episodes.worth import EpisodeWorth, worth_of
from insights.known import Known, Period
from insights.small_groups import SMALLEST

FIRST_PAGE = 3  # episodes told there
LOOKED_BACK = 91  # days before the period that its days are set beside
_FALSE = 0.05  # chance of one false episode or more among all
_LEAST_TIMES = 1.25  # by which odds have to differ
_SAYS_WHY = ("payment_failures", "reasons", "unsubscribes", "consents")
_PLAINER = 1.25  # times as clear as what says why has to be what only says that something moved, to be told instead
_SOLD = ("lines", "orders")
_ECHO = 0.5  # of the shorter of two stretches, from which they are one


@dataclass(frozen=True)
class Episode:
    """Days in which something at one place was otherwise.

    Attributes
    ----------
    what : str                  as in `DailySeries`
    place : dict                kind of place → name; empty is the whole shop
    since, until : datetime     local midnights, [since, until)
    rate, usual : float         share, or cases an order, withdrawals a person and day, in these days and around them
    count : int                 seen in these days
    is_large, is_usual_large : bool     whether the share in these days, and that around them, may be told: nobody, or
                                twenty people and more, on either side of it
    more : float                than usual; below 0 where fewer
    money : float or None       what that was worth to the shop, below 0 for a loss; None where nothing puts a price on
                                it
    score : float               standard deviations
    year : float or None        the share, or rate, in these days a year before; None where that was not seen
    echo : Episode or None      the clearest of its echoes in what was sold, where it says a place that this does not
    """

    what: str
    place: dict[str, str]
    since: datetime
    until: datetime
    rate: float
    usual: float
    count: int
    is_large: bool
    is_usual_large: bool
    more: float
    money: float | None
    score: float
    year: float | None = None
    echo: "Episode | None" = None


def episodes(known: Known, period: Period) -> list[Episode]:
    """The episodes of a period, the clearest first; after Bonferroni, one false one in twenty reports.

    The days of the period are set beside each other and beside those of 91 days before. What under twenty people did,
    or would have done, is no episode; nor is what a few did often, nor what the same days of the year before had, too,
    where the data reach as far.
    """
    since = window(known, period.since, LOOKED_BACK)
    odd = list(_odd(known, since, max((period.since - since).days, 0)))
    then = a_year_before(known, since, period) if odd else None
    found = [_OddSeries(*one, same_days(then, *one[:2])) for one in odd]
    found = [one for one in found if not is_season(one.stretch, one.before)]
    if not found:
        return []
    found.sort(key=lambda one: (-_clearness(one), one.series.what, one.series.place))
    told: list[_OddSeries] = []
    for one in found:
        if not any(_is_echo(one.stretch, other.stretch) for other in told):
            told.append(one)
    worth = worth_of(known, Period(since, known.at))
    sold = [(one.stretch, _episode(one, since, worth, None)) for one in found if one.series.what in _SOLD]
    each = [(one.stretch, _episode(one, since, worth, _year(known, then, one))) for one in told]
    return [replace(one, echo=_echo(stretch, one, sold)) for stretch, one in each]


@dataclass(frozen=True)
class _OddSeries:
    """A series with its odd stretch, the people behind it, and the same days of the year before."""

    series: DailySeries
    stretch: OddStretch
    crowd: Crowd
    before: OddStretch | None


def _odd(known: Known, since: datetime, first: int) -> Iterator[tuple[DailySeries, OddStretch, Crowd]]:
    """Stretches that are odd by rows, and still are when people are what is counted."""
    series = every_series(known, since)
    bar = log(_FALSE / max(len(series), 1))
    for one in series:
        found = oddest(one.part, one.whole, first)
        if found is None or not _is_odd(found, bar):
            continue
        crowd = crowd_of(known, one, since, found)
        found = found.spread_by(crowd.spread)
        if is_of_people(crowd, found) and _is_odd(found, bar):
            yield one, found, crowd


def _is_odd(found: OddStretch, bar: float) -> bool:
    times = found.times
    large = max(found.part, found.usual * found.whole) >= SMALLEST and found.whole >= SMALLEST
    return large and found.log_chance < bar and max(times, 1.0 / times) >= _LEAST_TIMES


def _echo(found: OddStretch, told: Episode, sold: list[tuple[OddStretch, Episode]]) -> Episode | None:
    """The clearest of what was sold otherwise in the same days, at a place that the episode does not say."""
    if told.what in _SOLD:
        return None
    echoes = (one for other, one in sold if _is_echo(other, found) and one.is_large)
    return next((one for one in echoes if not one.place.items() <= told.place.items()), None)


def _clearness(one: _OddSeries) -> float:
    return abs(one.stretch.score) * (_PLAINER if one.series.what in _SAYS_WHY else 1.0)


def _is_echo(one: OddStretch, other: OddStretch) -> bool:
    shared = min(one.end, other.end) - max(one.begin, other.begin)
    return shared >= _ECHO * min(one.end - one.begin, other.end - other.begin)


def _episode(one: _OddSeries, since: datetime, worth: EpisodeWorth, year: float | None) -> Episode:
    found, crowd = one.stretch, one.crowd
    each = worth.each(one.series)
    return Episode(
        what=one.series.what,
        place=dict(one.series.place),
        since=add_days(since, found.begin),
        until=add_days(since, found.end),
        rate=found.part / found.whole,
        usual=found.usual,
        count=int(found.part),
        is_large=crowd.may_be_told,
        is_usual_large=crowd.usual_may_be_told,
        more=found.excess,
        money=None if each is None else each * found.excess,
        score=found.score,
        year=year,
    )


def _year(known: Known, then: YearBefore | None, one: _OddSeries) -> float | None:
    """The share in the same days a year before; None where it was not seen, or is of under twenty people."""
    before = one.before
    if then is None or before is None:
        return None
    crowd = crowd_of(known, then.series[one.series.what, one.series.place], then.since, before)
    return before.part / before.whole if crowd.may_be_told and crowd.part + crowd.rest >= SMALLEST else None
