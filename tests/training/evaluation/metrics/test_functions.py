import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, brier_score_loss, mean_tweedie_deviance, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from training.evaluation.figures import figures
from training.evaluation.metrics import functions as metrics


@pytest.fixture(params=[0, 1, 2])
def scored(request):
    """Outcomes and probabilities with many ties."""
    rng = np.random.default_rng(request.param)
    probability = np.round(rng.beta(1, 3, 300), 1 + request.param)
    return rng.random(300) < probability, probability


def test_ranking_and_probability_metrics_agree_with_scikit_learn(scored):
    truth, p = scored
    assert metrics.auc(truth, p) == pytest.approx(roc_auc_score(truth, p))
    assert metrics.average_precision(truth, p) == pytest.approx(average_precision_score(truth, p))
    assert metrics.brier(truth, p) == pytest.approx(brier_score_loss(truth, p))
    inside = np.clip(p, 0.01, 0.99)
    assert metrics.log_loss(truth, inside) == pytest.approx(sklearn_log_loss(truth, inside))


def test_a_ranking_metric_needs_both_outcomes():
    with pytest.raises(metrics.MetricError, match="2 positives in 2 rows"):
        metrics.auc(np.array([True, True]), np.array([0.1, 0.2]))


def test_calibration_error_is_the_gap_in_bins_of_equal_size():
    probability = np.repeat([0.1, 0.3, 0.8], [4, 4, 4])
    truth = np.array([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1], dtype=bool)
    by_hand = (abs(0.1 - 0.25) + abs(0.3 - 0.25) + abs(0.8 - 1.0)) / 3
    assert metrics.expected_calibration_error(truth, probability, bins=3) == pytest.approx(by_hand)


def test_calibration_error_of_the_truth_itself_is_small():
    rng = np.random.default_rng(5)
    p = rng.beta(1, 4, 200_000)
    assert metrics.expected_calibration_error(rng.random(200_000) < p, p) < 0.004
    assert metrics.expected_calibration_error(rng.random(200_000) < p, np.clip(p + 0.05, 0, 1)) > 0.04


