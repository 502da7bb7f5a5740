"""A linear model in closed form: how much the purchase of one product speaks for each other one.

After EASE (Steck, 2019): of all weights with none from a product to itself, those that best restore what customers
bought. Fitted on the products most bought; the strongest weights of each are kept.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

PRODUCTS = 2_000  # most bought ones: the fit takes a matrix of this many squared
KEPT = 100  # weights a product
_SAMPLE = 20_000  # customers
_STIFFNESS = 5.0  # times the mean of the diagonal: a product of few buyers says little


def item_weights(bought: sparse.csr_array) -> sparse.csr_array:
    """Weights (products, products), row speaks for column, from purchases (customers, products); diagonal 0."""
    count = bought.shape[1]
    buyers = np.bincount(bought.indices, minlength=count)
    chosen = np.sort(np.argsort(-buyers, kind="stable")[: min(PRODUCTS, int((buyers > 1).sum()))])
    if len(chosen) < 2:
        return sparse.csr_array((count, count), dtype=np.float32)
    sample = sparse.csr_array(bought[:: max(1, bought.shape[0] // _SAMPLE)][:, chosen])
    together = (sample.T @ sample).toarray().astype(np.float64)
    diagonal = np.diag_indices(len(chosen))
    together[diagonal] += max(_STIFFNESS * together[diagonal].mean(), 1.0)
    inverse = linalg.inv(together, overwrite_a=True, assume_a="pos")
    weights = -inverse / np.diag(inverse)
    weights[diagonal] = 0.0
    return _strongest(weights, chosen, count)


def _strongest(weights: NDArray[np.float64], chosen: NDArray[np.int64], count: int) -> sparse.csr_array:
    """The largest weights of each row, on the places of all products."""
    kept = min(KEPT, len(chosen))
    at = np.argpartition(-np.abs(weights), kept - 1, axis=1)[:, :kept]
    row = np.repeat(np.arange(len(chosen)), kept)
    value = weights[row, at.ravel()].astype(np.float32)
    return sparse.csr_array((value, (chosen[row], chosen[at.ravel()])), shape=(count, count))
