import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from features.shop import Shop
from reporting.page import from_json, to_json
from tests.training.tiny_fits import bare_shop, churn_fit, next_purchase_fit
from training.evaluation.comparison import from_parquet
from training.evaluation.folds import Fitted
from training.review import run_record
from training.review.gate import checks_of
from training.review.golden import golden_rows
from training.tasks.catalogue import TASKS
from training.tracking.record import Record

Fit = Callable[..., Fitted]


def record(fitted: Fitted, shop: Shop) -> Record:
    task = TASKS[fitted.model.task]
    golden = golden_rows([fitted.model], fitted.model.features)
    return run_record.record(fitted, task, shop, golden, checks_of(fitted, task, 0.001), None)


def charts(page: bytes) -> list[dict[str, object]]:
    found = re.search(r'id="charts">(.*?)</script>', page.decode(), re.S)
    assert found is not None
    return list(json.loads(found.group(1)))


@pytest.fixture(scope="module")
def churn(booster_text: str, tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = tmp_path_factory.mktemp("churn")
    return record(churn_fit(folder / "fit", booster_text), bare_shop(folder))


@pytest.fixture
def no_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_record, "figures", lambda *_: {})


def test_a_churn_run_shows_its_curves(churn: Record) -> None:
    plots = {path for path in churn.artifacts if path.startswith("plots/")}
    names = ("roc", "precision_recall", "gains", "lift", "calibration", "importance", "folds")
    assert plots == {f"plots/{name}.png" for name in names}
    titles = [chart["title"] for chart in charts(churn.artifacts[run_record.REPORT])]
    assert {"ROC", "Gains", "Lift", "What contacting is worth", "Score by stage", "What the model looks at"} <= {
        *titles
    }
    assert [title for title in titles if str(title).startswith("Customer ")] != []


def test_a_next_purchase_run_shows_levels_and_quantiles(booster_text: str, tmp_path: Path, shop: Shop) -> None:
    found = record(next_purchase_fit(tmp_path / "fit", booster_text), shop)
    names = ("level_expected_shopping_days", "level_expected_spend", "quantile_coverage", "importance", "folds")
    assert {path for path in found.artifacts if path.startswith("plots/")} == {f"plots/{name}.png" for name in names}
    assert "Honest quantiles have" in found.artifacts[run_record.REPORT].decode()


@pytest.mark.usefixtures("no_plots")
def test_money_is_what_leavers_spent_times_the_margin(churn_fit_of: Fit, shop: Shop) -> None:
    fitted = churn_fit_of()
    (money,) = [c for c in charts(record(fitted, shop).artifacts[run_record.REPORT]) if c["kind"] == "money"]
    leaving = [float((fold.truth["churn"] * fold.past_spend).sum()) for fold in fitted.evaluation.folds]
    assert money["atStake"][-1] == pytest.approx(0.3 * sum(leaving) / 3, rel=1e-4)  # type: ignore[index]
    assert money["customers"] == 300


def test_figures_are_named_alike_for_model_baseline_and_fold(churn: Record) -> None:
    assert {"auc", "auc.recency", "difference.auc.recency", "difference_low.auc.recency"} <= set(churn.metrics)
    assert churn.metrics["seconds.boosting"] == 2.5
    assert len(churn.by_fold) == 3
    assert {"auc", "auc.recency"} <= set(churn.by_fold[0])


def test_what_a_later_review_needs_is_kept(churn: Record) -> None:
    assert len(from_parquet(churn.artifacts[run_record.FOLDS])) == 3
    golden = json.loads(churn.artifacts[run_record.GOLDEN])
    assert golden["columns"] == ["days_since_order", "spend_90d"]
    shown = from_json(churn.artifacts[run_record.SECTIONS])
    assert to_json(shown) == churn.artifacts[run_record.SECTIONS]
    assert run_record.checks_from(churn.artifacts[run_record.CHECKS])[0].name == "beats recency"


def test_the_version_page_finds_model_kind_data_code_and_gate(churn: Record) -> None:
    assert churn.tags["model_kind"] == "gradient_boosting"
    assert churn.tags["git_commit"] == "4f2c9aa"
    assert churn.tags["shop_digest"] == "cd" * 32
    assert churn.tags["gate"] == "passed: 4 of 4 checks passed."
    assert churn.parameters["trees.churn.txt"] == "5"
    assert json.loads(churn.artifacts["features.json"])[0]["fingerprint"] == "days_since_order-print"


def test_a_fit_without_backtest_is_logged_all_the_same(churn_fit_of: Fit, shop: Shop) -> None:
    fitted = churn_fit_of()
    empty = dataclasses.replace(fitted.evaluation, metrics={}, baseline_metrics={}, differences={}, folds=(), slices=())
    found = record(dataclasses.replace(fitted, evaluation=empty), shop)
    assert all(name.startswith("seconds.") for name in found.metrics)
    assert "too short for a backtest" in found.artifacts[run_record.REPORT].decode()
    assert found.tags["gate"].startswith("not passed")


def test_what_is_no_number_becomes_null() -> None:
    assert json.loads(run_record.as_json({"a": [float("nan"), 1.0], "b": float("inf")})) == {
        "a": [None, 1.0],
        "b": None,
    }
