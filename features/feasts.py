"""Feasts of a country that move from year to year: Easter, Ramadan's end, the lunar New Year, Diwali.

Last year's same date is wrong for them; what comes again is the days before and after the feast. Feasts that keep their
date, or their weekday of a month, need no calendar: a season that is smooth over a week or two meets them.
"""

import warnings
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.float64]

_YEAR = 365.2425
_YEARS = range(1990, 2061)  # long enough for every calendar to show how it moves
_TIMES = 10  # a feast is known of at least: an election or a jubilee is none
_MOVES = 5.0  # days by which it moves in the middle year; a weekday of a month moves by one or two
_ONE_FEAST = 15.0  # days within which two holidays that keep their distance are one feast
_KEEPS = 4.0  # days of that distance
_SPELL = 20  # days between one year's feast and the next, at least


def known_countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes of the countries whose holidays are known."""
    import holidays  # a quarter of a second, which only shops that name a country pay

    return frozenset(holidays.list_supported_countries(include_aliases=False))


@cache
def moveable_feasts(country: str) -> tuple[tuple[int, ...], ...]:
    """The feasts of a country that move: of each, its first days as days since 1970, oldest first.

    Parameters
    ----------
    country : str      one of `known_countries`; an empty one has no feasts

    Returns
    -------
    tuple       none for a country whose holidays all keep their date or weekday, such as the United States
    """
    found: list[tuple[int, ...]] = []
    for days in sorted(_named(country) if country else (), key=lambda own: (-len(own), own)):
        if _moves(days) and not any(_one_feast(days, other) for other in found):
            found.append(days)
    return tuple(found)


def from_feasts(day: Days, feasts: Sequence[Sequence[int]]) -> Days:
    """Days from the nearest day of each feast, below 0 before it: one row a day, one column a feast."""
    columns = [_from(day, np.asarray(days, dtype=np.float64)) for days in feasts]
    return np.stack(columns, axis=1) if columns else np.zeros((len(day), 0))


def _named(country: str) -> list[tuple[int, ...]]:
    """The first days of every holiday of a name."""
    import holidays

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that some calendars are known for fewer years
        calendar = holidays.country_holidays(country, years=_YEARS, observed=False, language="en_US")
    named: dict[str, list[int]] = defaultdict(list)
    for day, names in sorted(calendar.items()):
        number = (day - date(1970, 1, 1)).days
        for name in names.split("; "):
            own = named[name.removesuffix(" (estimated)")]
            if not own or number - own[-1] > _SPELL:
                own.append(number)
    return [tuple(days) for days in named.values() if len(days) >= _TIMES]


def _moves(days: Sequence[int]) -> bool:
    """Whether a feast falls on other dates from year to year."""
    years = np.diff(np.asarray(days, dtype=np.float64)) / _YEAR
    return bool(np.median(np.abs(years - np.maximum(np.round(years), 1.0))) * _YEAR >= _MOVES)


def _one_feast(days: Sequence[int], other: Sequence[int]) -> bool:
    """Whether a holiday keeps a short distance from another, as Easter Monday from Good Friday."""
    apart = _from(np.asarray(days, dtype=np.float64), np.asarray(other, dtype=np.float64))
    middle = float(np.median(apart))
    return abs(middle) <= _ONE_FEAST and float(np.mean(np.abs(apart - middle) <= _KEEPS)) > 0.8


def _from(day: Days, feast: Days) -> Days:
    after = np.clip(np.searchsorted(feast, day), 1, len(feast) - 1)
    left, right = day - feast[after - 1], day - feast[after]
    return np.where(left < -right, left, right)
