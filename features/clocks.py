"""Days and midnights: the only moments at which a window, a horizon or a cutoff may begin or end."""

import re
from datetime import date, datetime, timedelta

from features.errors import CutoffError

_DAYS = re.compile(r"(\d{1,5})\s*([dw]?)", re.IGNORECASE)


def parse_days(text: str | int) -> int:
    """Read a length of time as whole days.

    Parameters
    ----------
    text : str or int           "28d", "4w", or a plain number of days

    Returns
    -------
    int, ≥ 1

    Raises
    ------
    CutoffError                 if it is no whole number of days or weeks, or less than one day

    Examples
    --------
    >>> parse_days("28d"), parse_days("4w"), parse_days(91)
    (28, 28, 91)
    """
    found = _DAYS.fullmatch(str(text).strip())
    days = int(found[1]) * (7 if found[2].lower() == "w" else 1) if found else 0
    if days < 1 or isinstance(text, bool):
        raise CutoffError(f"'{text}' is no length of time. Give whole days or weeks, such as 28d or 4w.")
    return days


def parse_date(text: str | date) -> datetime:
    """Read a date as the midnight it begins with, on the shop's local clock and without a zone.

    Parameters
    ----------
    text : str or date          "2017-11-27", a date, or a datetime that is a midnight

    Returns
    -------
    datetime                    naive, 00:00

    Raises
    ------
    CutoffError                 if it is no date, carries a zone, or is not a midnight

    Examples
    --------
    >>> parse_date("2017-11-27")
    datetime.datetime(2017, 11, 27, 0, 0)
    """
    try:
        moment = datetime.fromisoformat(text.strip()) if isinstance(text, str) else _as_datetime(text)
    except ValueError:
        raise CutoffError(f"'{text}' is no date. Give year-month-day, such as 2017-11-27.") from None
    if moment.tzinfo is not None or moment != midnight(moment):
        raise CutoffError(f"'{text}' is no midnight on the shop's own clock. Give the date alone: {moment:%Y-%m-%d}.")
    return moment


def midnight(moment: datetime) -> datetime:
    """The last midnight not after `moment`, both on the same clock.

    Examples
    --------
    >>> midnight(datetime(2017, 12, 31, 23, 59))
    datetime.datetime(2017, 12, 31, 0, 0)
    """
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def add_days(cutoff: datetime, days: int) -> datetime:
    """`cutoff` moved by whole days on the local clock; a midnight stays one, whatever summer time does."""
    return cutoff + timedelta(days=days)


def midnights(first: datetime, last: datetime, every: int = 7) -> list[datetime]:
    """Cutoffs from `last` backwards in steps of `every` days, none before `first`, in rising order.

    Examples
    --------
    >>> [f"{day:%m-%d}" for day in midnights(datetime(2017, 5, 1), datetime(2017, 5, 17))]
    ['05-03', '05-10', '05-17']
    """
    steps = (last - first).days // every
    return [add_days(last, -every * step) for step in range(steps, -1, -1)]


def _as_datetime(day: date) -> datetime:
    return day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)
