"""A small fitted model of each task on random rows, for tests of what serving reads."""

import lightgbm as lgb
import numpy as np

from scoring.release import FeatureRef, Head, Model, Spread

NAMES = ("days_since_order", "days_since_first_order", "shopping_days", "spend", "noise")
COLUMNS = tuple(FeatureRef(name, f"{i}" * 12) for i, name in enumerate(NAMES))
PARAMETERS = {
    "horizon_days": 28.0,
    "purchase_r": 0.6,
    "purchase_alpha": 3.0,
    "purchase_a": 0.8,
    "purchase_b": 2.4,
    "value_p": 6.0,
    "value_q": 4.0,
    "value_v": 15.0,
}


def rows(n=400, seed=3):
    rng = np.random.default_rng(seed)
    age = rng.uniform(1, 300, n)
    silence = age * rng.uniform(0, 1, n)
    days = 1 + rng.poisson((age - silence) / 20)
    matrix = np.stack([silence, age, days, days * rng.gamma(3, 10, n), rng.normal(size=n)], axis=1)
    matrix[::17, 4] = np.nan
    return matrix.astype(np.float32)


def boost(inputs, truth, **settings):
    settings = {"num_leaves": 7, "num_threads": 1, "deterministic": True, "verbose": -1, **settings}
    return lgb.train(settings, lgb.Dataset(inputs, truth), 20).model_to_string()


def model(task, heads, *, derived=("btyd_no_order",), spreads=None):
    return Model(
        task=task,
        shop="test",
        model_kind="gradient_boosting",
        horizon_days=28,
        active_within_days=91,
        until="2026-01-01",
        data_from="2025-01-01",
        cutoffs=("2025-11-24",),
        features=COLUMNS,
        derived=derived,
        parameters=PARAMETERS,
        heads=heads,
        spreads=spreads or {},
    )


def churn_model():
    """The model without loaded boosters, and the boosters' texts."""
    matrix = rows()
    inputs = np.concatenate([matrix, np.zeros((len(matrix), 1), np.float32)], axis=1)
    truth = np.random.default_rng(1).uniform(0, 120, len(matrix)) < matrix[:, 0]
    text = boost(inputs, truth, objective="binary")
    head = Head("churn_probability", "logit", booster="churn.txt", intercept=-0.2, slope=1.1)
    return model("churn", (head,)), {"churn.txt": text}


def next_purchase_model():
    matrix = rows()
    days = np.random.default_rng(2).poisson(3, len(matrix))
    heads = (
        Head("order_probability", "logit", booster="order.txt"),
        Head("expected_shopping_days", "log", booster="days.txt"),
        Head("expected_spend", "log", booster="spend.txt"),
    )
    levels = tuple(np.linspace(0, 1, 11).tolist())
    reach = tuple(range(1, 57))
    spreads = {
        "spend": Spread("order_probability", (0.9,), levels, ((0.5,) * 5 + (1.0,) + (1.5,) * 5,) * 2),
        "next_order": Spread("order_probability", (), reach, (tuple(min(d / 28, 1.2) for d in reach),)),
    }
    texts = {
        "order.txt": boost(matrix, days > 0, objective="binary"),
        "days.txt": boost(matrix, days, objective="poisson"),
        "spend.txt": boost(matrix, days * 20.0, objective="tweedie"),
    }
    return model("next_purchase", heads, derived=(), spreads=spreads), texts


STEPS = ("web:visit", "小程序:visit", "other", "none")


def next_step_model():
    matrix = rows()
    truth = np.random.default_rng(4).integers(0, len(STEPS), len(matrix))
    text = boost(matrix, truth, objective="multiclass", num_class=len(STEPS))
    head = Head("next_step", "softmax", booster="steps.txt", kinds=STEPS)
    return model("next_step", (head,), derived=()), {"steps.txt": text}


def own_question_model():
    """A shop's own yes-or-no question."""
    matrix = rows()
    text = boost(matrix, np.random.default_rng(9).integers(0, 2, len(matrix)), objective="binary")
    head = Head("skincare_probability", "logit", booster="skincare.txt")
    return model("skincare", (head,), derived=()), {"skincare.txt": text}
