"""Which rows are left out, and that what is said of the cost is what happens when it is drawn again and again."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.spine import Spine
from training.data.sampling import added_error, thinned

CUTOFFS = [datetime(2026, 1, 5) + timedelta(days=7 * week) for week in range(24)]


def spine_of(customers: int) -> Spine:
    return Spine.of([f"C{n:04}" for n in range(customers)], CUTOFFS)


def labels(spine: Spine) -> dict[str, np.ndarray]:
    return {"churn": np.arange(len(spine)) % 3 == 0.0, "other": np.zeros(len(spine))}


def test_where_all_rows_fit_nothing_is_left_out() -> None:
    spine = spine_of(10)
    taken = thinned(spine, 240)
    assert taken.spine is spine and taken.sample(labels(spine)) is None


def test_cutoffs_are_left_out_first_back_from_the_last() -> None:
    taken = thinned(spine_of(10), 130)
    assert taken.spine.cutoffs == CUTOFFS[1::2]
    sample = taken.sample(labels(taken.spine))
    assert sample is not None and (sample.rows, sample.every, sample.share) == (240, 2, 1.0)
    assert sample.errors == {"churn": 0.0}


def test_then_customers_with_all_of_their_rows_the_same_at_every_call() -> None:
    taken, again = thinned(spine_of(1_000), 3_000), thinned(spine_of(1_000), 3_000)
    assert taken.spine.rows.equals(again.spine.rows)
    assert (taken.every, taken.share) == (2, 0.25)
    customers = len(taken.spine.customers)
    assert len(taken.spine) == 12 * customers and 200 < customers < 300
    sample = taken.sample(labels(taken.spine))
    assert sample is not None and sample.errors == {"churn": pytest.approx(0.0269, abs=0.003)}


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_stated_error_is_how_far_means_of_such_draws_lie_from_that_of_everybody(share: float) -> None:
    """A population whose customers have 1 to 12 rows, alike within a customer: its mean over 1,500 draws."""
    chance = np.random.default_rng(7)
    rows = chance.integers(1, 13, 2_000)
    whose = np.repeat(np.arange(2_000), rows)
    values = (chance.random(len(whose)) < np.repeat(chance.beta(1, 2, 2_000), rows)).astype(np.float64)
    size, total = np.bincount(whose), np.bincount(whose, weights=values)
    means, stated = [], []
    for draw in range(1_500):
        drawn = chance.random(2_000) < share
        means.append(total[drawn].sum() / size[drawn].sum())
        if draw < 100:
            there = drawn[whose]
            stated.append(added_error(pa.array(whose[there].astype(str)), values[there], share))
    away = float(np.sqrt(np.mean((np.array(means) - values.mean()) ** 2)))
    assert abs(np.mean(stated) / away - 1) < 0.08
    assert added_error(pa.array(whose.astype(str)), values, 1.0) == 0.0


def test_of_one_customer_no_error_is_told() -> None:
    assert np.isnan(added_error(pa.array(["a", "a"]), np.array([0.0, 1.0]), 0.5))
