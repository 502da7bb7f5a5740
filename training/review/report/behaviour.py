"""How a model behaves, shown on synthetic customers: what moves its answer, and examples explained."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reporting.charts import Chart, bars, lines
from scoring.release import Model
from scoring.scorer import Scorer
from training.evaluation.curves import Curve
from training.review.golden import people_of
from training.review.words import labels

_MOVED = 6  # features whose effect is drawn
_STEPS = 25
_REASONS = 6


def effects(model: Model, golden: Mapping[str, Any], importance: Mapping[str, float]) -> list[Chart]:
    """The mean answer of the synthetic customers as one feature moves over its range, for the strongest ones."""
    rows, names = people_of(golden), list(golden["columns"])
    scorer, answer = Scorer([model], model.features), _first_answer(model)
    strongest = sorted((name for name in importance if name in names), key=lambda name: -importance[name])[:_MOVED]
    drawn = []
    for name in strongest:
        column = names.index(name)
        grid = np.linspace(np.nanmin(rows[:, column]), np.nanmax(rows[:, column]), _STEPS, dtype=np.float32)
        asked = np.repeat(rows[None], _STEPS, axis=0)
        asked[:, :, column] = grid[:, None]
        means = scorer.answers(asked.reshape(-1, len(names)))[answer].reshape(_STEPS, -1).mean(axis=1)
        line = {answer.replace("_", " "): Curve(grid.astype(np.float64), means)}
        called = labels().column(name)
        drawn.append(lines(called, called, answer.replace("_", " "), line, yUnit=_unit(model)))
    return drawn


def examples(model: Model, golden: Mapping[str, Any]) -> list[Chart]:
    """Three synthetic customers – unlikely, middling and likely among them – with the effects that add up."""
    if model.heads[0].link != "logit":
        return []
    rows = people_of(golden)
    scorer = Scorer([model], model.features)
    answers = scorer.answers(rows)[model.heads[0].name]
    order = np.argsort(answers, kind="stable")
    picked = [(letter, order[int(level * len(order))]) for letter, level in (("A", 0.1), ("B", 0.5), ("C", 0.9))]
    reasons = scorer.reasons(rows[[place for _, place in picked]], model.task)
    drawn = []
    for i, (letter, place) in enumerate(picked):
        top, rest = reasons.top(i, _REASONS)
        values = {"baseline": reasons.baseline}
        values |= {f"{labels().column(name)}: {_value(value)}": effect for name, value, effect in top}
        values["all others"] = rest
        title = f"Customer {letter}: {answers[place]:.0%}"
        drawn.append(bars(title, "log-odds; the sum is the answer's", values, signed=True))
    return drawn


def _first_answer(model: Model) -> str:
    head = model.heads[0]
    return f"{head.name}_{head.kinds[0]}" if head.kinds else head.name


def _unit(model: Model) -> str:
    return "%" if model.heads[0].link in ("logit", "softmax") else ""


def _value(value: float) -> str:
    return "missing" if np.isnan(value) else f"{value:.4g}"
