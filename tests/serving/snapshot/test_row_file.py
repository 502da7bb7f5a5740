"""Rows read one by one are the rows numpy reads."""

import numpy as np
import pytest

from serving.snapshot.row_file import RowFile


def test_rows_are_those_of_the_matrix_in_the_order_asked(tmp_path):
    matrix = np.random.default_rng(1).random((50, 7)).astype(np.float32)
    np.save(tmp_path / "m.npy", matrix)
    rows = RowFile(tmp_path / "m.npy")
    assert np.array_equal(rows.take([3, 49, 0, 3]), matrix[[3, 49, 0, 3]])
    assert rows.take([]).shape == (0, 7)
    assert np.isnan(rows.take([-1, 2])[0]).all()
    with pytest.raises(IndexError, match="no row 50 among 50"):
        rows.take([50])


def test_what_is_overwritten_in_place_is_seen_at_once(tmp_path):
    np.save(tmp_path / "m.npy", np.ones((4, 2), dtype=np.float32))
    rows = RowFile(tmp_path / "m.npy")
    opened = np.load(tmp_path / "m.npy", mmap_mode="r+")
    opened[2] = np.nan
    assert np.isnan(rows.take([2])).all() and (rows.take([1]) == 1).all()


def test_spans_lie_one_after_the_other(tmp_path):
    kind = np.dtype([("item", "<i4"), ("weight", "<f4"), ("times", "<u2")])
    records = np.array([(i, i / 2, i) for i in range(9)], dtype=kind)
    np.save(tmp_path / "r.npy", records)
    rows = RowFile(tmp_path / "r.npy")
    assert np.array_equal(rows.spans([7, 3, 0], [9, 3, 2]), records[[7, 8, 0, 1]])
    assert rows.spans([], []).shape == (0,) and rows.spans([], []).dtype == kind
    with pytest.raises(IndexError, match="no row 9 among 9"):
        rows.spans([8], [10])


@pytest.mark.parametrize("wrong", [np.float32(1), np.ones((4, 2), np.float32, order="F")])
def test_an_array_not_in_row_order_is_refused(tmp_path, wrong):
    np.save(tmp_path / "m.npy", wrong)
    with pytest.raises(ValueError, match=r"m\.npy is no array in row order"):
        RowFile(tmp_path / "m.npy")
