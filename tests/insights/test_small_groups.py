"""Nobody in a group of fewer than twenty is told of, not even by what is left of the whole."""

import pyarrow as pa
import pytest

from insights.small_groups import large_enough, without_small


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
