"""How answers learnt from a sample are set beside those learnt from everybody."""

import numpy as np
import pytest

from benchmarks.sampled_rows import compared

CUSTOMERS = np.array([f"c{i}" for i in range(2_000)])
TRUTH = (np.arange(2_000) % 4 == 0).astype(np.float64)


def test_the_same_answers_do_not_differ() -> None:
    told = np.where(TRUTH > 0, 0.4, 0.2)
    assert [row["difference"] for row in compared(TRUTH, told, told, CUSTOMERS)] == [0.0, 0.0]
    assert [row["standard_error"] for row in compared(TRUTH, told, told, CUSTOMERS)] == [0.0, 0.0]


def test_worse_answers_rank_less_and_cost_more_by_several_standard_errors() -> None:
    noise = np.random.default_rng(0).normal(size=(2, 2_000))
    good, bad = (1 / (1 + np.exp(-(2 * TRUTH - 2 + spread * noise[0]))) for spread in (1.0, 3.0))
    auc, loss = compared(TRUTH, bad, good, CUSTOMERS)
    assert auc["metric"] == "auc" and loss["metric"] == "log_loss"
    assert float(str(auc["difference"])) < -3 * float(str(auc["standard_error"])) < 0
    assert float(str(loss["difference"])) > 3 * float(str(loss["standard_error"])) > 0
    assert auc["difference"] == pytest.approx(float(str(auc["sampled"])) - float(str(auc["all"])))
