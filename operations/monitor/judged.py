"""Earlier scores against what happened since, beside what training expected of the model that gave them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.engine import Engine
from features.errors import DataError
from features.shop import Shop
from operations.monitor.closed_windows import TREATMENT, Closed, closed_windows, fold_of
from operations.monitor.findings import MEND_FEED, OUTCOMES, Alert, Figure, Found, together
from operations.monitor.verdicts import findings_of
from training.data.treatment import UNTREATED
from training.evaluation.bootstrap import Interval
from training.evaluation.figures import figures, intervals
from training.evaluation.folds import Fold
from training.evaluation.metrics.metric import Metric
from training.evaluation.metrics.registry import contact_by_channel
from training.tracking import registry
from training.tracking.store import Mlruns

FEWEST = 100  # customers of whom a figure is told: fewer are chance, and too near to persons
_DRAWS = 100


def judged(shop: Shop, at: datetime, *, mlruns: Mlruns, engine: Engine) -> Found:
    """Judge the newest night of each task whose outcome window closed, everybody together and by group.

    Parameters
    ----------
    shop : Shop      its persons settled
    at : datetime    no outcome known on or after it is seen
    """
    found: list[Found] = []
    for name, closed in closed_windows(shop, at, mlruns):
        if isinstance(closed, str):
            found.append(Found(not_checked={f"{OUTCOMES}:{name}": closed}))
            continue
        try:
            fold = fold_of(shop, at, closed, engine)
        except DataError:
            told = {"as_of": f"{closed.night.as_of:%Y-%m-%d}"}
            found.append(Found((Alert(OUTCOMES, "scores_damaged", name, MEND_FEED, told),)))
            continue
        found.append(_judged(shop, closed, fold, mlruns))
    return together(found or [Found(not_checked={OUTCOMES: "window_open"})])


def _judged(shop: Shop, closed: Closed, fold: Fold, mlruns: Mlruns) -> Found:
    name = closed.task.name
    if len(fold.customers) < FEWEST:
        return Found(not_checked={f"{OUTCOMES}:{name}": "too_few"})
    metrics = _metrics(closed, fold)
    everybody = _with_intervals(closed, fold, metrics)
    if not everybody:
        return Found(not_checked={f"{OUTCOMES}:{name}": "nothing_to_judge"})
    untreated = fold.groups[TREATMENT] == UNTREATED
    alone = _on(fold, untreated) if FEWEST <= untreated.sum() < len(untreated) else None
    beside = None if alone is None else (alone, _with_intervals(closed, alone, metrics))
    previous = closed.version.is_champion and registry.previous_champion(shop.name, name, mlruns=mlruns) is not None
    findings = findings_of(closed, fold, everybody, beside, previous)
    return Found(tuple(findings), (*everybody, *_by_group(closed, fold, metrics)))


def _with_intervals(closed: Closed, fold: Fold, metrics: Sequence[Metric]) -> tuple[Figure, ...]:
    return _figures(closed, intervals([fold], lambda one: one.answers, _DRAWS, metrics), len(fold.customers))


def _metrics(closed: Closed, fold: Fold) -> tuple[Metric, ...]:
    channels = [one.removeprefix("contact_") for one in fold.truth if one.startswith("contact_")]
    kept = [one for one in closed.task.metrics if one.fits(fold.truth, fold.answers)]
    return (*kept, *(one for one in contact_by_channel(channels) if one.fits(fold.truth, fold.answers)))


def _figures(closed: Closed, found: Mapping[str, Interval], rows: int) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            OUTCOMES,
            closed.task.name,
            str(closed.version.version),
            f"{closed.night.as_of:%Y-%m-%d}",
            "all",
            "all",
            metric,
            rows,
            one.value,
            one.low,
            one.high,
            closed.version.metrics.get(metric, float("nan")),
        )
        for metric, one in found.items()
    )


def _by_group(closed: Closed, fold: Fold, metrics: Sequence[Metric]) -> list[Figure]:
    found = []
    for grouping, values in fold.groups.items():
        for group in np.unique(values):
            rows = values == group
            if FEWEST <= rows.sum() < len(rows):
                part = _on(fold, rows)
                given = figures(part.truth, part.answers, metrics)
                bare = {name: Interval(one, np.nan, np.nan) for name, one in given.items()}
                found += [
                    replace(one, grouping=grouping, group=str(group), expected=float("nan"))
                    for one in _figures(closed, bare, int(rows.sum()))
                ]
    return found


def _on(fold: Fold, rows: NDArray[np.bool_]) -> Fold:
    return replace(
        fold,
        customers=fold.customers[rows],
        truth={name: values[rows] for name, values in fold.truth.items()},
        answers={name: values[rows] for name, values in fold.answers.items()},
        groups={name: values[rows] for name, values in fold.groups.items()},
    )
