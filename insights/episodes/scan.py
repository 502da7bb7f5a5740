"""The stretch of days in which a share was least like the days around it, and how likely chance is to look so.

Every stretch of 3 to 35 days in the days looked at is set beside all other days. Shares of people vary from week to
week more than coins do; how much more is taken from the series itself. What is returned is corrected for the stretches
tried, not for the series.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, xlogy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHORTEST, LONGEST = 3, 35  # days
_BLOCKS = (7, 14)  # days by which the spread from stretch to stretch is told
_FEWEST_BLOCKS = 4


@dataclass(frozen=True)
class OddStretch:
    """Days [begin, end) of a series.

    Attributes
    ----------
    begin, end : int
    part, whole : float         sums over these days
    usual : float, 0 to 1       share of part in whole over all other days
    score : float               standard deviations from it; below 0 where the share fell
    spread : float, ≥ 1         variance that was reckoned with, as so many times that of chance
    tried : int                 stretches that it is the oddest of
    """

    begin: int
    end: int
    part: float
    whole: float
    usual: float
    score: float
    spread: float = 1.0
    tried: int = 1

    @property
    def log_chance(self) -> float:
        """After Bonferroni for the stretches tried; 0 at most."""
        return min(float(log_ndtr(-abs(self.score)) + np.log(2.0) + np.log(self.tried)), 0.0)

    def spread_by(self, spread: float) -> "OddStretch":
        """The same where the variance is so many times that of chance, if that is more than was reckoned with."""
        if spread <= self.spread:
            return self
        return replace(self, score=self.score * float(np.sqrt(self.spread / spread)), spread=spread)

    @property
    def times(self) -> float:
        """By how many times the odds, or the rate, are other than usual; below 1 where less."""
        rate = self.part / self.whole
        found = max(rate, 1e-9) / max(self.usual, 1e-9)
        if self.usual < 1.0 and rate < 1.0:
            found *= (1.0 - self.usual) / (1.0 - rate)
        return found

    @property
    def excess(self) -> float:
        """How many more than usual; below 0 where fewer."""
        return self.part - self.usual * self.whole


def oddest(part: Floats, whole: Floats, first: int) -> OddStretch | None:
    """The oddest stretch that begins on day `first` or later; None where the series has nothing to be set beside.

    Parameters
    ----------
    part, whole : array (n_days,)   counts, part at most whole on every day or, for rates, of whatever size
    first : int                     earlier days are only looked back on

    Source
    ------
    Kulldorff, A spatial scan statistic, 1997, in time; the spread over chance after Wedderburn's quasi-likelihood.
    """
    begins, ends = _stretches(first, len(part))
    if not len(begins) or not part.any():
        return None
    is_share = bool((part <= whole).all())
    sums, wholes = (np.concatenate([[0.0], np.cumsum(one)]) for one in (part, whole))
    inside, looked = sums[ends] - sums[begins], wholes[ends] - wholes[begins]
    outside, beside = sums[-1] - inside, wholes[-1] - looked
    score = _signed_root(inside, looked, outside, beside, is_share)
    place = int(np.argmax(np.abs(score)))
    found = stretch_at(part, whole, int(begins[place]), int(ends[place]))
    return found and replace(found, tried=len(begins))


def stretch_at(part: Floats, whole: Floats, begin: int, end: int) -> OddStretch | None:
    """The days [begin, end) beside all others, as if no other stretch had been looked at; None without a whole."""
    inside, looked = np.array([part[begin:end].sum()]), np.array([whole[begin:end].sum()])
    outside, beside = part.sum() - inside, whole.sum() - looked
    if beside[0] <= 0 or looked[0] <= 0:
        return None
    is_share = bool((part <= whole).all())
    usual = float(outside[0] / beside[0])
    score = float(_signed_root(inside, looked, outside, beside, is_share)[0])
    found = OddStretch(begin, end, float(inside[0]), float(looked[0]), usual, score)
    return found.spread_by(_spread(part, whole, begin, end, usual, is_share))


def _stretches(first: int, days: int) -> tuple[Ints, Ints]:
    begins, lengths = np.meshgrid(np.arange(first, days), np.arange(SHORTEST, LONGEST + 1), indexing="ij")
    ends = begins + lengths
    fits = ends <= days
    return begins[fits], ends[fits]


def _signed_root(part: Floats, whole: Floats, rest: Floats, others: Floats, is_share: bool) -> Floats:
    """Signed root of twice the log likelihood ratio of two shares (binomial) or rates (Poisson)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = _likelihood(part, whole, is_share) + _likelihood(rest, others, is_share)
        gain = apart - _likelihood(part + rest, whole + others, is_share)
        above = np.sign(part / whole - rest / others)
    return np.asarray(np.nan_to_num(above * np.sqrt(2.0 * np.maximum(gain, 0.0))))


def _likelihood(part: Floats, whole: Floats, is_share: bool) -> Floats:
    share = part / whole
    found = xlogy(part, share)
    return np.asarray(found + xlogy(whole - part, 1.0 - share) if is_share else found)


def _spread(part: Floats, whole: Floats, begin: int, end: int, usual: float, is_share: bool) -> float:
    """How much more the other days vary than chance alone, from block to block; at least 1."""
    kept = np.ones(len(part), dtype=bool)
    kept[begin:end] = False
    variance_each = usual * (1.0 - usual) if is_share else usual
    spreads = [1.0]
    for days in _BLOCKS:
        counts, wholes = (_blocks(one[kept], days) for one in (part, whole))
        told = wholes * variance_each > 0
        if told.sum() >= _FEWEST_BLOCKS:
            off = (counts[told] - usual * wholes[told]) ** 2 / (wholes[told] * variance_each)
            spreads.append(float(off.sum() / (told.sum() - 1)))
    return max(spreads)


def _blocks(values: Floats, days: int) -> Floats:
    whole = len(values) // days * days
    return np.asarray(values[len(values) - whole :].reshape(-1, days).sum(axis=1))
