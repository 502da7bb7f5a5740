"""The chain's chances are counts, shrunk to how often a step comes at all; what is scored by it is what was counted."""

from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from scoring.derived.derived import derivations, derive
from training.learners.channels.touch_chain import fit_chain, told_apart

STEPS = ("web:visit", "other", "none")
N = 1_200


def column(name: str, template: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, feature=SimpleNamespace(template=template, windows=("all",)))


@dataclass
class Rows:
    """As much of a Dataset as the chain looks at: half were last in a shop, half on the web, ten nowhere."""

    columns: tuple[SimpleNamespace, ...] = (
        column("web_silence", "channel_silence"), column("store_silence", "channel_silence"),
        column("visit_recency", "kind_recency"),
    )  # fmt: skip
    values: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        web = np.arange(N) % 2 == 0
        never = np.arange(N) < 10
        self.values = {
            "web_silence": np.where(never, np.nan, np.where(web, 1.0, 8.0)),
            "store_silence": np.where(never, np.nan, np.where(web, 8.0, 1.0)),
            "visit_recency": np.where(never, np.nan, 1.0),
        }
        moments = np.where(np.arange(N) < N // 2, datetime(2025, 5, 1), datetime(2025, 6, 1)).astype("datetime64[us]")
        self.spine = SimpleNamespace(rows={"cutoff": SimpleNamespace(to_numpy=lambda: moments)})

    def column(self, name: str) -> np.ndarray:
        return self.values[name]


def taken(chance_on_web: float) -> np.ndarray:
    """One step a row; on the web after the web with a chance of its own."""
    rng = np.random.default_rng(2)
    web = np.arange(N) % 2 == 0
    again = rng.random(N) < np.where(web, chance_on_web, 0.2)
    return np.eye(3)[np.where(again, 0, 2)]


def test_what_followed_a_touch_is_counted() -> None:
    rows, steps = Rows(), taken(0.9)
    chain = fit_chain(rows, np.ones(N, dtype=bool), steps)  # type: ignore[arg-type]
    assert told_apart(rows.columns) == (("web", "store"), ("visit",))  # type: ignore[arg-type]
    assert set(chain.touches) == {"web.visit", "store.visit"}
    assert chain.chances.sum(axis=1) == pytest.approx(1.0) and (chain.chances > 0).all()
    after = dict(zip(chain.touches, chain.chances[:, 0], strict=False))
    web = steps[np.arange(N) % 2 == 0][5:, 0].mean()
    assert after["web.visit"] == pytest.approx(web, abs=0.02) and after["store.visit"] < 0.3
    names = [f"next_step_shrunk_{one}" for one in ("web-03a-visit", "other", "none")]
    parameters = chain.parameters(STEPS)
    scored = derive(derivations(names, parameters), rows.values, parameters)
    assert scored.sum(axis=1) == pytest.approx(1.0)
    assert scored[20] == pytest.approx(chain.chances[chain.touches.index("web.visit")])
    assert scored[3] == pytest.approx(chain.chances[-1])


def test_where_touches_tell_nothing_they_are_shrunk_to_what_comes_at_all() -> None:
    chain = fit_chain(Rows(), np.ones(N, dtype=bool), taken(0.2))  # type: ignore[arg-type]
    assert np.abs(chain.chances - chain.marginal).max() < 0.02
