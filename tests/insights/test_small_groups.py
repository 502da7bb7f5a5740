"""Nobody in a group of fewer than twenty is told of, not even by what is left of the whole."""

import numpy as np
import pyarrow as pa
import pytest

from insights.small_groups import SMALLEST, large_cells, large_enough, without_small


@pytest.mark.parametrize(
    ("people", "shown"),
    [
        ([], []),
        ([20], [True]),
        ([19], [False]),
        ([500, 40, 3], [True, False, False]),
        ([500, 15, 12], [True, False, False]),
        ([30, 30, 0], [True, True, False]),
        ([25, 7], [False, False]),
    ],
)
def test_groups_that_are_shown(people: list[int], shown: list[bool]) -> None:
    assert large_enough(people).tolist() == shown


def test_each_whole_is_looked_at_alone() -> None:
    table = pa.table({"month": [1, 1, 2, 2], "channel": ["a", "b", "a", "b"], "people": [50, 3, 50, 60]})
    assert without_small(table, ["month"]).to_pydict()["month"] == [2, 2]


@pytest.mark.parametrize("seed", range(30))
def test_no_sum_of_a_row_or_column_reveals_a_few(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = np.where(rng.random((9, 8)) < 0.4, 0, rng.geometric(0.03, (9, 8)))
    shown = large_cells(people)
    for row in people, people.T:
        told = shown if row is people else shown.T
        for cells, seen in zip(row.tolist(), told.tolist(), strict=True):
            assert all(cell == 0 or cell >= SMALLEST for cell, tell in zip(cells, seen, strict=True) if tell)
            few = sum(cell for cell, tell in zip(cells, seen, strict=True) if not tell)
            alone = not any(cell and tell for cell, tell in zip(cells, seen, strict=True))
            assert few == 0 or few >= SMALLEST or alone


def test_what_is_large_is_shown() -> None:
    people = np.array([[40, 0], [25, 90]])
    assert large_cells(people).all()
