"""Shops whose level moves, beside simple alternatives: `python -m benchmarks.seasons [KIND ...]`.

Each row is one made shop, asked at one cutoff about the horizon after it. What is held to: days and spend, predicted ÷
actual; how far probabilities are off; and whether the outcome lies in the band the night would state.
"""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.scoreboard import TASKS, scored
from benchmarks.season_shops import KINDS
from benchmarks.shops import season_case
from benchmarks.tables import read, show, write
from features.engine import DuckDB, Engine
from features.shop import home_folder
from operations.level import band
from scoring.level import PeriodLevel
from training.evaluation.folds import Fold

SEEDS = (301, 302, 303, 304, 305)  # development has not used them


def main(kinds: Sequence[str]) -> None:
    """Judge kinds on five seeds, print the rows, and write benchmarks/results/seasons.json; others keep theirs."""
    engine, asked = DuckDB(), kinds or tuple(KINDS)
    rows: list[dict[str, Any]] = []
    for kind in asked:
        found = [row for seed in SEEDS for row in judged(kind, seed, engine)]
        write("seasons", [*(row for row in read("seasons") if row["kind"] != kind), *found])
        rows += found
    engine.close()
    show("Level of a period: made shops, five seeds each", rows)


def judged(kind: str, seed: int, engine: Engine) -> list[dict[str, Any]]:
    """Perennial's row for one shop, and a row for each alternative."""
    made = KINDS[kind]
    found = scored(season_case(kind, seed, home_folder()), engine)
    churn, purchase = (found[task] for task in TASKS[:2])
    folds = [one.folds[0] for one in (churn, purchase)]
    level = purchase.levels[0]
    own = {
        "model": "perennial",
        **_figures(folds, None),
        "season_learnt": level.season if level else "",
        "in band": _in_band(folds[1], level),
    }
    names = dict.fromkeys(name for fold in folds for name in fold.baselines)
    rows = [own, *({"model": name, **_figures(folds, name)} for name in names)]
    return [{"kind": kind, "seed": seed, "customers": made.customers, **row} for row in rows]


_TOLD = ("brier", "log_loss", "calibration_error", "days_rmse", "days_totals_ratio", "spend_totals_ratio")


def _figures(folds: Sequence[Fold], baseline: str | None) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for fold in folds:
        metrics |= fold.metrics if baseline is None else fold.baseline_metrics.get(baseline, {})
    return {name: round(metrics[name], 4) for name in _TOLD if name in metrics}


def _in_band(fold: Fold, level: PeriodLevel | None) -> bool:
    """Whether the shopping days of all lie in the 80 % band."""
    low, high = band(float(fold.answers["expected_shopping_days"].sum()), level)
    return bool(low <= float(np.sum(fold.truth["days"])) <= high)


if __name__ == "__main__":
    main(sys.argv[1:])
