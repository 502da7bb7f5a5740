from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.cutoffs import plan
from training.task import TaskError

DAY = timedelta(days=1)


def test_the_protocol_of_the_complete_journey():
    found = plan(datetime(2017, 1, 1, 6, 30), datetime(2017, 11, 27), 28, 91)
    assert found.training[0] == datetime(2017, 5, 1)
    assert found.training[-1] == datetime(2017, 10, 30)
    assert {(later - earlier).days for earlier, later in zip(found.training, found.training[1:], strict=False)} == {7}
    assert [fold.cutoff for fold in found.folds][-2:] == [datetime(2017, 10, 2), datetime(2017, 10, 30)]
    assert len(found.folds) == 5


@given(
    history=st.integers(20, 900),
    horizon=st.integers(1, 200),
    active=st.integers(1, 500),
    lag=st.integers(0, 20),
)
def test_outcomes_are_over_before_anything_uses_them(history, horizon, active, lag):
    first = datetime(2025, 1, 1)
    until = first + history * DAY
    try:
        found = plan(first, until, horizon, active, lag_days=lag)
    except TaskError:
        assert history < 2 * horizon + lag
        return
    assert found.training
    assert max(found.training) + (horizon + lag) * DAY <= until
    assert min(found.training) >= first
    for fold in found.folds:
        assert fold.training
        assert max(fold.training) + (horizon + lag) * DAY <= fold.cutoff <= max(found.training)


def test_too_short_a_history_says_what_would_fit():
    with pytest.raises(TaskError) as error:
        plan(datetime(2026, 1, 1), datetime(2026, 2, 10), 28, 91, lag_days=2)
    assert str(error.value) == (
        "history from 2026-01-01 to 2026-02-10 is 40 days, but a horizon of 28 days needs 58. "
        "Shorten the horizon to 19d, or wait for more data."
    )
    assert plan(datetime(2026, 1, 1), datetime(2026, 2, 10), 19, 91, lag_days=2).training


def test_rows_closer_than_the_horizon_share_outcomes():
    found = plan(datetime(2025, 1, 1), datetime(2026, 1, 1), 28, 91)
    assert found.overlap(found.training) == 4
    assert found.overlap(found.training[::4]) == 1
    assert found.overlap(found.training[:1]) == 1
    assert plan(datetime(2023, 1, 1), datetime(2026, 1, 1), 180, 365).overlap(found.training[:3]) == 3


def test_sixteen_months_and_a_horizon_of_sixty_days_give_four_folds():
    until = datetime(2025, 5, 1)
    found = plan(datetime(2024, 1, 1), until, 60, 182)
    assert len(found.folds) == 4
    assert min(len(fold.training) for fold in found.folds) >= 3


def test_a_long_history_leaves_customers_time_to_show_a_rhythm_and_no_more():
    found = plan(datetime(2022, 1, 1), datetime(2025, 1, 1), 28, 91)
    assert found.training[0] - datetime(2022, 1, 1) < (91 + 28 + 7) * DAY
