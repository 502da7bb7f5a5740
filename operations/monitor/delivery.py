"""Whether every table arrived as it does: as much as on this weekday and at this time of the year, and as lately.

A day's rows, by the day they became known, stand beside the middle of the same weekday's in the eight weeks before,
moved as the same weeks moved a year ago. How far they usually miss is the shop's own: half a year of days, each judged
the same way. Tonight alarms where some table misses by more than any of them on all those days, so that on nights
without change 1 in 183 does, however many tables there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from features.clocks import midnight
from features.engine import Engine
from features.known import known_before
from features.shop import Shop
from features.tables import TABLES
from operations.monitor.findings import DELIVERY, MEND_FEED, WAIT, Alert, Found

Array = NDArray[np.float64]

DAYS = 182  # whose misses tell what is usual
YOUNG = 56  # days of history before any can be judged
_WEEKS, _YEAR = 8, 364  # a year of whole weeks: the same weekday
_FAR = 0.5  # share of what was expected that may be missing, or be there too much, whatever is usual
_MOST_SEASON = 5.0
_HISTORY = DAYS + 2 * _YEAR + 100


@dataclass(frozen=True)
class Usual:
    """Tonight's miss of one table beside its usual ones.

    Attributes
    ----------
    expected, came : float     rows of the last full day
    miss : float               log of came ÷ expected, in the table's own usual deviations
    largest : float            the largest miss of any table on the days before
    """

    expected: float
    came: float
    miss: float
    largest: float


def delivery(shop: Shop, at: datetime, *, engine: Engine) -> Found:
    """Freshness and volume of every table with clocks, as known at a midnight."""
    counts = day_counts(shop, at, engine)
    arrived = {table: np.flatnonzero(days) for table, days in counts.items()}
    newest = max((int(days[-1]) for days in arrived.values() if len(days)), default=-1)
    if newest < YOUNG:
        return Found(not_checked={DELIVERY: "young"})
    late = [one for table, days in counts.items() if (one := _late(table, days)) is not None]
    stale = {one.subject for one in late}
    full = {table: days[:newest] for table, days in counts.items() if table not in stale}  # the newest may have begun
    return Found((*late, *(_finding(table, one) for table, one in misses(full).items() if _is_far(one))))


def day_counts(shop: Shop, at: datetime, engine: Engine) -> dict[str, Array]:
    """Table → rows that became known on each day, the last one ending at `at`, the first up to three years before."""
    first = midnight(at) - timedelta(days=_HISTORY)
    counts = {}
    for table in shop.present:
        if not {"happened_at", "known_at"} <= set(TABLES[table].schema.names):
            continue
        rows = known_before(engine.read(shop.path(table)), at)
        found = engine.arrow(rows.group_by(day=rows.shown_at.date()).aggregate(rows=rows.count()))
        day = found["day"].to_numpy().astype("datetime64[D]")
        place = (day - np.datetime64(first, "D")).astype(np.int64)
        days = np.zeros(_HISTORY)
        inside = (place >= 0) & (place < _HISTORY)
        days[place[inside]] = found["rows"].to_numpy()[inside]
        begun = np.flatnonzero(days)
        if len(begun):
            counts[table] = days[begun[0] :] if begun[0] else days
    longest = max((len(days) for days in counts.values()), default=0)
    return {table: np.concatenate([np.zeros(longest - len(days)), days]) for table, days in counts.items()}


def misses(counts: Mapping[str, Array]) -> dict[str, Usual]:
    """How far each table's last day misses what was expected, beside the largest miss of all on the days before.

    Parameters
    ----------
    counts : table → rows by day, all of one length

    Returns
    -------
    dict        tables that have been there for long enough to say; empty where none has
    """
    found: dict[str, tuple[Array, Array, Array]] = {}
    for table, days in counts.items():
        begun = np.flatnonzero(days)
        first = int(begun[0]) + YOUNG if len(begun) else len(days)
        if len(days) - first < YOUNG:
            continue
        judged = np.arange(max(first, len(days) - 1 - DAYS), len(days))
        expected = np.array([_expected(days, int(day), int(begun[0])) for day in judged])
        miss = np.log((days[judged] + 1) / (expected + 1))
        deviation = float(np.sqrt(np.mean(miss[:-1] ** 2))) or 1.0
        padded = np.zeros(DAYS + 1)
        padded[-len(miss) :] = miss / deviation
        found[table] = (padded, expected, days[judged])
    if not found:
        return {}
    largest = float(np.abs(np.stack([padded[:-1] for padded, _, _ in found.values()])).max())
    return {
        table: Usual(float(expected[-1]), float(came[-1]), float(padded[-1]), largest)
        for table, (padded, expected, came) in found.items()
    }


def _expected(days: Array, day: int, begun: int) -> float:
    """The middle of the same weekdays before, times what the season did a year ago."""
    same = days[[day - 7 * week for week in range(1, _WEEKS + 1) if day - 7 * week >= 0]]
    return float(np.median(same)) * _season(days, day, begun)


def _season(days: Array, day: int, begun: int) -> float:
    then = day - _YEAR
    if then - 7 * _WEEKS < begun:
        return 1.0
    around = days[then - 3 : then + 4].mean()  # whole weeks here and below: weekdays differ
    before = float(np.median(days[then - 7 * _WEEKS : then].reshape(_WEEKS, 7).mean(axis=1)))
    return float(np.clip((around + 1) / (before + 1), 1 / _MOST_SEASON, _MOST_SEASON))


def _late(table: str, days: Array) -> Alert | None:
    """A table whose newest row is older than it ever was in a year; a day is allowed for, as today may have begun."""
    arrived = np.flatnonzero(days)
    silent = len(days) - 1 - int(arrived[-1])
    gaps = np.diff(arrived[arrived >= len(days) - _YEAR - silent]) - 1
    usual = int(gaps.max(initial=0))
    if len(arrived) < _WEEKS or silent <= usual + 1:
        return None
    return Alert(DELIVERY, "table_late", table, MEND_FEED, {"days": float(silent), "expected": float(usual)})


def _is_far(one: Usual) -> bool:
    outside = one.came < _FAR * one.expected or one.came > one.expected / _FAR
    return abs(one.miss) > one.largest and outside


def _finding(table: str, one: Usual) -> Alert:
    code, advice = ("table_short", MEND_FEED) if one.came < one.expected else ("table_full", WAIT)
    return Alert(DELIVERY, code, table, advice, {"found": one.came, "expected": one.expected})
