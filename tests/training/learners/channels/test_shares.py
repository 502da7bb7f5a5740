"""A user's own settings of boosting reach the trees of shares; without any, ours are used."""

from dataclasses import dataclass

import numpy as np
import pytest

from training.learners.boosting import LEAF, SETTINGS
from training.learners.channels.shares import Question, fit_shares
from training.learners.model_kinds import GRADIENT_BOOSTING, RULES

N = 400


@dataclass
class Rows:
    """As much of a Dataset as fitting looks at."""

    inputs: np.ndarray
    names: tuple[str, ...] = ("spend_90d",)

    def column(self, name: str) -> np.ndarray:
        return np.full(N, 0.5)


@pytest.fixture
def asked() -> tuple[Question, Rows]:
    chance = np.random.default_rng(3)
    spend = chance.normal(size=(N, 1)).astype(np.float32)
    first = (chance.random(N) < 1 / (1 + np.exp(-2 * spend[:, 0]))).astype(float)
    counts = np.stack([first, 1 - first], axis=1)
    whole = {kind: f"{kind}_orders_365d" for kind in ("web", "store")}
    return Question("purchase", ("web", "store"), whole, {}, counts), Rows(spend)


def text(asked: tuple[Question, Rows], settings: dict[str, float] | None) -> str:
    question, rows = asked
    everyone = np.ones(N, dtype=bool)
    found = fit_shares(question, GRADIENT_BOOSTING, rows, everyone, {"spend_90d"}, 1, settings)
    return found.boosters["purchase.txt"]


def test_settings_given_are_those_of_the_trees(asked: tuple[Question, Rows]) -> None:
    own = text(asked, {"num_leaves": 2, "learning_rate": 0.2, LEAF: 0.5})
    assert "[num_leaves: 2]" in own and "[learning_rate: 0.2]" in own and "[min_data_in_leaf: 50]" in own


def test_without_any_ours_are_used(asked: tuple[Question, Rows]) -> None:
    assert text(asked, None) == text(asked, {})
    assert f"[num_leaves: {SETTINGS['num_leaves']}]" in text(asked, None)
    assert "[min_data_in_leaf: 100]" in text(asked, None)


def test_rules_are_own_past_alone(asked: tuple[Question, Rows]) -> None:
    question, rows = asked
    assert fit_shares(question, RULES, rows, np.ones(N, dtype=bool), set(), 1, {"num_leaves": 2}).boosters == {}
