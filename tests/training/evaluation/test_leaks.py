import numpy as np
import pytest

from training.evaluation.leaks import LeakError, guarded, limit_beside, permuted, shuffled, single_columns

N = 4_000


def clean(seed, rows=N):
    """Rows of customers whose leaving depends on some columns, as much as silence does on real groceries."""
    rng = np.random.default_rng(seed)
    customers = rng.integers(0, rows // 4, rows)
    silence = rng.gamma(1.2, 12, rows)
    left = (rng.random(rows) < 1 / (1 + np.exp(3.2 - silence / 12 - rng.normal(0, 0.5, rows)))).astype(float)
    sparse = np.where(rng.random(rows) < 0.6, np.nan, rng.normal(size=rows))
    codes = rng.integers(0, 40, rows)
    inputs = np.stack([silence, -silence + rng.normal(0, 3, rows), sparse, codes, rng.normal(size=rows)], axis=1)
    return inputs.astype(np.float32), left, customers


NAMES = ("days_since_order", "shopping_days_30d", "gap", "region", "noise")
LEAKS = {
    "the outcome itself": lambda left, rng: left,
    "orders counted after the cutoff": lambda left, rng: np.where(left > 0, 0, 1 + rng.poisson(2, N)),
    "known only of those who came": lambda left, rng: np.where(left > 0, np.nan, rng.normal(size=N)),
    "a code given afterwards": lambda left, rng: np.where(left > 0, rng.choice([1, 3, 7], N), rng.choice([2, 4, 6], N)),
    "the day of the next order, with noise": lambda left, rng: np.where(left > 0, 60, 15) + rng.normal(0, 12, N),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_a_planted_leak_stops_the_run_and_is_named(kind):
    inputs, left, customers = clean(100)
    planted = LEAKS[kind](left, np.random.default_rng(3)).astype(np.float32)
    found = single_columns(np.column_stack([inputs, planted]), (*NAMES, "planted"), left, customers)
    with pytest.raises(LeakError, match=r"'planted' .* --trust planted"):
        guarded(found)
    assert guarded(found, {"planted"}).trusted == ("planted",)


@pytest.mark.parametrize("seed", range(20))
def test_clean_rows_raise_no_alarm(seed):
    inputs, left, customers = clean(seed, 400 if seed % 2 else N)
    told = guarded(single_columns(inputs, NAMES, left, customers))
    assert told.strongest in ("", *NAMES)
    assert not told.trusted


def test_too_few_outcomes_say_nothing():
    inputs, left, customers = clean(1, 400)
    assert single_columns(inputs, NAMES, np.where(np.arange(400) < 40, left, 0.0), customers) == {}


def test_shuffled_labels_cannot_be_ranked():
    rng = np.random.default_rng(0)
    truth = shuffled((rng.random(2_000) < 0.2).astype(float))
    value, error = permuted(truth, rng.normal(size=2_000))
    assert abs(value - 0.5) < 4 * error
    with pytest.raises(LeakError, match="among those it was trained on"):
        permuted(truth, truth + rng.normal(0, 2, 2_000))


@pytest.mark.parametrize(("at_sight", "limit"), [({}, 0.95), ({"silence": 0.78}, 0.95), ({"silence": 0.96}, 0.98)])
def test_a_column_may_tell_more_where_the_orders_at_sight_already_do(at_sight, limit):
    assert limit_beside(at_sight) == pytest.approx(limit)
    assert guarded({"honest": limit - 0.001}, (), limit_beside(at_sight)).strongest == "honest"
    with pytest.raises(LeakError, match=f"better than {limit}"):
        guarded({"planted": limit + 0.001}, (), limit_beside(at_sight))
