import numpy as np
import pytest

from training.evaluation.bootstrap import Interval
from training.evaluation.many_comparisons import worse_beyond_chance
from training.evaluation.metrics.measures import is_worse


def gap(value: float, error: float = 1.0) -> Interval:
    return Interval(value, value - 1.96 * error, value + 1.96 * error)


@pytest.mark.parametrize(
    ("value", "better", "lost"), [(2.1, "lower", True), (2.1, "higher", False), (1.8, "lower", False)]
)
def test_one_comparison_is_lost_as_its_interval_says(value: float, better: str, lost: bool) -> None:
    found = gap(value)
    assert (worse_beyond_chance({"one": (found, better)}) == {"one"}) is lost is is_worse(found, better)


def test_a_loss_that_chance_explains_among_many_is_none() -> None:
    ties = {str(i): (gap(0.0), "lower") for i in range(19)}
    assert not worse_beyond_chance({**ties, "bad luck": (gap(2.5), "lower")})
    assert worse_beyond_chance({**ties, "worse": (gap(4.0), "lower")}) == {"worse"}


def test_each_loss_that_is_sure_eases_the_next() -> None:
    """Ten are asked: the second is held to a ninth, so that 2.78 errors are enough beside a sure loss alone."""
    ties = {str(i): (gap(0.0), "lower") for i in range(8)}
    pair = {"sure": (gap(9.0), "lower"), "next": (gap(2.78), "lower")}
    assert worse_beyond_chance({**ties, **pair}) == {"sure", "next"}
    assert not worse_beyond_chance({**ties, "tie": (gap(0.0), "lower"), "next": pair["next"]})


def test_a_model_that_loses_to_nobody_is_seldom_called_worse() -> None:
    chance = np.random.default_rng(3)
    calls = [
        bool(worse_beyond_chance({i: (gap(float(value)), "higher") for i, value in enumerate(chance.normal(size=30))}))
        for _ in range(1_000)
    ]
    assert 0.01 < np.mean(calls) < 0.04


def test_a_certain_difference_needs_no_error() -> None:
    assert worse_beyond_chance({"one": (Interval(1.0, 1.0, 1.0), "lower"), "two": (Interval(0, 0, 0), "lower")}) == {
        "one"
    }
