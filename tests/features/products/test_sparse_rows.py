"""Rows and columns of sparse matrices against counting by hand."""

from math import sqrt

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from features.products.sparse_rows import coded, cosine, place_within, strongest


def test_names_become_places_among_their_sorted_ones() -> None:
    places, names = coded(pa.chunked_array([["tea", "milk"], ["tea"]]))
    assert places.tolist() == [1, 0, 1] and names.to_pylist() == ["milk", "tea"]


def test_places_are_counted_anew_in_each_run() -> None:
    assert place_within(np.array([3, 3, 5, 7, 7, 7])).tolist() == [0, 1, 0, 0, 1, 2]
    assert place_within(np.array([], dtype=np.int64)).tolist() == []


def test_the_largest_of_each_row_come_first_and_ties_by_column() -> None:
    matrix = sparse.coo_array(np.array([[1.0, 3.0, 3.0], [0.0, 0.0, 2.0]]))
    row, column, value = strongest(matrix, 2)
    assert (row.tolist(), column.tolist(), value.tolist()) == ([0, 0, 1], [1, 2, 2], [3.0, 3.0, 2.0])


def test_columns_held_together_are_alike_unless_they_met_seldom() -> None:
    # Six rows hold the first, five of them the second too; the third is held by five and met the first twice.
    held = np.array([[1, 1, 0]] * 3 + [[1, 1, 1]] * 2 + [[1, 0, 0]] + [[0, 0, 1]] * 3, dtype=np.float32)
    found = cosine(sparse.csr_array(held), 10.0).toarray()
    assert found[0, 1] == found[1, 0] == pytest.approx(5 / (sqrt(16) * sqrt(15)))
    assert found[0, 2] == found[0, 0] == 0
