"""Which columns the guard looks at."""

from types import SimpleNamespace

import numpy as np
import pytest

from training.backtest.leak_checks import single_columns_guarded
from training.evaluation.leaks import LeakError
from training.learners.target import CHURN

ROWS = 400
LEFT = np.random.default_rng(0).integers(0, 2, ROWS).astype(np.float64)


def context_of(built, derived):
    data = SimpleNamespace(
        columns=[SimpleNamespace(name="built")],
        features=built[:, None].astype(np.float32),
        names=("built", "btyd_alive"),
        inputs=np.stack([built, derived], axis=1).astype(np.float32),
        customers=np.arange(ROWS).astype(str),
    )
    task = SimpleNamespace(targets=(CHURN,))
    return SimpleNamespace(task=task, data=data, labels={"churn": LEFT}, trusted=())


def test_what_is_derived_of_clean_columns_is_not_accused():
    clean = np.random.default_rng(1).normal(size=ROWS)
    assert single_columns_guarded(context_of(clean, LEFT)).strongest == "built"


def test_a_built_column_that_holds_the_outcome_is():
    with pytest.raises(LeakError, match="'built'"):
        single_columns_guarded(context_of(LEFT, LEFT))
