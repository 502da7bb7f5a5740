import numpy as np
import pandas as pd
import pytest

from training.learners.uplift.given import (
    actions_of,
    check_dealt,
    checked_features,
    groups_of_rows,
    outcome_of,
    same_rows,
)
from training.task import TaskError

N = 2000
NAMES = ("control", "call")


def both(own_call: "np.ndarray | float") -> np.ndarray:
    call = np.broadcast_to(np.asarray(own_call, dtype=np.float64), N)
    return np.stack([1 - call, call], axis=1)


def test_probabilities_that_dealt_the_arms_are_taken() -> None:
    for seed in range(20):
        chance = np.random.default_rng(seed)
        for call in (0.5, 0.05, chance.uniform(0.02, 0.98, N), np.where(chance.random(N) < 0.5, 0.0, 0.3)):
            check_dealt(both(call), (chance.random(N) < call).astype(np.int64), NAMES)


@pytest.mark.parametrize("call", [0.05, 0.9, 0.25, 1.0])
def test_probabilities_that_cannot_have_dealt_the_arms_are_refused(call: float) -> None:
    """Half were called: taken as told, effects and their intervals would be wrong, and nothing would show it."""
    dealt = np.arange(N) % 2
    with pytest.raises(TaskError, match=r"propensity does not fit action .* stand for 1 / propensity each, [0-9,]+ in"):
        check_dealt(both(call), dealt, NAMES)


def test_what_cannot_be_read_is_said() -> None:
    rows = pd.DataFrame({"a": range(30)}, index=range(100, 130))
    cases = [
        (lambda: checked_features(rows.to_numpy()), "features is a ndarray, not a DataFrame"),
        (lambda: checked_features(pd.concat([rows, rows], axis=1)), "two columns 'a'"),
        (lambda: same_rows(rows, outcome=pd.Series(range(30))), "outcome has another index than features"),
        (lambda: actions_of(["call", None, float("nan")]), "action is missing in 2 of 3 rows"),
        (lambda: outcome_of(["yes", "no"]), "outcome holds what is no number"),
        (lambda: groups_of_rows([1, 2, None], 3), "groups is missing in 1 of 3 rows"),
        (lambda: groups_of_rows([1, 2] * 50, 100), "groups names 2 groups"),
    ]
    for wrong, says in cases:
        with pytest.raises(TaskError, match=says):
            wrong()


def test_the_same_index_is_the_same_rows() -> None:
    rows = pd.DataFrame({"a": range(30)}, index=range(100, 130))
    same_rows(rows, outcome=rows["a"], action=["call"] * 30, propensity=None)
    assert groups_of_rows(None, 3).tolist() == ["0", "1", "2"]
