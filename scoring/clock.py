"""The one place that reads the clock, and what a shop's day means.

During day D every call shares the cutoff D + 1 00:00 in the shop's time zone, so that today's events count.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The current moment, in UTC."""
    return datetime.now(UTC)


def local_moment(moment: datetime, zone: ZoneInfo, today: date | None = None) -> datetime:
    """The moment in the shop's zone; `today` moves it to a fixed day, so that a past shop can be served."""
    local = moment.astimezone(zone)
    if today is None:
        return local
    return datetime.combine(today, local.time(), zone)


def cutoff_on(day: date) -> datetime:
    """The cutoff all calls of a day share: the next local midnight, without a zone."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time())


def as_utc(cutoff: datetime, zone: ZoneInfo) -> str:
    """A local cutoff as the `as_of` of an answer, such as "2018-01-01T00:00:00Z"."""
    return cutoff.replace(tzinfo=zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def minute_text(local: datetime) -> str:
    """A local moment with its offset, to the minute: "2026-06-01T19:00+08:00"."""
    return local.isoformat(timespec="minutes")