def test_lift_counts_the_top_and_shares_out_ties():
    truth = np.array([1, 1, 0, 0, 0, 0, 0, 1, 0, 0], dtype=bool)
    score = np.array([0.9, 0.8, 0.7, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert metrics.lift_at(truth, score, 0.2) == pytest.approx(1 / 0.3)
    assert metrics.lift_at(truth, score, 0.3) == pytest.approx(2 / 3 / 0.3)
    assert metrics.lift_at(truth, score, 1.0) == pytest.approx(1.0)
    assert metrics.lift_at(truth, np.zeros(10), 0.5) == pytest.approx(1.0)
    with pytest.raises(metrics.MetricError):
        metrics.lift_at(np.zeros(3, dtype=bool), np.arange(3.0), 0.5)


def test_amounts_by_hand():
    truth, predicted = np.array([0.0, 2.0, 4.0]), np.array([1.0, 2.0, 6.0])
    assert metrics.rmse(truth, predicted) == pytest.approx((5 / 3) ** 0.5)
    assert metrics.mae(truth, predicted) == pytest.approx(1.0)
    assert metrics.totals_ratio(truth, predicted) == pytest.approx(1.5)
    assert np.isnan(metrics.totals_ratio(np.zeros(2), np.ones(2)))


def test_rank_correlation_agrees_with_scipy():
    rng = np.random.default_rng(0)
    truth, predicted = rng.poisson(2, 200).astype(float), rng.poisson(2, 200).astype(float)
    assert metrics.spearman(truth, predicted) == pytest.approx(spearmanr(truth, predicted).statistic)
    assert metrics.spearman(truth, np.ones(200)) == 0.0


def test_coverage_splits_ties_and_leaves_out_unknown_quantiles():
    assert metrics.coverage(np.array([1.0, 2.0, 9.0, np.inf]), np.array([2.0, 1.0, np.nan, 5.0])) == pytest.approx(
        1 / 3
    )
    assert metrics.coverage(np.zeros(10_000), np.zeros(10_000)) == pytest.approx(0.5, abs=0.02)
    assert np.isnan(metrics.coverage(np.zeros(2), np.full(2, np.nan)))


def test_coverage_of_a_true_quantile_is_its_level():
    rng = np.random.default_rng(1)
    scale = rng.gamma(2, 2, 50_000)
    truth = rng.exponential(scale)
    assert metrics.coverage(truth, -scale * np.log(0.1)) == pytest.approx(0.9, abs=0.005)


def test_share_loss_weighs_rows_alike_and_skips_empty_ones():
    counts = np.array([[2.0, 2.0], [0.0, 0.0], [0.0, 9.0]])
    shares = np.array([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]])
    assert metrics.shares_log_loss(counts, shares) == pytest.approx((np.log(2) - np.log(0.8)) / 2)
    with pytest.raises(metrics.MetricError):
        metrics.shares_log_loss(np.zeros((2, 2)), np.full((2, 2), 0.5))


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_a_perfect_forecast_of_silent_customers_is_honest(level):
    """A spend of 0 has a probability of its own, which differs from customer to customer."""
    rng = np.random.default_rng(7)
    silent = rng.uniform(0.05, 0.95, 50_000)
    spend = np.where(rng.random(50_000) < silent, 0.0, rng.exponential(20, 50_000))
    above = np.clip((level - silent) / (1 - silent), 0, None)
    answers = {"order_probability": 1 - silent, "spend_p10": -20 * np.log1p(-above)}
    answers |= {"spend_p50": answers["spend_p10"], "spend_p90": answers["spend_p10"]}
    told = figures({"spend": spend}, answers)[f"spend_below_p{level * 100:.0f}"]
    assert told == pytest.approx(level, abs=0.01)
    overdone = figures({"spend": spend}, {**answers, "order_probability": (1 - silent) ** 2})
    assert overdone[f"spend_below_p{level * 100:.0f}"] != pytest.approx(level, abs=0.01) or level == 0.9


@pytest.mark.parametrize("rows", [3, 10, 137])
def test_what_a_perfect_model_may_show_is_the_calibration_error_of_drawn_outcomes(rows):
    probability = np.round(np.random.default_rng(rows).beta(2, 3, rows), 1)  # with ties
    chance = np.random.default_rng(5)
    drawn = [metrics.expected_calibration_error(chance.random(rows) < probability, probability) for _ in range(40)]
    found = metrics.perfect_calibration_error(probability, share=0.9, draws=40, seed=5)
    assert found == pytest.approx(np.quantile(drawn, 0.9))


def test_deviance_agrees_with_scikit_learn_in_units_of_the_mean_outcome():
    rng = np.random.default_rng(4)
    truth, told = np.where(rng.random(300) < 0.4, 0.0, rng.gamma(1.0, 50.0, 300)), rng.gamma(2.0, 25.0, 300)
    expected = mean_tweedie_deviance(truth / truth.mean(), told / truth.mean(), power=1.3)
    assert metrics.deviance(truth, told, 1.3) == pytest.approx(expected)
    assert metrics.deviance(100 * truth, 100 * told, 1.3) == pytest.approx(expected)


def test_the_mean_has_the_least_deviance_and_the_median_the_least_absolute_error():
    spend = np.random.default_rng(5).lognormal(3.0, 1.0, 5_000)
    told = spend.mean() * np.arange(0.3, 1.6, 0.05)
    deviances = [metrics.deviance(spend, np.full(len(spend), one), 1.3) for one in told]
    errors = [metrics.mae(spend, np.full(len(spend), one)) for one in told]
    assert told[np.argmin(deviances)] == pytest.approx(spend.mean(), rel=0.03)
    assert told[np.argmin(errors)] == pytest.approx(np.median(spend), rel=0.06)


def test_a_forecast_of_nothing_costs_no_more_than_a_thousandth_of_the_mean():
    truth, nothing = np.array([0.0, 10.0]), np.zeros(2)
    assert metrics.deviance(truth, nothing, 1.3) == metrics.deviance(truth, np.full(2, 0.005), 1.3)
    with pytest.raises(metrics.MetricError, match="an outcome above 0"):
        metrics.deviance(np.zeros(2), np.ones(2), 1.3)
