"""What happened: stretches of days that chance does not explain, each told once, at the place that explains it best.

Every series is scanned for its oddest stretch; what is left after correcting for the series and stretches looked at is
an episode. One cause moves many series in the same days; the clearest of them, rather one that says why, is told; the
others are its echo.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from math import log

from features.clocks import add_days
from insights.episodes.scan import OddStretch, oddest
from insights.episodes.season import a_year_before, is_season, same_days
from insights.episodes.series import DailySeries, every_series, window
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
    more: float
    money: float | None
    score: float
    year: float | None = None
    echo: "Episode | None" = None

    @property
    def is_large(self) -> bool:
        """Whether its count may be told: none at all, or twenty and more."""
        return not self.count or self.count >= SMALLEST


def episodes(known: Known, period: Period) -> list[Episode]:
    """The episodes of a period, the clearest first; after Bonferroni, one false one in twenty reports.

    The days of the period are set beside each other and beside those of 91 days before. Counts under twenty, seen and
    expected, are no episode; nor is what the same days of the year before had, too, where the data reach as far.
    """
    since = window(known, period.since, LOOKED_BACK)
    series = every_series(known, since)
    first = max((period.since - since).days, 0)
    scanned = [(one, oddest(one.part, one.whole, first)) for one in series]
    bar = log(_FALSE / max(len(scanned), 1))
    odd = [(one, found) for one, found in scanned if found is not None and _is_odd(found, bar)]
    then = a_year_before(known, since, period) if odd else None
    before = {id(found): same_days(then, one, found) for one, found in odd}
    odd = [(one, found) for one, found in odd if not is_season(found, before[id(found)])]
    odd.sort(key=lambda pair: (-_clearness(*pair), pair[0].what, pair[0].place))
    if not odd:
        return []
    worth = worth_of(known, Period(since, known.at))
    told: list[tuple[OddStretch, Episode]] = []
    for one, found in odd:
        if not any(_is_echo(found, other) for other, _ in told):
            told.append((found, _episode(one, found, since, worth, before[id(found)])))
    sold = [(found, _episode(one, found, since, worth, None)) for one, found in odd if one.what in _SOLD]
    return [replace(one, echo=_echo(found, one, sold)) for found, one in told]


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


def _clearness(one: DailySeries, found: OddStretch) -> float:
    return abs(found.score) * (_PLAINER if one.what in _SAYS_WHY else 1.0)


def _is_echo(one: OddStretch, other: OddStretch) -> bool:
    shared = min(one.end, other.end) - max(one.begin, other.begin)
    return shared >= _ECHO * min(one.end - one.begin, other.end - other.begin)


def _episode(
    one: DailySeries, found: OddStretch, since: datetime, worth: EpisodeWorth, before: OddStretch | None
) -> Episode:
    each = worth.each(one)
    return Episode(
        what=one.what,
        place=dict(one.place),
        since=add_days(since, found.begin),
        until=add_days(since, found.end),
        rate=found.part / found.whole,
        usual=found.usual,
        count=int(found.part),
        more=found.excess,
        money=None if each is None else each * found.excess,
        score=found.score,
        year=None if before is None or not _may_be_told(before) else before.part / before.whole,
    )


def _may_be_told(before: OddStretch) -> bool:
    return before.whole >= SMALLEST and (not before.part or before.part >= SMALLEST)
