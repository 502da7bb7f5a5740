"""Plain definitions over shopping days: a gap lies before every shopping day but the first one known."""

from datetime import datetime
from itertools import pairwise

from tests.oracle import Seen, mean, midnight_of, over, plain, spread


def known_dates(seen: Seen) -> list[datetime]:
    return sorted({midnight_of(row["happened_at"]) for row in seen.known("orders") if row["kind"] == "order"})


def dates_within(seen: Seen) -> list[datetime]:
    rows = [{"happened_at": date} for date in known_dates(seen)]
    return [row["happened_at"] for row in seen.within(rows)]


def gaps_within(seen: Seen) -> list[int]:
    dates = known_dates(seen)
    gap_before = {later: (later - earlier).days for earlier, later in pairwise(dates)}
    return [gap_before[date] for date in dates_within(seen) if date in gap_before]


def silent_days(seen: Seen) -> float | None:
    dates = dates_within(seen)
    return (seen.cutoff - dates[-1]).days if dates else None


def quantile(values: list[int], share: float) -> float | None:
    if not values:
        return None
    ranked, rank = sorted(values), share * (len(values) - 1)
    below = int(rank)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (rank - below) * (ranked[above] - ranked[below])


@plain
def days_since_fifth_last_day(seen: Seen) -> float | None:
    dates = known_dates(seen)
    return (seen.cutoff - dates[-5]).days if len(dates) >= 5 else None


@plain
def gap_median(seen: Seen) -> float | None:
    return quantile(gaps_within(seen), 0.5)


@plain
def gap_p90(seen: Seen) -> float | None:
    return quantile(gaps_within(seen), 0.9)


@plain
def gap_max(seen: Seen) -> float | None:
    return max(gaps_within(seen), default=None)


@plain
def gap_spread(seen: Seen) -> float | None:
    return spread(gaps_within(seen))


@plain
def gap_last(seen: Seen) -> float | None:
    gaps = gaps_within(seen)
    return gaps[-1] if gaps else None


@plain
def gap_first(seen: Seen) -> float | None:
    gaps = gaps_within(seen)
    return gaps[0] if gaps else None


@plain
def overdue_spreads(seen: Seen) -> float | None:
    gaps = gaps_within(seen)
    return (silent_days(seen) - mean(gaps)) / max(spread(gaps), 1.0) if gaps else None


@plain
def silence_ratio(seen: Seen) -> float | None:
    gaps = gaps_within(seen)
    return over(silent_days(seen), max(gaps)) if gaps else None


@plain
def comebacks(seen: Seen) -> float:
    return len([gap for gap in gaps_within(seen) if gap >= 90])


@plain
def days_since_second_day(seen: Seen) -> float | None:
    dates = known_dates(seen)
    return (seen.cutoff - dates[1]).days if len(dates) > 1 else None


@plain
def days_since_comeback(seen: Seen) -> float | None:
    dates = known_dates(seen)
    back = [later for earlier, later in pairwise(dates) if (later - earlier).days >= 90]
    return (seen.cutoff - back[-1]).days if back else None


@plain
def season_share(seen: Seen) -> float | None:
    dates = dates_within(seen)
    return over(len([date for date in dates if date.month == seen.cutoff.month]), len(dates))
