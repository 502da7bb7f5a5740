"""Golden rows: synthetic customers with the answers a model gave them, to be given again wherever it runs.

Rows are drawn between the smallest and largest values a booster split on, never taken from a customer.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ReleaseError
from scoring.plain_json import as_json
from scoring.release import FeatureRef, Model, read_model
from scoring.scorer import Scorer
from training.review.possible import possible

TOLERANCE = 1e-9
_EXTREMES = 3  # first rows: all low, all high, all missing; the others could be customers
_MISSING = 0.1  # share of the values that are left out
_PREFLIGHT_SECONDS = 120.0
_TIMED_ROWS = 50


def golden_rows(models: Iterable[Model], columns: Sequence[FeatureRef], *, rows: int = 64) -> dict[str, Any]:
    """Synthetic rows and the models' answers to them, as golden.json holds them.

    Returns
    -------
    dict      columns (names), rows (n lists, None is missing), answers (name → n numbers), tolerance
    """
    models = list(models)
    matrix = _synthetic([column.name for column in columns], _ranges(models), rows)
    answers = Scorer(models, columns).answers(matrix)
    return {
        "columns": [column.name for column in columns],
        "rows": [_nullable(row) for row in matrix],
        "answers": {name: _nullable(values) for name, values in sorted(answers.items())},
        "tolerance": TOLERANCE,
    }


def matrix_of(golden: Mapping[str, Any]) -> NDArray[np.float32]:
    """The rows of a golden.json as a model matrix."""
    return np.array(golden["rows"], dtype=np.float32).reshape(len(golden["rows"]), len(golden["columns"]))


def people_of(golden: Mapping[str, Any]) -> NDArray[np.float32]:
    """The rows that could be customers: all but the extremes."""
    return matrix_of(golden)[_EXTREMES:]


def largest_difference(golden: Mapping[str, Any], models: Iterable[Model], columns: Sequence[FeatureRef]) -> float:
    """How far the models' answers are from the golden ones at most; infinity where one is there and one not."""
    answers = Scorer(models, columns).answers(matrix_of(golden))
    if set(answers) != set(golden["answers"]):
        return float("inf")
    return max(_distance(answers[name], np.array(golden["answers"][name], float)) for name in answers)


def seconds_a_row(golden: Mapping[str, Any], model: Model) -> float:
    """Median seconds for one row's answers, and reasons where the model gives them, without a batch's help."""
    matrix, scorer, taken = matrix_of(golden), Scorer([model], model.features), []
    for i in range(_TIMED_ROWS):
        row = matrix[i % len(matrix)][None, :]
        start = perf_counter()
        scorer.answers(row)
        if model.heads[0].link == "logit":
            scorer.reasons(row, model.task)
        taken.append(perf_counter() - start)
    return median(taken)


def try_elsewhere(folder: Path, sha256s: Mapping[str, str], golden: Mapping[str, Any]) -> float:
    """Load a model in a process of its own and compare its answers; the largest difference.

    A broken booster may end a process without an error, so the first load happens where that does no harm.

    Raises
    ------
    ReleaseError    if the process fails or takes too long
    """
    question = as_json({"folder": folder, "sha256s": sha256s, "golden": golden}).decode()
    command = [sys.executable, "-P", "-m", "training.review.golden"]  # -P: a folder may have a training/ of its own
    try:
        done = subprocess.run(
            command, input=question, capture_output=True, text=True, timeout=_PREFLIGHT_SECONDS, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise ReleaseError(f"Loading {folder} in a preflight failed ({error}). Train it again.") from error
    return float(done.stdout)


def _answer_preflight() -> None:
    question = json.load(sys.stdin)
    model = read_model(Path(question["folder"]), question["sha256s"])
    sys.stdout.write(repr(largest_difference(question["golden"], [model], model.features)))


def _ranges(models: Sequence[Model]) -> dict[str, tuple[float, float]]:
    """What values of each built column the models know, from their boosters, tables and sums."""
    known: dict[str, list[float]] = {}
    for model in models:
        for booster in model.boosters.values():
            infos = booster.dump_model(num_iteration=1)["feature_infos"]
            for name, own_name in zip(model.inputs, booster.feature_name(), strict=True):
                if own_name in infos:
                    known.setdefault(name, []).extend(infos[own_name][end] for end in ("min_value", "max_value"))
    for head in (head for model in models for head in model.heads):
        beside = {step.feature: list(step.edges) for step in head.steps}
        beside |= {term.feature: [0.0, np.ceil(4 * abs(term.centre)) + 1] for term in head.terms}
        known = beside | known  # a booster knows better
    return {name: (min(values), max(values)) for name, values in known.items() if values}


def _synthetic(names: Sequence[str], ranges: Mapping[str, tuple[float, float]], rows: int) -> NDArray[np.float32]:
    """Values skewed to the small end as amounts and counts are; the first rows are the extremes.

    What lies between whole numbers counts something, and is drawn as a whole number.
    """
    chance = np.random.default_rng(20170101)
    low, high = np.array([ranges.get(name, (0.0, 100.0)) for name in names]).reshape(-1, 2).T
    place = chance.random((rows, len(names))) ** 3
    place[:2] = [[0.0], [1.0]]
    drawn = low + (high - low) * place
    counts = (low == np.round(low)) & (high == np.round(high)) & (high > 1)
    matrix: NDArray[np.float64] = np.where(counts, np.round(drawn), drawn)
    matrix[_EXTREMES:] = possible(matrix[_EXTREMES:], names)
    matrix[_EXTREMES:][chance.random((rows - _EXTREMES, len(names))) < _MISSING] = np.nan
    matrix[2] = np.nan
    rounded: NDArray[np.float32] = matrix.astype(np.float32)
    return rounded


def _distance(answers: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    if answers.shape != expected.shape or (np.isnan(answers) != np.isnan(expected)).any():
        return float("inf")
    return float(np.nanmax(np.abs(answers - expected), initial=0.0))


def _nullable(values: NDArray[Any]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


if __name__ == "__main__":
    _answer_preflight()
