"""A setting is taken within its bounds or refused in a sentence."""

import pytest

from training.learners.boosting_settings import CHOOSABLE, checked_settings
from training.task import TaskError


def test_bounds_themselves_are_allowed_and_whole_numbers_become_whole():
    for end in (0, 1):
        checked = checked_settings({name: bounds[end] for name, bounds in CHOOSABLE.items()})
        assert checked == {name: bounds[end] for name, bounds in CHOOSABLE.items()}
    assert isinstance(checked_settings({"num_leaves": 31.0})["num_leaves"], int)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("num_leaves", 1, "num_leaves = 1 must be a whole number from 2 to 1024"),
        ("num_leaves", 3.5, "num_leaves = 3.5 must be a whole number"),
        ("learning_rate", float("nan"), "learning_rate = nan must be a number from 0.001 to 1"),
        ("learning_rate", True, "learning_rate = True must be a number"),
        ("learning_rate", "fast", "learning_rate = 'fast' must be a number"),
        ("objective", 1.0, "'objective' is no setting of boosting to choose"),
    ],
)
def test_anything_else_is_refused(name, value, sentence):
    with pytest.raises(TaskError, match=sentence):
        checked_settings({name: value})
