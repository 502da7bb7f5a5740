"""Every figure of a card again: `python -m training.evaluation.recompute folds.parquet [sends.parquet]`.

Means of the folds, calibration and coverage over all folds' rows, and each difference from a baseline with its
interval, drawn from the same customers with the same seed. What a choice of channel is worth (`choice_…`) follows from
the sends, with their propensities. What is measured while fitting (seconds, leak guards) is in neither.
"""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring.plain_json import as_json
from training.evaluation.choices import logged_choice
from training.evaluation.comparison import from_parquet
from training.evaluation.figures import differences, slices, summary
from training.evaluation.folds import Evaluation, Fold
from training.evaluation.metrics.metric import Metric
from training.evaluation.metrics.registry import BUILT_IN, contact_by_channel


def recomputed(content: bytes, sends: bytes | None = None) -> Evaluation:
    """The evaluation that folds.parquet holds, and sends.parquet where a choice of channel was judged."""
    folds = [kept.fold for kept in from_parquet(content)]
    of = _metrics(folds)
    names = tuple(folds[0].baselines) if folds else ()
    grouped = bool(folds) and bool(folds[0].groups) and "churn_probability" in folds[0].answers
    choice = None if sends is None else logged_choice.from_parquet(sends)
    own, rules, gaps = choice.figures() if choice else ({}, {}, {})
    return Evaluation(
        metrics=summary(folds, lambda fold: fold.answers, of) | own,
        baseline_metrics={name: summary(folds, partial(_baseline, name), of) for name in names} | rules,
        differences={**differences(folds, of), **gaps},
        folds=tuple(folds),
        importance={},
        slices=slices(folds, [fold.groups for fold in folds]) if grouped else (),
        model_kinds={},
        closed={},
    )


def _metrics(folds: Sequence[Fold]) -> tuple[Metric, ...]:
    channels = [
        name.removeprefix("contact_") for name in (folds[0].truth if folds else {}) if name.startswith("contact_")
    ]
    return (*BUILT_IN, *contact_by_channel(channels))


def _baseline(name: str, fold: Fold) -> Mapping[str, NDArray[np.float64]] | None:
    return fold.baselines.get(name)


def main() -> None:
    """Print the figures of a folds.parquet, and of a sends.parquet, as JSON."""
    found = recomputed(*(Path(name).read_bytes() for name in sys.argv[1:3]))
    told = {
        "metrics": found.metrics,
        "baselines": found.baseline_metrics,
        "differences": found.differences,
        "groups": found.slices,
    }
    sys.stdout.write(as_json(told).decode())


if __name__ == "__main__":
    main()
