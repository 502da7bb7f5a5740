"""What stores have, written and read: nothing is had that was not written, and damage is refused."""

import numpy as np
import pytest

from serving.errors import SnapshotError
from serving.snapshot.shelves import BITS, read_shelves, write_shelves

PLACES = {"S1": (31.2, 121.4), "S2": (None, None), "S3": (39.9, 116.4)}


def test_every_pair_comes_back_and_no_other(tmp_path):
    rng = np.random.default_rng(1)
    pairs = {(f"S{rng.integers(1, 5)}", f"P{rng.integers(0, 40)}") for _ in range(60)}
    write_shelves(tmp_path, PLACES, pairs)
    read = read_shelves(tmp_path)
    assert read.stores == ("S1", "S2", "S3", "S4")
    found = {(read.stores[at], f"P{i}") for i in range(41) for at in read.having(f"P{i}")}
    assert found == pairs


def test_how_far_and_unknown_places(tmp_path):
    write_shelves(tmp_path, PLACES, [("S1", "P1")])
    away = read_shelves(tmp_path).distances(31.2, 121.4)
    assert away[0] == 0 and np.isnan(away[1]) and 1000 < away[2] < 1100
    assert np.isnan(read_shelves(tmp_path).distances(np.nan, np.nan)).all()


def test_nothing_there_and_damage(tmp_path):
    assert read_shelves(tmp_path) is None
    write_shelves(tmp_path, PLACES, [("S1", f"P{i}") for i in range(100)])
    (tmp_path / BITS).write_bytes((tmp_path / BITS).read_bytes()[:-3])
    with pytest.raises(SnapshotError, match="Run the night again"):
        read_shelves(tmp_path)
