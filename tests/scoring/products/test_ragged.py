"""Ragged rows laid out flat say what a plain loop says; a key is found at its first place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.products.ragged import Lookup, flat


@given(
    sizes=st.lists(st.integers(0, 4), min_size=1, max_size=6),
    asked=st.lists(st.integers(-1, 5), max_size=8),
    most=st.none() | st.integers(0, 3),
)
def test_flat_is_a_loop_over_rows(sizes, asked, most):
    rows = [row if row < len(sizes) else -1 for row in asked]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    expected = [
        (owner, within, offsets[row] + within)
        for owner, row in enumerate(rows)
        if row >= 0
        for within in range(sizes[row])[:most]
    ]
    found = flat(offsets, np.array(rows, dtype=np.int64), most)
    assert list(zip(*(part.tolist() for part in found), strict=True)) == expected


@given(keys=st.lists(st.integers(0, 9)), asked=st.lists(st.integers(0, 9)))
def test_a_key_is_found_at_its_first_place_or_nowhere(keys, asked):
    found = Lookup(np.array(keys, dtype=np.int64)).find(np.array(asked, dtype=np.int64))
    assert found.tolist() == [keys.index(key) if key in keys else -1 for key in asked]
