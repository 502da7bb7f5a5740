"""How many groups hold up, and which: k-means, kept only where samples drawn anew give the same groups."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST = 8
HOLDS, KEEPS = 0.75, 0.6  # stability from which a number is taken, and last month's kept: Hennig's valid and pattern
_AS_GOOD = 0.02  # stability by which two numbers are alike; then the larger one is taken
_THROWS = 6  # samples drawn anew for each number
_SAMPLE = 4_000  # people that groups are tried on
_FITTED_ON = 50_000  # people that the groups are fitted on; the others join the nearest
_SMALLEST_SHARE = 0.02  # of all people, below which a group is an oddity


@dataclass(frozen=True)
class Clusters:
    """Groups that hold up.

    Attributes
    ----------
    labels : int array (n,)             0 to k − 1
    centres : array (k, m)
    stability : float, 0 to 1           mean adjusted Rand index between these groups and those of samples drawn anew:
                                        1, everybody is put together with the same people again; 0, as by chance
    """

    labels: Ints
    centres: Floats
    stability: float


def stable_groups(values: Floats, before: Floats | None = None) -> Clusters | None:
    """The number of groups that holds up best, from 2 to 8; None where none does.

    Parameters
    ----------
    values : array (n, m)               people by traits, of about one spread
    before : array (k, m), optional     centres of the month before: their number stays as long as it holds up nearly as
                                        well, and the search begins there
    """
    if len(values) < MOST or not values.shape[1]:
        return None
    sample = values[np.random.default_rng(0).permutation(len(values))[:_SAMPLE]]
    if before is not None and before.shape[1] == values.shape[1]:
        kept = stability(sample, len(before), before)
        if kept >= KEEPS:
            return _fitted(values, len(before), kept, before)
    held = {count: stability(sample, count) for count in range(2, MOST + 1)}
    best = max(held.values())
    if best < HOLDS:
        return None
    count = max(count for count, found in held.items() if found >= best - _AS_GOOD)
    return _fitted(values, count, held[count], None)


def stability(values: Floats, count: int, start: Floats | None = None) -> float:
    """Mean adjusted Rand index between the groups of everybody and those of bootstrap samples; 0 where one is tiny.

    Source
    ------
    Hennig, Cluster-wise assessment of cluster stability, 2007, with the index of Hubert and Arabie, 1985.
    """
    whole = _means(values, count, start).predict(values)
    if np.bincount(whole, minlength=count).min() < _SMALLEST_SHARE * len(values):
        return 0.0
    rng = np.random.default_rng(count)
    agreed = []
    for _ in range(_THROWS):
        drawn = values[rng.integers(0, len(values), len(values))]
        agreed.append(adjusted_rand_score(whole, _means(drawn, count, start).predict(values)))
    return float(np.mean(agreed))


def _fitted(values: Floats, count: int, found: float, start: Floats | None) -> Clusters:
    sample = values[np.random.default_rng(1).permutation(len(values))[:_FITTED_ON]]
    means = _means(sample, count, start)
    return Clusters(means.predict(values).astype(np.int64), means.cluster_centers_, found)


def _means(values: Floats, count: int, start: Floats | None) -> KMeans:
    init, tries = ("k-means++", 5) if start is None else (start, 1)
    with (
        threadpool_limits(1),
        warnings.catch_warnings(),
    ):  # sums in another order give other groups, and small fits gain nothing by threads
        # People who are all alike make fewer groups than asked for: a group without members is unstable, and says so.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(count, init=init, n_init=tries, random_state=0).fit(np.ascontiguousarray(values))
