"""Calendar months on the shop's clock: the steps in which the journey is told."""

from datetime import datetime

from features.clocks import midnight


def month_of(moment: datetime) -> datetime:
    """The midnight the month of `moment` began with.

    Examples
    --------
    >>> month_of(datetime(2026, 3, 31, 12))
    datetime.datetime(2026, 3, 1, 0, 0)
    """
    return midnight(moment).replace(day=1)


def month_ends(first: datetime, last: datetime) -> list[datetime]:
    """Midnights that end a whole month in [first, last], rising.

    Examples
    --------
    >>> [f"{day:%m-%d}" for day in month_ends(datetime(2026, 1, 10), datetime(2026, 4, 2))]
    ['02-01', '03-01', '04-01']
    """
    ends, moment = [], shifted(month_of(first), 1)
    while moment <= last:
        ends.append(moment)
        moment = shifted(moment, 1)
    return ends


def shifted(month: datetime, months: int) -> datetime:
    """The first of a month so many months later, or earlier where negative."""
    place = month.year * 12 + month.month - 1 + months
    return month.replace(year=place // 12, month=place % 12 + 1)


def year_before(moment: datetime) -> datetime:
    """The same day of the year before; 29 February becomes the 28th.

    Examples
    --------
    >>> year_before(datetime(2028, 2, 29))
    datetime.datetime(2027, 2, 28, 0, 0)
    """
    day = 28 if (moment.month, moment.day) == (2, 29) else moment.day
    return moment.replace(year=moment.year - 1, day=day)
