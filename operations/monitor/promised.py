"""What the newest scores promise before their outcomes are in, beside what training expected of their version."""

from datetime import datetime, timedelta

import numpy as np

from features.errors import DataError
from features.shop import Shop
from operations.monitor.closed_windows import answered_by
from operations.monitor.expected import expected_figures
from operations.monitor.findings import EXPECTED, RETRAIN, WAIT, Alert, Figure, Found, together
from operations.monitor.past_scores import PastNight, past_nights
from operations.monitor.verdicts import RANKING, beyond
from scoring.products.ranker import TASK as RECOMMENDATION
from scoring.uplift_names import TASK as UPLIFT
from training.task import Task
from training.tasks.catalogue import TASKS
from training.tasks.own import tasks_of
from training.tracking.store import Mlruns

_MUCH = 0.05  # by so much worse, a new model is worth its while before outcomes tell


def promised(shop: Shop, at: datetime, *, mlruns: Mlruns) -> Found:
    """Expected discrimination and calibration of the newest night known at a midnight."""
    night = next(past_nights(shop, at + timedelta(microseconds=1)), None)
    if night is None:
        return Found(not_checked={EXPECTED: "no_scores"})
    asked = {name: task for name, task in {**TASKS, **tasks_of(shop)}.items() if name not in (RECOMMENDATION, UPLIFT)}
    return together(_of_task(shop, night, task, mlruns) for task in asked.values())


def _of_task(shop: Shop, night: PastNight, task: Task, mlruns: Mlruns) -> Found:
    number, answer = night.version(task.name), task.answers[0]
    of = [one for one in task.metrics if one.answer == answer and one.name in ("auc", "calibration_error", "log_loss")]
    if number is None or not of:
        return Found()
    try:
        probability = night.scores()[answer].to_numpy()
    except DataError:
        return Found(not_checked={f"{EXPECTED}:{task.name}": "damaged"})
    if not len(probability) or np.isnan(probability).any():
        return Found(not_checked={f"{EXPECTED}:{task.name}": "too_few"})
    known = answered_by(shop.name, task.name, number, night.digest(task.name), mlruns=mlruns)
    shown = known[0].metrics if known else {}
    day, n = f"{night.as_of:%Y-%m-%d}", len(probability)
    figures = tuple(
        Figure(
            EXPECTED,
            task.name,
            number,
            day,
            "all",
            "all",
            name,
            n,
            one.value,
            one.low,
            one.high,
            shown.get(name, np.nan),
        )
        for name, one in expected_figures(probability, of[0].truth, answer, of).items()
    )
    return Found(tuple(_finding(one) for one in figures if one.metric == "auc" and beyond(one, RANKING)), figures)


def _finding(one: Figure) -> Alert:
    advice = RETRAIN if one.expected - one.found > _MUCH else WAIT
    facts: dict[str, float | str] = {"as_of": one.as_of, "version": one.version, "found": one.found}
    return Alert(EXPECTED, "will_rank_worse", one.task, advice, facts | {"expected": one.expected})
