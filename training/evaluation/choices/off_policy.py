"""What a choice of channel would have brought, told from sends whose channel was drawn by lot.

Three estimates of the share of messages answered: inverse propensity (IPS, unbiased, scatters), self-normalised (SNIPS,
steadier) and doubly robust (DR, uses a model where the log says nothing). Each needs the probability with which the
logged channel was drawn; a choice that the log never makes cannot be judged by it.

Source: Dudík, Langford & Li (2011), Doubly robust policy evaluation and learning; Swaminathan & Joachims (2015).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval, resamples

Array = NDArray[np.float64]

ESTIMATES = ("ips", "snips", "dr")
_LARGEST_WEIGHT = 50.0
_DRAWS = 300


@dataclass(frozen=True)
class Log:
    """Logged sends, one entry each.

    Attributes
    ----------
    customers : array (m,)       whom; a customer's sends are drawn together
    channel : int64 (m,)         the channel used, a place among k
    propensity : array (m,)      the probability with which it was drawn, above 0
    reward : array (m,)          1 where it was answered
    expected : array (m, k)      what a model expects of each channel, learnt before the log
    """

    customers: NDArray[np.str_]
    channel: NDArray[np.int64]
    propensity: Array
    reward: Array
    expected: Array


def compared(
    log: Log, policies: Mapping[str, NDArray[np.int64]], ours: str
) -> tuple[dict[str, dict[str, Interval]], dict[str, dict[str, Interval]]]:
    """Every policy's value, and ours less each other one's, with 95 % intervals from drawing customers anew.

    Returns
    -------
    values, gaps : policy → estimate → Interval
    """
    parts = {name: _parts(log, chosen) for name, chosen in policies.items()}
    whole = {name: _from(*part) for name, part in parts.items()}
    draws: dict[str, list[dict[str, float]]] = {name: [] for name in policies}
    for rows in resamples(log.customers, draws=_DRAWS):
        for name, part in parts.items():
            draws[name].append(_from(*(column[rows] for column in part)))
    values = {name: {one: _interval(whole[name][one], [draw[one] for draw in draws[name]]) for one in ESTIMATES}
              for name in policies}  # fmt: skip
    gaps = {
        name: {
            one: _interval(
                whole[ours][one] - whole[name][one],
                [mine[one] - theirs[one] for mine, theirs in zip(draws[ours], draws[name], strict=True)],
            )
            for one in ESTIMATES
        }
        for name in policies
        if name != ours
    }
    return values, gaps


def _parts(log: Log, chosen: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Weights, weighted rewards and doubly robust terms, by send."""
    same = chosen == log.channel
    weight = np.where(same, np.minimum(1 / log.propensity, _LARGEST_WEIGHT), 0.0)
    rows = np.arange(len(chosen))
    modelled = np.where(chosen >= 0, log.expected[rows, np.maximum(chosen, 0)], 0.0)
    left = log.reward - log.expected[rows, log.channel]
    return weight, weight * log.reward, modelled + weight * left


def _from(weight: Array, gained: Array, robust: Array) -> dict[str, float]:
    total = float(weight.sum())
    return {
        "ips": float(gained.mean()),
        "snips": float(gained.sum()) / total if total > 0 else float("nan"),
        "dr": float(robust.mean()),
    }


def _interval(value: float, drawn: list[float]) -> Interval:
    known = np.array(drawn)[~np.isnan(drawn)]
    if not len(known):  # a policy that agrees with no send that was logged
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(value, float(low), float(high))
