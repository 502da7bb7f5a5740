"""A tiny model, made once and copied by the tests that write."""

from collections.abc import Callable
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from features.shop import Shop
from scoring.release import write_model
from tests.training.tiny_fits import bare_shop, churn_fit
from tests.training.tiny_models import FEATURES, NOW, tiny_model
from training.evaluation import figures
from training.evaluation.folds import Fitted
from training.review.export import Champion
from training.tracking.record import DataNote, Record


@pytest.fixture(scope="session")
def booster_text() -> str:
    """Trees on silence and spend, in which silence makes leaving likelier."""
    chance = np.random.default_rng(1)
    rows = np.column_stack([chance.uniform(0, 90, 400), chance.gamma(2, 30, 400)]).astype(np.float32)
    left = chance.uniform(size=400) < rows[:, 0] / 120
    settings = {"objective": "binary", "num_leaves": 4, "num_threads": 1, "verbose": -1, "seed": 1}
    booster = lgb.train(settings, lgb.Dataset(rows, left, feature_name=list(FEATURES)), 5)
    return str(booster.model_to_string())


@pytest.fixture
def champion_of(booster_text: str, tmp_path: Path) -> Callable[..., Champion]:
    """Writes a tiny churn model to disk, as a champion; every call may change fields of the model."""

    def make(version: str = "1", **changes: object) -> Champion:
        folder = tmp_path / f"champion-{version}"
        return Champion(folder, write_model(tiny_model(**changes), {"churn.txt": booster_text}, folder), version)

    return make


@pytest.fixture
def record_of(booster_text: str, tmp_path: Path) -> Callable[..., Record]:
    """Makes records of a tiny churn model; every call may change fields."""

    def make(**changes: object) -> Record:
        folder = tmp_path / "churn"
        settings: dict[str, object] = {
            "shop": "corner-shop",
            "task": "churn",
            "title": "churn until 2026-06-01",
            "folder": folder,
            "sha256s": write_model(tiny_model(), {"churn.txt": booster_text}, folder),
            "inputs": FEATURES,
            "answers": ("churn_probability", "order_probability"),
            "about": "Who places no order within 28 days?",
            "card": "# churn\n\nA card.",
            "data": DataNote("corner-shop", "ab" * 32, "shops/corner-shop", 400),
            "created_at": NOW,
            "parameters": {"num_leaves": "4"},
            "metrics": {"auc": 0.8, "auc.recency": 0.7},
            "by_fold": ({"auc": 0.79}, {"auc": 0.81}),
            "artifacts": {"review/report.html": b"<p>report</p>"},
            "tags": {"model_kind": "gradient_boosting", "git_commit": "4f2c9aa"},
        }
        return Record(**{**settings, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def churn_fit_of(booster_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Fitted]:
    """Makes churn fits in folders of their own, with few bootstrap draws."""
    monkeypatch.setattr(figures, "_DRAWS", 40)
    count = iter(range(100))
    return lambda **changes: churn_fit(tmp_path / f"fit-{next(count)}", booster_text, **changes)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return bare_shop(tmp_path)
