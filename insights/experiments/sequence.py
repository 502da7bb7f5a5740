"""A confidence sequence: an interval that holds at every look, so that a trial may be stopped on any day.

Source: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52 (2024), equation 8: the two-sided boundary of a Gaussian mixture. It is stated there
for means of units that arrive one after another. Written over the variance of the summed difference, V = n²·se², and
κ = V at the planned end / k, it is

    difference ± sqrt((V + κ) · (2·ln(1/α) + ln((V + κ)/κ))) / n

Where all units begin together and their sums grow day by day, looks resemble each other more than the theorem
supposes – big spenders stay big spenders –, which makes false stops rarer; `make bench-experiments` counts them.
"""

import math


def scale(n: int, error: float, alpha: float) -> float:
    """κ: makes the sequence tightest about where n units give the difference this standard error.

    Parameters
    ----------
    n : int             units of both arms at the planned end
    error : float       standard error of the difference expected then, > 0
    alpha : float       level of the sequence
    """
    wide = -2 * math.log(alpha)
    return (n * error) ** 2 / (wide + math.log1p(wide))


def radius(n: int, error: float, kappa: float, alpha: float) -> float:
    """Half the width of the interval around a difference; infinite without information.

    Parameters
    ----------
    n : int             units of both arms so far
    error : float       standard error of the difference, ≥ 0
    kappa : float       as `scale` gave it before the start
    alpha : float       chance that the interval ever misses the truth
    """
    if n == 0 or not math.isfinite(error) or error <= 0 or kappa <= 0:
        return math.inf
    known = (n * error) ** 2 + kappa
    return math.sqrt(known * (2 * math.log(1 / alpha) + math.log(known / kappa))) / n


def dearer(alpha: float) -> float:
    """How many standard errors wide the sequence is at the planned end; a fixed interval of 5 % has 1.96."""
    return radius(1, 1.0, scale(1, 1.0, alpha), alpha)
