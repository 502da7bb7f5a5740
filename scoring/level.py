"""The level of a period: how many times as much as usual a shop sells, told apart from who its customers are."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

NONE, CALENDAR, LAST_YEAR = "none", "calendar", "last_year"
ORDERS, VALUE = "orders", "value"  # the series: shopping days a customer, money a shopping day


@dataclass(frozen=True)
class Habit:
    """One way in which a shop's level may move: standard deviations of its logarithm, and how long each part lasts.

    Attributes
    ----------
    drift : of what lasts about a year
    swing : of what comes and goes smoothly within about `swing_days`
    season : of what comes again every year; `smooth` is small for a sharp peak, near 1 for a gentle one
    weight : how far the shop's past speaks for this habit; the weights of a series add up to 1
    follows : 1 where what moves is the level beside what customers' pasts promise by the calendar, 0 where it is the
              level itself: a history that began for everybody on one day trends by itself, which no season explains
    feast : of what comes again around the country's feasts that move from year to year
    """

    drift: float
    swing: float
    swing_days: float
    season: float
    smooth: float
    weight: float
    follows: float = 0.0
    feast: float = 0.0


@dataclass(frozen=True)
class PeriodLevel:
    """The level expected of one horizon, beside what customers' features promise at its cutoff.

    Attributes
    ----------
    cutoff : ISO day the horizon begins with
    season : what it rests on: "none", "last_year" (a year and a horizon were seen) or "calendar" (two and a horizon)
    logs : series → logarithm of how many times as much as usual
    spreads : series → standard deviation of that logarithm
    """

    cutoff: str
    season: str = NONE
    logs: Mapping[str, float] = field(default_factory=dict)
    spreads: Mapping[str, float] = field(default_factory=dict)

    def widened(self, more: Mapping[str, float]) -> "PeriodLevel":
        """The same with further standard deviations by series, which add up in squares."""
        spreads = {series: (own**2 + more.get(series, 0.0) ** 2) ** 0.5 for series, own in self.spreads.items()}
        return replace(self, spreads=spreads)

    def shift(self, weights: Mapping[str, float]) -> float:
        """What a head's score moves by, for its weights by series."""
        return sum(weight * self.logs.get(series, 0.0) for series, weight in weights.items())

    def spread(self, weights: Mapping[str, float]) -> float:
        """Standard deviation of that shift; the series move apart."""
        squares = ((weight * self.spreads.get(series, 0.0)) ** 2 for series, weight in weights.items())
        return float(sum(squares) ** 0.5)


def level_from_plain(plain: Mapping[str, object] | None) -> PeriodLevel | None:
    """A level as read from JSON."""
    return None if plain is None else PeriodLevel(**plain)  # type: ignore[arg-type]
