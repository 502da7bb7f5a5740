"""What a head learns: one answer, its label, its link, and which way silence moves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """One answer to learn.

    Attributes
    ----------
    answer, label : str         the head's name and the label's
    link : str                  "logit" or "log"
    objective : dict            LightGBM's settings for this kind of outcome
    silence : int               +1 if the answer rises with silence, −1 if it falls
    simple : str                stem of the one feature that rules look at
    outlook : str               the derived column that says the same by buy-till-you-die
    """

    answer: str
    label: str
    link: str
    silence: int
    simple: str
    outlook: str
    objective: Mapping[str, Any] = field(default_factory=dict)

    def truth(self, labels: Mapping[str, Array]) -> Array:
        """The outcome, on the scale of the answer."""
        values = labels[self.label]
        return 1 - values if self.answer == "order_probability" else values

    def loss(self, truth: Array, answer: Array) -> Array:
        """Per row: log loss of a probability, deviance of a count or an amount."""
        if self.link == "logit":
            p = np.clip(answer, 1e-12, 1 - 1e-12)
            return -(truth * np.log(p) + (1 - truth) * np.log1p(-p))
        mean = np.maximum(answer, 1e-9)
        ratio = np.where(truth > 0, truth / mean, 1.0)
        deviance: Array = np.where(truth > 0, truth * np.log(ratio), 0.0) - (truth - mean)
        return deviance

    def everyones(self, truth: Array, offset: Array) -> float:
        """The score everybody has beside what each row's score has already."""
        if self.link == "log":
            return float(np.log(truth.sum() / np.exp(offset).sum()))
        mean = np.clip(truth.mean(), 0.5 / len(truth), 1 - 0.5 / len(truth))
        return float(np.log(mean / (1 - mean)) - offset.mean())


CHURN = Target("churn_probability", "churn", "logit", +1, "days_since_order", "btyd_no_order", {"objective": "binary"})
ORDER = Target("order_probability", "churn", "logit", -1, "days_since_order", "btyd_no_order", {"objective": "binary"})
COUNT: Mapping[str, Any] = {"objective": "poisson"}
MONEY: Mapping[str, Any] = {"objective": "tweedie", "tweedie_variance_power": 1.3}
DAYS = Target("expected_shopping_days", "days", "log", -1, "shopping_days", "btyd_orders", COUNT)
SPEND = Target("expected_spend", "spend", "log", -1, "spend", "btyd_spend", MONEY)
