"""How the scorer's rate is set beside LightGBM's own."""

from pathlib import Path

import pytest

from benchmarks.score_rate import rate
from scoring.release import read_model, write_model
from tests.serving.synthetic_models import COLUMNS, churn_model, next_purchase_model, rows


def test_both_rates_are_of_the_same_rows_and_of_all_trees(tmp_path: Path) -> None:
    models = {
        name: read_model(tmp_path / name, write_model(plain, texts, tmp_path / name))
        for name, (plain, texts) in {"churn": churn_model(), "next_purchase": next_purchase_model()}.items()
    }
    found = rate(models, COLUMNS, rows(20_000))
    assert found["rows"] == 20_000
    assert found["trees"] == sum(one.num_trees() for model in models.values() for one in model.boosters.values()) > 0
    ours, theirs = float(str(found["scorer_rows_a_second"])), float(str(found["lightgbm_rows_a_second"]))
    assert found["share"] == pytest.approx(ours / theirs, abs=2e-3)
