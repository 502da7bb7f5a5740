"""Golden predictions: a release must give again, here, the answers it was exported with.

The first time that happens in a process of its own, serving.process.preflight.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ReleaseError
from scoring.products.ranker import TASK as RECOMMENDATION
from scoring.release import FeatureRef, Model, Release
from scoring.scorer import Scorer

TOLERANCE = 1e-9


def check_golden(release: Release) -> None:
    """Compare the release's answers on its synthetic rows with the ones it was exported with.

    Raises
    ------
    ReleaseError   if an answer is missing, or differs by more than 1e-9
    """
    golden = json.loads((release.folder / "golden.json").read_bytes())
    models = {task: released.model for task, released in release.models.items()}
    ranking = models.pop(RECOMMENDATION, None)
    if models:
        _check_rows(release, golden, list(models.values()), release.column_refs)
    if ranking is not None:
        _check_rows(release, golden[RECOMMENDATION], [ranking], ranking.features)


def _check_rows(
    release: Release, golden: Mapping[str, Any], models: Sequence[Model], given: Sequence[FeatureRef]
) -> None:
    known = {column.name: column for column in given}
    columns: list[FeatureRef] = [known[name] for name in golden["columns"]]
    matrix = np.array(golden["rows"], dtype=np.float32).reshape(len(golden["rows"]), len(columns))
    answers = Scorer(models, columns).answers(matrix)
    if set(answers) != set(golden["answers"]):
        raise ReleaseError(f"Release {release.release_id} answers other questions than its golden rows do.")
    for name, expected in golden["answers"].items():
        if not _close(answers[name], np.array(expected, dtype=np.float64)):
            raise ReleaseError(
                f"Release {release.release_id} gives other answers here than where it was exported ({name}).\n"
                "Export it again with the LightGBM and NumPy versions that serve."
            )


def _close(answers: NDArray[np.float64], expected: NDArray[np.float64]) -> bool:
    return answers.shape == expected.shape and bool(
        np.allclose(answers, expected, rtol=0, atol=TOLERANCE, equal_nan=True)
    )
