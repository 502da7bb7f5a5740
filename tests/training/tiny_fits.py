"""Fits whose evidence is drawn, not trained: what review reads, in milliseconds."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.shop import Shop, ShopSettings
from scoring.release import Head, read_model, write_model
from tests.training.tiny_models import NOW, tiny_model
from training.evaluation import figures as evaluate
from training.evaluation.folds import Evaluation, Fitted, Fold

CUTOFFS = ("2026-02-02", "2026-03-02", "2026-03-30")
CUSTOMERS = np.array([f"customer-{i:03}" for i in range(300)])
SLICES = [{"stage": np.where(np.arange(300) % 2 == 0, "new", "loyal")}] * len(CUTOFFS)

Array = NDArray[np.float64]


def churn_fit(folder: Path, booster_text: str, *, noise: float = 0.3, bias: float = 0.0, **changes: object) -> Fitted:
    """A churn fit; more `noise` ranks worse, `bias` (log-odds) spoils calibration."""
    chance = np.random.default_rng(11)
    folds = []
    for cutoff in CUTOFFS:
        silence = chance.normal(size=300) * 2 - 1
        left = (chance.random(300) < expit(silence)).astype(np.float64)
        answers = {"churn_probability": expit(silence + bias + noise * np.random.default_rng(5).normal(size=300))}
        recency = {"churn_probability": expit(silence / 2 + chance.normal(size=300))}
        folds.append(_fold(cutoff, {"churn": left}, answers, {"recency": recency}, chance.gamma(2, 100, 300)))
    return _fit(folder, {"churn.txt": booster_text}, folds, SLICES, **changes)


def next_purchase_fit(folder: Path, booster_text: str) -> Fitted:
    """A next purchase fit with honest quantiles of spend."""
    chance = np.random.default_rng(12)
    folds = []
    for cutoff in CUTOFFS:
        pace = chance.gamma(2, 1.5, 300)
        days, spend = chance.poisson(pace).astype(np.float64), pace * chance.gamma(4, 5, 300)
        answers = {"expected_shopping_days": pace, "expected_spend": pace * 20}
        answers |= {f"spend_{name}": pace * value for name, value in (("p10", 8.72), ("p50", 18.36), ("p90", 33.4))}
        past = {"expected_shopping_days": pace + chance.normal(size=300), "expected_spend": np.full(300, 60.0)}
        truth = {"days": days, "spend": spend}
        folds.append(_fold(cutoff, truth, answers, {"past_pace": past}, None))
    heads = tuple(
        Head(name, link, booster="days.txt")
        for name, link in (("order_probability", "logit"), ("expected_shopping_days", "log"))
    )
    return _fit(folder, {"days.txt": booster_text}, folds, None, task="next_purchase", heads=heads)


def bare_shop(folder: Path) -> Shop:
    """A shop of which only the facts are needed."""
    return Shop(
        name="corner-shop",
        timezone="Europe/Lisbon",
        currency="EUR",
        folder=folder,
        data=folder,
        digest="cd" * 32,
        present={},
        rows={},
        settings=ShopSettings(margin=0.3),
        reconciliation=(),
        findings=(),
        newest_known_at=NOW.replace(tzinfo=None),
    )


def _fold(
    cutoff: str,
    truth: Mapping[str, Array],
    answers: Mapping[str, Array],
    baselines: Mapping[str, Mapping[str, Array]],
    past_spend: Array | None,
) -> Fold:
    own = evaluate.figures(truth, answers)
    others = {name: evaluate.figures(truth, given) for name, given in baselines.items()}
    return Fold(cutoff, "2026-01-05", CUSTOMERS, truth, answers, baselines, own, others, past_spend)


def _fit(
    folder: Path,
    boosters: Mapping[str, str],
    folds: list[Fold],
    groups: list[dict[str, NDArray[np.str_]]] | None,
    **changes: object,
) -> Fitted:
    baseline = next(iter(folds[0].baselines))
    metrics = evaluate.summary(folds, lambda fold: fold.answers)
    sha256s = write_model(tiny_model(**changes), boosters, folder)
    evaluation = Evaluation(
        metrics=metrics,
        baseline_metrics={baseline: evaluate.summary(folds, lambda fold: fold.baselines[baseline])},
        differences=evaluate.differences(folds),
        folds=tuple(folds),
        importance={"days_since_order": 0.7, "spend_90d": 0.3},
        slices=evaluate.slices(folds, groups) if groups else (),
        model_kinds={"gradient_boosting": 0.4, "rules": 0.5},
        closed={"buy_till_you_die": "No customer came back."},
    )
    return Fitted(
        model=read_model(folder, sha256s),
        folder=folder,
        sha256s=sha256s,
        evaluation=evaluation,
        dataset_digest="ef" * 32,
        rows=900,
        seconds={"features": 1.5, "boosting": 2.5},
    )
