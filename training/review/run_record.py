"""Everything a run shows, made from a fit: figures, card, plots, report, and what a later review needs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from features.catalog import pick
from features.errors import FeatureError
from features.shop import Shop
from reporting.page import Section, render, to_json
from scoring.plain_json import as_json
from scoring.release import Model
from training.evaluation.choices import logged_choice
from training.evaluation.comparison import Comparison, kept, to_parquet
from training.evaluation.folds import Fitted
from training.evaluation.metrics.measures import flat_metrics
from training.review.card import card
from training.review.gate import Check
from training.review.report.sections import sections
from training.review.report.verdict import opening, verdict
from training.review.run_plots import figures
from training.task import Task
from training.tracking.record import DataNote, Record

SENDS = "review/sends.parquet"  # where a choice of channel was judged by sends drawn by lot
FOLDS, GOLDEN, SECTIONS = "review/folds.parquet", "review/golden.json", "review/sections.json"
SIGNATURES = "review/signatures.json"
CHECKS, COMPARISON, REPORT = "review/checks.json", "review/comparison.json", "review/report.html"


def record(
    fitted: Fitted,
    task: Task,
    shop: Shop,
    golden: Mapping[str, Any],
    checks: Sequence[Check],
    comparison: Comparison | None,
) -> Record:
    """What is logged for a fit.

    Parameters
    ----------
    golden : the model's golden rows and answers
    checks : the gate, as far as it can be checked now
    comparison : with the champion; None for a first version
    """
    model, evaluation, tags = fitted.model, fitted.evaluation, gate_tags(checks, fitted.model.unproven)
    text = card(fitted, task, currency=shop.currency, gate=tags["gate"])
    shown = sections(fitted, task, shop, golden)
    return Record(
        shop=model.shop,
        task=task.name,
        title=f"{task.name} until {model.until[:10]}",
        folder=fitted.folder,
        sha256s=fitted.sha256s,
        inputs=[feature.name for feature in model.features],
        answers=sorted(golden["answers"]),
        about=task.question,
        card=text,
        data=DataNote(shop.name, fitted.dataset_digest, shop.folder.name, fitted.rows),
        created_at=datetime.fromisoformat(model.created_at),
        parameters=_parameters(fitted),
        metrics=flat_metrics(evaluation) | {f"seconds.{step}": taken for step, taken in fitted.seconds.items()},
        by_fold=[_fold_metrics(fold.metrics, fold.baseline_metrics) for fold in evaluation.folds],
        artifacts={
            **figures(evaluation, task.main_metric),
            **review_files(heading(task.name, shop.name), task, checks, comparison, shown),
            "card.md": text.encode(),
            "features.json": as_json(_features(model, shop)),
            GOLDEN: as_json(golden),
            FOLDS: to_parquet(kept(evaluation.folds)),
            **({SENDS: logged_choice.as_parquet(evaluation.choice)} if evaluation.choice else {}),
        },
        tags={**_tags(fitted, shop), **tags},
    )


def heading(task: str, shop: str) -> str:
    """The report's heading."""
    return f"{task.replace('_', ' ').capitalize()} · {shop}"


def review_files(
    title: str, task: Task, checks: Sequence[Check], comparison: Comparison | None, shown: Sequence[Section]
) -> dict[str, bytes]:
    """What a review writes: the report, its sections, the checks and the comparison."""
    page = render(title, task.question, verdict(checks), [*opening(checks, comparison), *shown])
    files = {
        REPORT: page.encode(),
        SECTIONS: to_json(shown),
        CHECKS: as_json(checks),
    }
    return files if comparison is None else files | {COMPARISON: as_json(comparison)}


def gate_tags(checks: Sequence[Check], unproven: Sequence[str]) -> dict[str, str]:
    """The gate's answer as the version page shows it; `unproven` are the model's answers that nothing passed for."""
    passed, told = verdict(checks)
    doubt = f" Unproven: {', '.join(unproven)}." if unproven else ""
    return {"gate": f"{'passed' if passed else 'not passed'}: {told}{doubt}".replace("_", " ")}


def checks_from(content: bytes) -> list[Check]:
    """Checks as they were kept."""
    return [Check(**plain) for plain in json.loads(content)]


def _parameters(fitted: Fitted) -> dict[str, str]:
    model = fitted.model
    facts: dict[str, object] = {
        "model_kind": model.model_kind,
        "horizon_days": model.horizon_days,
        "active_within_days": model.active_within_days,
        "data_from": model.data_from,
        "until": model.until,
        "cutoffs": len(model.cutoffs),
        "first_cutoff": model.cutoffs[0],
        "last_cutoff": model.cutoffs[-1],
        "rows": fitted.rows,
        "features": len(model.features),
        "derived": len(model.derived),
        "dataset_digest": fitted.dataset_digest,
    }
    if fitted.sample is not None:
        facts |= {"rows_there_are": fitted.sample.rows, "customers_drawn": fitted.sample.share}
    facts |= {f"trees.{name}": booster.num_trees() for name, booster in model.boosters.items()}
    facts |= {f"calibration.{head.name}": f"{head.intercept:.6g} + {head.slope:.6g} × score" for head in model.heads}
    facts |= {f"fitted.{name}": f"{value:.6g}" for name, value in model.parameters.items()}
    facts |= {f"train.{name}": f"{value:g}" for name, value in fitted.settings.items()}
    return {name: str(value) for name, value in facts.items()}


def _fold_metrics(own: Mapping[str, float], baselines: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    flat = dict(own)
    for baseline, found in baselines.items():
        flat |= {f"{name}.{baseline}": value for name, value in found.items()}
    return {name: float(value) for name, value in flat.items() if value == value}


def _features(model: Model, shop: Shop) -> list[dict[str, Any]]:
    """The model's features with their catalogue entries, where the catalogue still has them."""
    listed = []
    for feature in model.features:
        entry: dict[str, Any] = {"name": feature.name, "fingerprint": feature.fingerprint}
        try:
            (column,) = pick([feature.name], shop)
        except FeatureError:
            column = None
        if column is not None and column.fingerprint == feature.fingerprint:
            entry |= {"unit": column.unit, "about": column.about, "empty": column.empty}
        listed.append(entry)
    return listed


def _tags(fitted: Fitted, shop: Shop) -> dict[str, str]:
    model = fitted.model
    return {
        "model_kind": model.model_kind,
        **({"unproven": ", ".join(model.unproven)} if model.unproven else {}),
        "horizon": f"{model.horizon_days}d",
        "data_from": model.data_from[:10],
        "until": model.until[:10],
        "git_commit": model.git_commit,
        "dataset_digest": fitted.dataset_digest,
        "shop_digest": shop.digest,
        **({"trusted": ", ".join(leaks.trusted)} if (leaks := fitted.evaluation.leaks) and leaks.trusted else {}),
    }
