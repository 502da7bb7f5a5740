"""A reviewer's own figures from folds.parquet are those of the card."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.training.tiny_fits import next_purchase_fit
from training.evaluation.comparison import from_parquet, kept, to_parquet
from training.evaluation.recompute import recomputed


@pytest.mark.parametrize("task", ["churn", "next_purchase"])
def test_figures_and_intervals_follow_from_the_folds_alone(task, churn_fit_of, booster_text, tmp_path):
    fitted = churn_fit_of() if task == "churn" else next_purchase_fit(tmp_path, booster_text)
    found, card = recomputed(to_parquet(kept(fitted.evaluation.folds))), fitted.evaluation
    assert found.metrics == card.metrics
    assert found.baseline_metrics == card.baseline_metrics
    assert found.differences == card.differences


def test_ids_stay_out_and_their_order_stays(churn_fit_of):
    folds = churn_fit_of().evaluation.folds
    again = [one.fold for one in from_parquet(to_parquet(kept(folds)))]
    for before, after in zip(folds, again, strict=True):
        assert sorted(range(300), key=lambda i: before.customers[i]) == sorted(
            range(300), key=lambda i: after.customers[i]
        )
        assert not set(before.customers) & set(after.customers)
        assert set(after.baselines) == {"recency"}


def test_the_script_prints_them(churn_fit_of, tmp_path: Path):
    fitted = churn_fit_of()
    file = tmp_path / "folds.parquet"
    file.write_bytes(to_parquet(kept(fitted.evaluation.folds)))
    command = [sys.executable, "-m", "training.evaluation.recompute", str(file)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert told["metrics"] == pytest.approx(fitted.evaluation.metrics)
    assert told["differences"]["recency"].keys() == fitted.evaluation.differences["recency"].keys()
    assert (
        asdict(fitted.evaluation.differences["recency"]["auc"])["value"]
        == told["differences"]["recency"]["auc"]["value"]
    )
