"""The totals a night states, and their band."""

import dataclasses

import numpy as np
import pytest

from operations.level import band, expected_totals
from scoring.level import ORDERS, VALUE, PeriodLevel
from scoring.release import ReleasedModel
from tests.serving.synthetic_models import next_purchase_model

ANSWERS = {"expected_shopping_days": np.full(1000, 0.5), "expected_spend": np.full(1000, 20.0)}
BUSY = PeriodLevel("2026-09-01", "last_year", {ORDERS: np.log(2.4), VALUE: 0.0}, {ORDERS: 0.2, VALUE: 0.15})


def totals(level):
    models = {"next_purchase": ReleasedModel(next_purchase_model()[0], "1")}
    return expected_totals(ANSWERS, np.arange(1000) < 800, models, level)


def test_only_those_who_are_asked_about_count():
    assert totals(BUSY)["shopping_days"]["expected"] == 400
    assert totals(BUSY)["spend"]["expected"] == 16_000


def test_the_band_is_as_wide_as_the_level_is_uncertain():
    days = totals(BUSY)["shopping_days"]
    assert days["p10"] < 400 / np.exp(1.28 * 0.2) < 400 < 400 * np.exp(1.28 * 0.2) < days["p90"]
    spend = totals(BUSY)["spend"]
    assert spend["p90"] / spend["expected"] > days["p90"] / days["expected"]


def test_a_known_level_leaves_the_scatter_of_customers():
    sure = dataclasses.replace(BUSY, spreads={ORDERS: 0.0, VALUE: 0.0})
    low, high = band(400.0, sure)
    assert 320 < low < 400 < high < 480


def test_the_level_is_told_in_multiples_of_the_usual():
    assert totals(BUSY)["level"] == {"season_learnt": "last_year", "times_the_usual": {ORDERS: 2.4, VALUE: 1.0}}
    assert "level" not in totals(None)


def test_without_a_model_of_the_next_purchase_nothing_is_stated():
    assert expected_totals(ANSWERS, np.ones(1000, dtype=bool), {}, BUSY) == {}


def test_the_band_lies_around_the_total():
    low, high = band(100.0, BUSY)
    assert low * high == pytest.approx(100.0**2)
