"""Which midnight a night answers for: the one that ends the shop's today, so that its answers are fresh all day."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from features.clocks import add_days
from features.errors import CutoffError
from features.shop import Shop
from scoring.clock import cutoff_on, local_moment, now


def end_of_today(shop: Shop, today: date | None = None) -> datetime:
    """The local midnight that ends the shop's today: the clock's, or a day that is named instead."""
    return end_of_today_in(shop.timezone, today)


def end_of_today_in(timezone: str, today: date | None = None) -> datetime:
    """The same from a shop's time zone, without reading its exports."""
    return cutoff_on(local_moment(now(), ZoneInfo(timezone), today).date())


def refuse_future(cutoff: datetime, ends: datetime) -> None:
    """Refuse a cutoff whose day has not begun: it would answer for days of which nothing can be known.

    Raises
    ------
    CutoffError
    """
    if cutoff > ends:
        raise CutoffError(
            f"--at {cutoff:%Y-%m-%d} lies after the midnight that ends today, {ends:%Y-%m-%d}: nobody knows yet what "
            f"happens until then. Leave --at out, or give {ends:%Y-%m-%d} or earlier."
        )


def has_ended(shop: Shop, ends: datetime, active_within_days: int) -> bool:
    """Whether the shop's newest row is so old that nobody would be asked about today."""
    return shop.newest_known_at < add_days(ends, -active_within_days)
