"""Nearest neighbours of baskets over time: customers whose purchases, faded by age, point the same way.

After TIFU-KNN (Hu et al., 2020) and UP-CF (Faggioli et al., 2020), with neighbours sought in a sample.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

NEIGHBOURS = 100  # of each customer
SAMPLE = 5_000  # customers among whom they are sought
RECENT_DAYS = 28  # what a neighbour bought since then counts
_OWN = 100  # own products that say what a customer is like


@dataclass(frozen=True)
class Neighbours:
    """The customers among whom neighbours are sought.

    Attributes
    ----------
    tastes : float32 (products, sample)     their faded purchases as unit vectors
    recent : float32 (sample, products)     1 for what they bought within 28 days
    rows : int64 (sample,)                  which customers they are, ascending
    """

    tastes: sparse.csr_array
    recent: sparse.csr_array
    rows: NDArray[np.int64]

    def bought(self, tastes: sparse.csr_array, first: int) -> sparse.csr_array:
        """The share of each customer's neighbours, by likeness, that lately bought a product: (customers, products).

        `tastes` are unit vectors of the customers first, first + 1 …; none is a neighbour of itself.
        """
        if not self.tastes.shape[1]:  # nobody has bought lately
            return sparse.csr_array((tastes.shape[0], self.recent.shape[1]), dtype=np.float32)
        likeness = sparse.csr_array(tastes @ self.tastes).toarray()
        own = np.flatnonzero((self.rows >= first) & (self.rows < first + likeness.shape[0]))
        likeness[self.rows[own] - first, own] = 0.0
        nearest = min(NEIGHBOURS, likeness.shape[1])
        at = np.sort(np.argpartition(-likeness, nearest - 1, axis=1)[:, :nearest], axis=1)
        value = np.take_along_axis(likeness, at, axis=1)
        value = value / np.maximum(value.sum(axis=1, keepdims=True), 1e-9)
        offsets = np.arange(0, at.size + 1, nearest)
        return sparse.csr_array(sparse.csr_array((value.ravel(), at.ravel(), offsets), likeness.shape) @ self.recent)


def tastes_of(weights: sparse.csr_array, place: NDArray[np.int64]) -> sparse.csr_array:
    """Unit vectors of log(1 + faded purchases), from each customer's first hundred products.

    Parameters
    ----------
    weights : float (customers, products)
    place : of each entry, its place among the customer's products
    """
    kept = sparse.csr_array(weights, dtype=np.float32, copy=True)
    kept.data = np.where(place < _OWN, np.log1p(kept.data), np.float32(0))
    kept.eliminate_zeros()
    length = np.sqrt(np.asarray(kept.multiply(kept).sum(axis=1)).ravel())
    return sparse.csr_array(sparse.diags_array(1 / np.maximum(length, np.float32(1e-9))) @ kept)


def neighbours(tastes: sparse.csr_array, weights: sparse.csr_array, recent: NDArray[np.bool_]) -> Neighbours:
    """Neighbours to be, a sample of those who bought within 28 days; the same one every time.

    Parameters
    ----------
    recent : of each entry of `weights`, whether it was bought within 28 days
    """
    bought = sparse.csr_array((recent.astype(np.float32), weights.indices, weights.indptr), weights.shape)
    lately = np.flatnonzero(np.asarray(bought.sum(axis=1)).ravel())
    rows = lately[np.unique(np.linspace(0, max(len(lately) - 1, 0), min(SAMPLE, len(lately))).astype(np.int64))]
    bought = sparse.csr_array(bought[rows])
    bought.eliminate_zeros()
    return Neighbours(sparse.csr_array(tastes[rows].T), bought, rows)
