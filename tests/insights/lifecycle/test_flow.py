"""Moves are counted as a plain loop counts them; a forecast's band holds four moves in five."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from decisions.stages import STAGES
from insights.lifecycle.flow import FROM, NEWCOMER, flow_of, forecast
from insights.lifecycle.stages import StageTable
from insights.months import shifted

PEOPLE = 4000


def table_of(codes: np.ndarray) -> StageTable:  # type: ignore[type-arg]
    cutoffs = tuple(shifted(datetime(2024, 1, 1), month) for month in range(len(codes)))
    return StageTable(pa.array([f"c{i:05}" for i in range(codes.shape[1])]), cutoffs, codes.astype(np.int8))


def wandering(seed: int, months: int) -> np.ndarray:  # type: ignore[type-arg]
    """People who change stage by chances that themselves move from month to month."""
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.full(8, 0.4), size=8) + 2 * np.eye(8)
    codes = np.full((months, PEOPLE), -1)
    codes[0, : PEOPLE // 2] = rng.integers(0, 8, PEOPLE // 2)
    for month in range(1, months):
        now = chances * rng.lognormal(0, 0.15, chances.shape)
        now = (now / now.sum(axis=1, keepdims=True)).cumsum(axis=1)
        old = codes[month - 1] >= 0
        throw = rng.random(PEOPLE)[old, None]
        codes[month, old] = np.minimum((throw > now[codes[month - 1, old]]).sum(axis=1), 7)
        arriving = np.flatnonzero(~old)[: rng.poisson(60)]
        codes[month, arriving] = rng.integers(0, 2, len(arriving))
    return codes


def test_moves_are_counted() -> None:
    flow = flow_of(table_of(np.array([[-1, 0, 3, 3], [1, 1, 3, 4]])))
    moved = {
        (FROM[left], STAGES[entered]): flow.moves[0, left, entered] for left, entered in np.argwhere(flow.moves[0])
    }
    once = ((NEWCOMER, "new"), ("prospect", "new"), ("loyal", "loyal"), ("loyal", "at_risk"))
    assert moved == dict.fromkeys(once, 1)
    assert flow.months == (datetime(2024, 2, 1),) and flow.rows().num_rows == 0  # nobody can be told from one person
    assert flow.standing.tolist() == [0, 2, 0, 1, 1, 0, 0, 0]


def test_moves_that_few_made_are_not_told_nor_those_that_would_reveal_them() -> None:
    codes = np.repeat(np.array([[0, 0, 0, 3, 3], [0, 1, 2, 3, 1]]), [60, 40, 5, 80, 30], axis=1)
    assert flow_of(table_of(codes)).rows().to_pylist() == [
        {"month_end": datetime(2024, 2, 1), "from_stage": left, "to_stage": entered, "people": people}
        for left, entered, people in (("prospect", "prospect", 60), ("loyal", "new", 30), ("loyal", "loyal", 80))
    ]  # the five who became active could be told from the forty who became new


def test_no_forecast_from_less_than_six_months_of_moves() -> None:
    codes = wandering(1, 7)
    assert flow_of(table_of(codes[:6])).forecast is None
    assert flow_of(table_of(codes)).forecast is not None


def test_the_forecast_sends_everybody_somewhere() -> None:
    flow = flow_of(table_of(wandering(2, 14)))
    assert flow.forecast is not None
    assert flow.forecast.expected[1:].sum(axis=1) == pytest.approx(flow.standing)
    assert (flow.forecast.low <= flow.forecast.expected).all()
    assert (flow.forecast.low >= 0).all()
    assert flow.forecast.expected.shape == (len(FROM), len(STAGES))


def test_the_band_holds_four_moves_in_five() -> None:
    inside = []
    for seed in range(12):
        moves = flow_of(table_of(wandering(seed, 24))).moves
        for month in range(12, len(moves)):
            told = forecast(moves[:month], moves[month, 1:].sum(axis=1))
            shown = told.expected >= 20
            inside.append(((moves[month] >= told.low) & (moves[month] <= told.high))[shown])
    assert np.concatenate(inside).mean() == pytest.approx(0.8, abs=0.05)
