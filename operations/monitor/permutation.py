"""Whether two samples of rows come from one law: every column at once, at a false-alarm rate that holds at any size.

Rows are summed in blocks of equal size, and blocks change sides at random. If the rows of both samples are
exchangeable, blocks of them are too, so that the greatest of all columns' differences is as likely to rank first among
its permuted selves as any other: the rate of false alarms is exactly the one asked for, however many columns there are,
however they hang together, however many rows there are. Blocks keep the work the same from a thousand rows to millions.

Source: Westfall & Young 1993 (the largest statistic over all columns); Phipson & Smyth 2010 (p = (1 + b) / (1 + B)).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.float32]

RATE = 0.01  # of nights on which nothing changed and some column is alarmed about all the same
PERMUTATIONS = 199
_BLOCKS = 500  # of both samples together
_FEWEST_BLOCKS = 20  # of the smaller sample
_PILOT = 1_000  # rows that tell the middle and the scale of a column
_FARTHEST = 4.0  # standard deviations beyond which a value counts as so many: one order of a million moves no mean
_AT_ONCE = 250_000  # values looked at at a time: they stay in the processor's cache
_SAME = 1e-6  # standard deviations of blocks below this are rounding


@dataclass(frozen=True)
class Shift:
    """How a column differs between two samples.

    Attributes
    ----------
    size : float        difference of the means, tonight − reference, in standard deviations of both together (robust)
    spread : float      difference of the mean distances from the middle, in the same unit
    missing : float     difference of the shares of missing values
    p : float           share of permutations in which any column at all differs as much as this one
    alarm : bool        p is at most the rate
    """

    column: str
    size: float
    spread: float
    missing: float
    p: float
    alarm: bool


def shifts(
    reference: Rows,
    tonight: Rows,
    columns: Sequence[str],
    *,
    seed: int,
    rate: float = RATE,
    permutations: int = PERMUTATIONS,
) -> tuple[Shift, ...]:
    """Compare two samples in every column; on unchanged nights some column alarms with probability `rate`, not more.

    Parameters
    ----------
    reference, tonight : float32 arrays (n, k) and (m, k), NaN is missing, n and m at least 20; no customer is in both,
                         and the order of rows says nothing about them
    columns : the k names
    seed : chooses permutations and pilot rows, the same night the same ones
    permutations : rate × (permutations + 1) should be whole, or the true rate lies below

    Returns
    -------
    tuple of Shift     one a column, in order; a column that is one value in both samples is no different and has p = 1
    """
    chance = np.random.default_rng(seed)
    middle, scale = _pilot(reference, tonight, chance)
    size = _block_size(len(reference), len(tonight))
    sides = [_block_means(rows, size, middle, scale) for rows in (reference, tonight)]
    gaps, exceeding = _permuted(sides[0], sides[1], permutations, chance)
    ranks = (1.0 + exceeding) / (1.0 + permutations)
    found = []
    for place, name in enumerate(columns):
        own = slice(3 * place, 3 * place + 3)
        p = float(ranks[own].min())
        shifted, spread, missing = (float(gap) for gap in gaps[own])
        found.append(Shift(name, shifted, spread, missing, p, p <= rate + 1e-12))
    return tuple(found)


def _pilot(reference: Rows, tonight: Rows, chance: np.random.Generator) -> tuple[Rows, Rows]:
    """Middle and scale of each column over some rows of both, drawn without regard to which sample they are of."""
    both = len(reference) + len(tonight)
    drawn = np.sort(chance.choice(both, min(both, _PILOT), replace=False))
    split = np.searchsorted(drawn, len(reference))
    rows = np.concatenate([reference[drawn[:split]], tonight[drawn[split:] - len(reference)]])
    columns = np.ascontiguousarray(rows.T)
    known = ~np.isnan(columns)
    count = known.sum(axis=1)
    rising = np.sort(np.where(known, columns, np.inf), axis=1)  # missing values last, as infinite
    middle, low, high = (_at(rising, count, share) for share in (0.5, 0.25, 0.75))
    scale = (high - low) / np.float32(1.349)
    # Where half of all values are one (most counts are 0), the mean distance from it stands in.
    apart = np.where(known, np.abs(columns - middle[:, None]), 0.0).sum(axis=1) / np.maximum(count, 1)
    scale = np.where(scale > 0, scale, apart)
    return middle, np.where(np.isfinite(scale) & (scale > 0), scale, 1.0).astype(np.float32)


def _at(rising: Rows, count: NDArray[np.intp], share: float) -> Rows:
    place = np.minimum((share * count).astype(np.intp), np.maximum(count - 1, 0))
    found = rising[np.arange(len(rising)), place]
    return np.where(np.isfinite(found), found, 0.0).astype(np.float32)


def _block_size(n: int, m: int) -> int:
    return max(1, min(-(-(n + m) // _BLOCKS), min(n, m) // _FEWEST_BLOCKS))


def _block_means(rows: Rows, size: int, middle: Rows, scale: Rows) -> Rows:
    """Means over blocks of rows of three scores a column: how high, how far from the middle, whether missing.

    Rows that fill no whole block are left out: blocks of unequal size could not change sides.
    """
    blocks, k = len(rows) // size, rows.shape[1]
    means = np.empty((blocks, k, 3), dtype=np.float32)
    step = max(1, _AT_ONCE // (size * k))
    for start in range(0, blocks, step):
        end = min(blocks, start + step)
        score = rows[start * size : end * size] - middle
        score /= scale
        missing = np.isnan(score)
        np.copyto(score, 0.0, where=missing)
        np.clip(score, -_FARTHEST, _FARTHEST, out=score)
        shape = (end - start, size, k)
        means[start:end, :, 0] = score.reshape(shape).mean(axis=1)
        means[start:end, :, 1] = np.abs(score, out=score).reshape(shape).mean(axis=1)
        means[start:end, :, 2] = missing.reshape(shape).mean(axis=1)
    return means.reshape(blocks, 3 * k)


def _permuted(one: Rows, other: Rows, permutations: int, chance: np.random.Generator) -> tuple[Array, Array]:
    """Differences of the means, and in how many permutations the greatest of all is as large as each, standardised."""
    pooled = np.concatenate([one, other])
    gaps = other.mean(axis=0, dtype=np.float64) - one.mean(axis=0, dtype=np.float64)
    deviation = pooled.std(axis=0, dtype=np.float64)
    varies = deviation > _SAME
    standard = ((pooled - pooled.mean(axis=0, dtype=np.float64)) / np.where(varies, deviation, np.inf)).astype(
        np.float32
    )
    sides = np.concatenate([np.full(len(one), -1 / len(one)), np.full(len(other), 1 / len(other))]).astype(np.float32)
    drawn = np.stack([sides, *(chance.permutation(sides) for _ in range(permutations))])
    found = np.abs(drawn @ standard)
    greatest = np.sort(found[1:].max(axis=1, initial=0.0))
    exceeding = permutations - np.searchsorted(greatest, found[0], side="left")
    return gaps, np.where(varies, exceeding, permutations).astype(np.float64)
