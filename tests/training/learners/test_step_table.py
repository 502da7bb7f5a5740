import numpy as np
import pytest
from scipy.special import expit

from scoring.release import Head, Model
from scoring.scorer import head_score
from training.learners.step_table import looked_up, moved, table_of
from training.learners.target import CHURN, DAYS

RNG = np.random.default_rng(0)
SILENCE = np.append(RNG.integers(0, 90, 20_000).astype(float), [np.nan] * 50)
GONE = np.where(np.nan_to_num(SILENCE) > 33, 0.9, 0.1)
TRUTH = (RNG.random(len(SILENCE)) < GONE).astype(float)


def test_a_table_follows_a_jump():
    table = table_of(CHURN, TRUTH, "silence", SILENCE, rises=True, pseudo=20)
    found = expit(looked_up(table, np.array([5.0, 20.0, 60.0, 88.0])))
    assert found == pytest.approx([0.1, 0.1, 0.9, 0.9], abs=0.03)
    assert (np.diff(table.values) >= 0).all()


def test_a_table_never_goes_against_its_direction_and_leans_on_the_mean():
    against = table_of(CHURN, TRUTH, "silence", SILENCE, rises=False, pseudo=20)
    assert np.ptp(against.values) == pytest.approx(0)
    few = table_of(DAYS, np.array([0.0, 1.0, 9.0]), "orders", np.array([1.0, 2.0, 3.0]), rises=True, pseudo=1e6)
    assert np.exp(few.values) == pytest.approx(10 / 3, rel=0.01)


def test_serving_looks_up_the_same():
    table = moved(table_of(CHURN, TRUTH, "silence", SILENCE, rises=True, pseudo=20), 0.3, 0.7)
    head = Head("churn_probability", "logit", steps=(table,))
    values = np.array([[0.0], [33.0], [34.0], [500.0], [np.nan]], dtype=np.float32)
    served = head_score(_OneColumn(), head, values, 1)  # type: ignore[arg-type]
    assert served == pytest.approx(looked_up(table, values[:, 0].astype(float)))


class _OneColumn(Model):
    """A model of which the scorer asks for nothing but its inputs' names."""

    def __init__(self):
        pass

    inputs = ("silence",)
