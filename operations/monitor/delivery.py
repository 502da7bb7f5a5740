"""Whether every table arrived as it does: as much as on this weekday and season, as lately, and in the same amounts.

A day's rows, by the day they became known, stand beside the middle of the same weekday's in the eight weeks before,
moved as the same weeks moved a year ago; amounts by their geometric mean likewise. How far they usually miss is the
shop's own: half a year of days, each judged the same way. Tonight alarms where some table misses by more than any of
them on all those days, so that on nights without change 1 in 183 does, however many tables there are; and so with
amounts. The last two weeks are no yardstick: a fault that lasts would be its own excuse.
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

DAYS, ASIDE = 182, 14  # whose misses tell what is usual, and the newest that do not
YOUNG = 56  # days of history before any can be judged
_WEEKS, _YEAR = 8, 364  # a year of whole weeks: the same weekday
_FAR = 0.5  # share of what was expected that may be missing, or be there too much, whatever is usual
_MOST_SEASON = 5.0
_EARLY = 0.1  # of the days before ended earlier: as early, and today's may only have begun
_HISTORY = DAYS + ASIDE + 2 * _YEAR + 100
_AMOUNTS = ("amount", "price", "cost", "quantity")  # others move with what a shop does: discounts, postage


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
    counts, amounts, ends = day_rows(shop, at, engine)
    arrived = {table: np.flatnonzero(days) for table, days in counts.items()}
    newest = max((int(days[-1]) for days in arrived.values() if len(days)), default=-1)
    if newest < YOUNG:
        return Found(not_checked={DELIVERY: "young"})
    late = [one for table, days in counts.items() if (one := _late(table, days)) is not None]
    stale = {one.subject for one in late}
    found: dict[tuple[str, str], Alert] = {}
    for until in _judged_until(ends, newest):
        full = {table: days[:until] for table, days in counts.items() if table not in stale}
        told = {name: days[:until] for name, days in amounts.items() if name.partition(".")[0] in full}
        alerts = [_finding(table, one) for table, one in misses(full).items() if _is_far(one)]
        alerts += [_elsewhere(name, one) for name, one in misses(told).items() if _is_far(one)]
        found |= {(one.code, one.subject): one for one in alerts}
    return Found((*late, *found.values()))


def _judged_until(ends: Array, newest: int) -> tuple[int, ...]:
    """Where the days to judge end: the newest if it is over, and the one before it if it did not seem so then."""
    if not is_over(ends, newest):
        return (newest,)
    return (newest + 1,) if is_over(ends, newest - 1) else (newest, newest + 1)


def is_over(ends: Array, newest: int) -> bool:
    """Whether the newest day with rows is a whole one: its last row came as late as on nine in ten of the days before.

    Exports are taken at any hour, and a day that has only begun is no delivery cut short.

    Parameters
    ----------
    ends : array, shape (days,)     hours from midnight to the day's last row of any table; NaN where it has none
    """
    before = ends[max(0, newest - YOUNG) : newest]
    before = before[np.isfinite(before)]
    return len(before) > 0 and bool(ends[newest] >= np.quantile(before, _EARLY))


def day_rows(shop: Shop, at: datetime, engine: Engine) -> tuple[dict[str, Array], dict[str, Array], Array]:
    """What became known on each day, the last one ending at `at`, the first up to three years before.

    Returns
    -------
    dict        table → rows by day
    dict        table.column of amounts → geometric mean by day, in thousandths of the middle day's; on days without one
                that of the day before
    array       hours from midnight to the last row of any table, NaN where there is none
    """
    first = np.datetime64(midnight(at) - timedelta(days=_HISTORY), "D")
    counts, amounts, ends = {}, {}, np.full(_HISTORY, np.nan)
    for name in shop.present:
        table = TABLES[name]
        if not {"happened_at", "known_at"} <= set(table.schema.names):
            continue
        rows = known_before(engine.read(shop.path(name)), at)
        given = [column for column in _AMOUNTS if column in shop.present[name]]
        means = {column: rows[column].cast("float64").abs().nullif(0.0).ln().mean() for column in given}
        by_day = rows.group_by(day=rows.shown_at.date())
        found = engine.arrow(by_day.aggregate(rows=rows.count(), last=rows.shown_at.max(), **means))
        day = found["day"].to_numpy().astype("datetime64[D]")
        place = (day - first).astype(np.int64)
        inside = (place >= 0) & (place < _HISTORY)
        days = np.zeros(_HISTORY)
        days[place[inside]] = found["rows"].to_numpy()[inside]
        since = found["last"].to_numpy().astype("datetime64[us]") - day.astype("datetime64[us]")
        ends[place[inside]] = np.fmax(ends[place[inside]], (since / np.timedelta64(1, "h"))[inside])
        if not days.any():
            continue
        counts[name] = days
        for column in given:
            told = np.full(_HISTORY, np.nan)
            told[place[inside]] = found[column].to_numpy(zero_copy_only=False).astype(np.float64)[inside]
            if np.isfinite(told).any():
                amounts[f"{name}.{column}"] = _carried(told)
    begun = min((int(np.flatnonzero(days)[0]) for days in counts.values()), default=_HISTORY)
    return (
        {name: days[begun:] for name, days in counts.items()},
        {name: days[begun:] for name, days in amounts.items()},
        ends[begun:],
    )


def _carried(logs: Array) -> Array:
    """Means of logarithms as means, a day without one like the day before it; 0 before the first."""
    last = np.maximum.accumulate(np.where(np.isfinite(logs), np.arange(len(logs)), -1))
    return np.where(last >= 0, 1000.0 * np.exp(logs[np.maximum(last, 0)] - np.nanmedian(logs)), 0.0)


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
        if len(days) - first < YOUNG + ASIDE:
            continue
        judged = np.arange(max(first, len(days) - 1 - DAYS - ASIDE), len(days))
        expected = np.array([_expected(days, int(day), int(begun[0])) for day in judged])
        miss = np.log((days[judged] + 1) / (expected + 1))
        deviation = float(np.sqrt(np.mean(miss[: -1 - ASIDE] ** 2))) or 1.0
        padded = np.zeros(DAYS + ASIDE + 1)
        padded[-len(miss) :] = miss / deviation
        found[table] = (padded, expected, days[judged])
    if not found:
        return {}
    largest = float(np.abs(np.stack([padded[: -1 - ASIDE] for padded, _, _ in found.values()])).max())
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


def _elsewhere(name: str, one: Usual) -> Alert:
    return Alert(DELIVERY, "values_elsewhere", name, MEND_FEED, {"times": one.came / one.expected})
