"""The linear model against ridge regressions of each product on all others."""

import numpy as np
import pytest
from scipy import sparse

from features.products.linear import item_weights

STIFFNESS = 5.0


def test_weights_are_those_of_a_ridge_regression_of_each_product_on_the_others() -> None:
    bought = (np.random.default_rng(2).random((60, 7)) < 0.4).astype(np.float32)
    told = item_weights(sparse.csr_array(bought)).toarray()
    together = bought.T.astype(np.float64) @ bought
    stiff = max(STIFFNESS * together[np.diag_indices(7)].mean(), 1.0)
    for product in range(7):
        others = [one for one in range(7) if one != product]
        wanted = np.linalg.solve(
            together[np.ix_(others, others)] + stiff * np.eye(6), together[np.ix_(others, [product])]
        ).ravel()
        assert told[others, product] == pytest.approx(wanted, abs=1e-6) and told[product, product] == 0


def test_nothing_is_said_of_products_of_one_buyer() -> None:
    bought = sparse.csr_array(np.eye(4, dtype=np.float32))
    assert item_weights(bought).nnz == 0
