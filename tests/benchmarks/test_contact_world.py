"""The contact model against the truth of a small world; only the columns it looks at are built, and no trees."""

import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import contact_world
from features.catalog import columns_for
from features.feature import FeatureColumn
from simulation.world import simulate
from training import fit
from training.data import dataset
from training.data.cutoffs import CutoffPlan, plan
from training.learners.channels.contact import SHOP_RATE
from training.learners.model_kinds import REGRESSION, RULES
from training.tasks import channel_ways

NEEDED = re.compile(
    r"(open|click|conversion)_rate_365d|online_share_365d|age|acquired_online|messages_90d|last_order_online|"
    r"(shopping_days|spend)(_30d|_90d|_365d)?|days_since_(first_)?order|\w+_orders_365d|"
    r"\w+_(messages|answers)(_365d)?|\w+_credit(_90d)?"
)


def monthly(*asked: object, **more: object) -> CutoffPlan:
    """The usual plan with a cutoff every fourth week; all folds, for one month's level is luck to the gate."""
    usual = plan(*asked, **more)
    return usual.among(usual.training[::-1][::4])


def test_the_model_closes_half_the_gap_that_simple_rules_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def needed(*of: Any, **how: Any) -> tuple[FeatureColumn, ...]:
        return tuple(one for one in columns_for(*of, **how) if NEEDED.fullmatch(one.name))

    monkeypatch.setattr(dataset, "columns_for", needed)
    monkeypatch.setattr(channel_ways, "WAYS", (SHOP_RATE, RULES, REGRESSION))
    monkeypatch.setattr(dataset, "fitted_parameters", lambda *_, **__: {})
    monkeypatch.setattr(fit, "plan", monthly)
    simulate(1_000, 8, 22, tmp_path / "world")
    found = contact_world.closed_gap(tmp_path / "world", tmp_path / "home")
    best = max(found[rule] for rule in contact_world.RULES)
    assert found["optimum"] > found["perennial"] > best
    assert found["closed"] >= 0.5, found
