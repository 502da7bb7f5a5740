"""Neighbours of baskets against counting by hand."""

import numpy as np
import pytest
from scipy import sparse

from features.products.neighbours import neighbours, tastes_of


def test_a_product_counts_by_the_likeness_of_the_neighbours_who_lately_bought_it() -> None:
    # Customers 0 and 1 buy the same, 2 shares one product with them, 3 nothing.
    weights = sparse.csr_array(np.array([[1, 1, 0, 0, 0], [1, 1, 2, 0, 0], [0, 1, 0, 1, 0], [0, 0, 0, 0, 1.0]]))
    place = np.zeros(weights.nnz, dtype=np.int64)
    tastes = tastes_of(weights, place)
    lately = np.ones(weights.nnz, dtype=bool)
    lately[2] = False  # the first product of customer 1 was bought long ago
    told = neighbours(tastes, weights, lately).bought(sparse.csr_array(tastes[:1]), 0).toarray()[0]
    unit = tastes.toarray()
    near, far = unit[0] @ unit[1], unit[0] @ unit[2]
    share = near / (near + far)
    assert near > far > 0
    assert told.tolist() == pytest.approx([0, 1, share, 1 - share, 0])


def test_only_the_first_hundred_products_say_what_a_customer_is_like() -> None:
    weights = sparse.csr_array(np.ones((1, 3)))
    unit = tastes_of(weights, np.array([0, 99, 100])).toarray()[0]
    assert unit.tolist() == pytest.approx([0.5**0.5, 0.5**0.5, 0])
