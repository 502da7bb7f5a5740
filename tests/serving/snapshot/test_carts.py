"""Carts lie beside the snapshot's rows: the newest products, erased with their customer, refused when damaged."""

import pytest

from serving.errors import SnapshotError
from serving.snapshot.carts import erase_carts, read_carts, write_carts

CARTS = {1: ("P9", "P2", "P5", "P1"), 3: ("P2",)}


def test_the_newest_products_of_whom_left_some(tmp_path):
    write_carts(tmp_path, 4, CARTS)
    found = read_carts(tmp_path, 4)
    assert [found.of(row) for row in (-1, 0, 1, 2, 3)] == [(), (), ("P9", "P2", "P5"), (), ("P2",)]


def test_without_a_cart_there_is_no_file(tmp_path):
    write_carts(tmp_path, 4, {})
    assert read_carts(tmp_path, 4) is None and not any(tmp_path.iterdir())


def test_erased_is_gone_for_whoever_has_it_open(tmp_path):
    write_carts(tmp_path, 4, CARTS)
    found = read_carts(tmp_path, 4)
    erase_carts(tmp_path, 1)
    assert found.of(1) == () and read_carts(tmp_path, 4).of(3) == ("P2",)


def test_damage_and_another_snapshot_are_refused(tmp_path):
    write_carts(tmp_path, 4, CARTS)
    with pytest.raises(SnapshotError, match="other customers"):
        read_carts(tmp_path, 5)
    path = tmp_path / "carts.npy"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(SnapshotError, match="Run the night again"):
        read_carts(tmp_path, 4)
