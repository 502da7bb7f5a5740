"""Chance: one named stream a mechanism, and the few ways in which the world throws its dice."""

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def dice(seed: int, mechanism: str) -> np.random.Generator:
    """The stream of one mechanism: another mechanism throwing more often does not change it."""
    return np.random.default_rng([seed, zlib.crc32(mechanism.encode())])


def happens(rng: np.random.Generator, chance: Floats) -> Bools:
    """True with the given chance, element by element."""
    return np.asarray(rng.random(np.shape(chance)) < chance)


def choose(rng: np.random.Generator, weights: Floats) -> Ints:
    """One column a row of `weights` (n, k), drawn in proportion; a column of weight 0 is never drawn."""
    ladder = np.cumsum(weights, axis=1)
    throw = rng.random(len(ladder)) * ladder[:, -1]
    return np.asarray((ladder <= throw[:, None]).sum(axis=1), dtype=np.int64)


def deal(rng: np.random.Generator, shares: Sequence[float], size: int) -> Ints:
    """`size` codes 0 … k − 1 in the given shares."""
    ladder = np.cumsum(shares) / np.sum(shares)
    return np.minimum(np.searchsorted(ladder, rng.random(size), side="right"), len(ladder) - 1)


def sigmoid(logit: Floats) -> Floats:
    """Log-odds to probability."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def softmax(logits: Floats) -> Floats:
    """Log weights (…, k) to shares that add up to 1 along the last axis."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))
