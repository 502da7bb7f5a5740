"""A churn model of two features, as small as a model can be."""

from datetime import UTC, datetime

import numpy as np

from scoring.release import FeatureRef, Head, Model

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FEATURES = ("days_since_order", "spend_90d")


def tiny_model(**changes: object) -> Model:
    settings: dict[str, object] = {
        "task": "churn",
        "shop": "corner-shop",
        "model_kind": "gradient_boosting",
        "horizon_days": 28,
        "active_within_days": 91,
        "until": "2026-06-01",
        "data_from": "2025-01-01",
        "cutoffs": ("2026-04-27", "2026-05-04"),
        "features": tuple(FeatureRef(name, f"{name}-print") for name in FEATURES),
        "derived": (),
        "parameters": {},
        "heads": (Head("churn_probability", "logit", booster="churn.txt"),),
        "percentiles": tuple(np.linspace(0.05, 0.9, 101).tolist()),
        "git_commit": "4f2c9aa",
        "created_at": NOW.isoformat(),
    }
    return Model(**{**settings, **changes})  # type: ignore[arg-type]
