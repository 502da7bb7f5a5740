"""Which rows are left out, and that what is said of the cost is what happens when it is drawn again and again."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.engine import DuckDB
from features.shop import Shop
from features.spine import Spine
from tests.shops import make_shop
from training.data.sampling import active_sample, added_error

CUTOFFS = [datetime(2026, 1, 5) + timedelta(days=7 * week) for week in range(24)]
ROWS = 400 * 24 - 134 * 12


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """400 customers who order every week, at six in the morning, but for one in three, who begin late."""
    folder = tmp_path_factory.mktemp("weekly")
    rows = [
        {"order_id": f"{n}-{week}", "customer_id": f"C{n:03}", "happened_at": at - timedelta(hours=18), "amount": 1}
        for n in range(400)
        for week, at in enumerate(CUTOFFS)
        if n % 3 or week >= 12
    ]
    return make_shop(folder, orders=rows)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    with closing(DuckDB(threads=1)) as one:
        yield one


def labels(spine: Spine) -> dict[str, np.ndarray]:
    return {"churn": np.arange(len(spine)) % 3 == 0.0, "other": np.zeros(len(spine))}


def test_where_all_rows_fit_nothing_is_left_out(shop: Shop, engine: DuckDB) -> None:
    taken = active_sample(shop, CUTOFFS, 7, engine=engine, most_rows=ROWS)
    assert taken.spine.rows.equals(Spine.active(shop, CUTOFFS, 7, engine=engine).rows)
    assert taken.rows == len(taken.spine) == ROWS and taken.sample(labels(taken.spine)) is None


def test_cutoffs_are_left_out_first_back_from_the_last(shop: Shop, engine: DuckDB) -> None:
    taken = active_sample(shop, CUTOFFS, 7, engine=engine, most_rows=ROWS // 2 + 100)
    assert taken.spine.rows.equals(Spine.active(shop, CUTOFFS[1::2], 7, engine=engine).rows)
    sample = taken.sample(labels(taken.spine))
    assert sample is not None and (sample.rows, sample.every, sample.share) == (ROWS, 2, 1.0)
    assert sample.errors == {"churn": 0.0}


def test_then_customers_with_all_of_their_rows_the_same_at_every_call(shop: Shop, engine: DuckDB) -> None:
    taken, again = (active_sample(shop, CUTOFFS, 7, engine=engine, most_rows=1_000) for _ in range(2))
    assert taken.spine.rows.equals(again.spine.rows)
    assert taken.every == 2 and taken.share == pytest.approx(1_000 / len(Spine.active(shop, CUTOFFS[1::2], 7)))
    drawn = set(taken.spine.customers.to_pylist())
    whole = Spine.active(shop, CUTOFFS[1::2], 7, engine=engine).rows.to_pylist()
    assert taken.spine.rows.to_pylist() == [row for row in whole if row["customer_id"] in drawn]
    assert 75 < len(drawn) < 125
    sample = taken.sample(labels(taken.spine))
    assert sample is not None and set(sample.errors) == {"churn"} and 0.01 < sample.errors["churn"] < 0.08


def test_nobody_active_is_no_row(shop: Shop, engine: DuckDB) -> None:
    taken = active_sample(shop, [datetime(2020, 1, 6)], 7, engine=engine)
    assert (len(taken.spine), taken.rows, taken.share) == (0, 0, 1.0)


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
