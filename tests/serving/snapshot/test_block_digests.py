"""Digests of an array by block: a flipped bit is found, a change that was meant is no damage."""

from pathlib import Path

import numpy as np
import pytest

from serving.snapshot.block_digests import BLOCK, blocks_of, changing_rows, digests_beside, is_damaged, write_digests


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "features.npy"
    np.save(path, np.random.default_rng(3).normal(size=(1_000, 50)).astype(np.float32))
    write_digests(path)
    return path


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 4]))


@pytest.mark.parametrize("at", [0, 200, BLOCK - 1, BLOCK, 3 * BLOCK + 1, -1])
def test_a_flipped_bit_is_found_in_its_block(path: Path, at: int) -> None:
    assert blocks_of(path) == 4 and not is_damaged(path)
    at %= path.stat().st_size
    flip(path, at)
    assert is_damaged(path)
    assert [is_damaged(path, block, block + 1) for block in range(4)] == [block == at // BLOCK for block in range(4)]


def test_data_and_digest_change_together(path: Path) -> None:
    with changing_rows(path, BLOCK - 2, BLOCK + 2):
        flip(path, BLOCK - 1)
        assert not is_damaged(path)  # it is being changed at this moment
    assert not is_damaged(path)


def test_a_change_does_not_heal_what_was_damaged(path: Path) -> None:
    flip(path, 500)
    with changing_rows(path, 1_000, 1_004):
        flip(path, 1_001)
    assert is_damaged(path, 0, 1) and not is_damaged(path, 1)


def test_a_change_that_was_killed_is_no_damage_and_ends_when_done_again(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), changing_rows(path, 0, 4):
        flip(path, 1)
        raise KeyboardInterrupt
    assert not is_damaged(path)
    with changing_rows(path, 0, 4):
        pass
    assert not is_damaged(path) and bytes(16) not in digests_beside(path).read_bytes()
    flip(path, 2)
    assert is_damaged(path)


def test_a_lost_or_short_file_of_digests_is_damage(path: Path) -> None:
    digests_beside(path).write_bytes(digests_beside(path).read_bytes()[:-16])
    assert is_damaged(path)
    digests_beside(path).unlink()
    with pytest.raises(FileNotFoundError):
        is_damaged(path)
