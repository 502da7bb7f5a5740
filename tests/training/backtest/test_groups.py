import numpy as np

from decisions.decide import Person, Span, stage
from decisions.policy import Policy
from training.backtest.groups import stages

POLICY = Policy()


def test_stages_are_those_of_a_decision():
    rng = np.random.default_rng(0)
    columns = {
        "gap_last": np.where(rng.random(500) < 0.3, np.nan, rng.uniform(0, 200, 500)),
        "days_since_first_order": rng.choice([0.0, 5.0, 28.0, 29.0, 400.0], 500),
        "orders": rng.integers(1, 9, 500).astype(float),
    }
    churn = rng.choice([0.0, 0.2, 0.25, 0.4, 0.5, 0.9], 500)
    told = stages(columns, churn, 28, 91)
    assert set(told) == {"at_risk", "recovered", "new", "loyal", "active"}
    for i in range(500):
        values = {name: float(column[i]) for name, column in columns.items()} | {"days_since_order": 3.0}
        person = Person("a", values, {"churn_probability": float(churn[i])}, (), None, True, 0)
        assert told[i] == stage(person, POLICY, Span(28, 91)), (values, churn[i])
