import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import auc, roc_auc_score

from training.evaluation import curves

TRUTH = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
SCORE = np.array([0.9, 0.8, 0.7, 0.4, 0.3, 0.3, 0.2, 0.1])


def test_the_area_under_the_roc_curve_is_the_auc() -> None:
    line = curves.roc(TRUTH, SCORE)
    assert auc(line.x, line.y) == pytest.approx(roc_auc_score(TRUTH, SCORE))


def test_gains_count_the_outcome_among_the_likeliest() -> None:
    line = curves.gains(TRUTH, SCORE)
    assert np.interp([0.0, 0.25, 0.375, 1.0], line.x, line.y) == pytest.approx([0.0, 1 / 3, 2 / 3, 1.0], abs=0.01)


def test_gains_share_ties_out_evenly() -> None:
    line = curves.gains(np.array([1.0, 0.0, 0.0, 0.0]), np.full(4, 0.5))
    assert line.y == pytest.approx(line.x)


def test_gains_of_money_weigh_what_each_customer_takes_along() -> None:
    money = np.array([0.0, 100.0, 0.0, 300.0])
    line = curves.gains(money, np.array([0.1, 0.2, 0.3, 0.4]))
    assert np.interp(0.25, line.x, line.y) == pytest.approx(0.75)


def test_lift_is_one_when_all_are_contacted() -> None:
    line = curves.lift(curves.gains(TRUTH, SCORE))
    assert line.y[-1] == pytest.approx(1.0)
    assert line.y[0] == pytest.approx(8 / 3)


@given(arrays(float, st.integers(10, 200), elements=st.floats(0, 1)), st.integers(1, 10))
def test_calibration_groups_hold_every_customer_once_and_their_interval_holds_the_share(
    score: np.ndarray, bins: int
) -> None:
    truth = (np.arange(len(score)) % 3 == 0).astype(float)
    groups = curves.calibration(truth, score, bins)

    assert groups.count.sum() == len(score)
    assert (groups.actual * groups.count).sum() == pytest.approx(truth.sum())
    assert (groups.predicted * groups.count).sum() == pytest.approx(score.sum())
    assert np.all(groups.low <= groups.actual)
    assert np.all(groups.actual <= groups.high)
    assert np.all((groups.low >= 0) & (groups.high <= 1))


def test_level_compares_means_of_amounts() -> None:
    predicted = np.array([1.0, 2.0, 3.0, 4.0])
    groups = curves.level(np.array([0.0, 2.0, 3.0, 7.0]), predicted, bins=2)
    assert groups.predicted.tolist() == [1.5, 3.5]
    assert groups.actual.tolist() == [1.0, 5.0]


def test_a_histogram_adds_up_to_one() -> None:
    assert curves.histogram(SCORE, np.linspace(0, 1, 5)).tolist() == [0.25, 0.375, 0.125, 0.25]


@pytest.mark.parametrize("truth", [np.zeros(5), np.ones(5)])
def test_one_class_is_an_error_with_a_remedy(truth: np.ndarray) -> None:
    with pytest.raises(curves.CurveError, match=r"needs both, but all customers have the same outcome\. Use more"):
        curves.roc(truth, np.linspace(0, 1, 5))


def test_no_customer_and_no_outcome_are_errors_with_a_remedy() -> None:
    with pytest.raises(curves.CurveError, match="none at these cutoffs"):
        curves.calibration(np.array([]), np.array([]))
    with pytest.raises(curves.CurveError, match="every customer has none"):
        curves.gains(np.zeros(3), np.arange(3.0))


def test_long_curves_are_thinned_so_that_no_customer_can_be_read_off() -> None:
    chance = np.random.default_rng(0)
    line = curves.roc((chance.random(5000) < 0.3).astype(float), chance.random(5000))
    assert len(line.x) <= 2 * curves.POINTS
