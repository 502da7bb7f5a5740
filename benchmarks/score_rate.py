"""How fast the batch scorer answers beside LightGBM's own predict: `python -m benchmarks.score_rate SHOP [MLRUNS]`.

SHOP has champions of churn and next purchase. The newest night's features are answered by the one scorer, without
reasons, and by nothing but the same boosters on the same rows; models without a booster are left out of both. Rows a
second of processor time, the best of five turns each, taken in turn.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import show, write
from features.build.mapped import mapped
from features.build.store import FeatureStore
from features.engine import DuckDB
from features.spine import Spine
from operations import home
from operations.score import columns_of, models_for
from perennial.opening import reading_shop
from scoring.model import Model
from scoring.release import FeatureRef
from scoring.scorer import Scorer, model_inputs

Matrix = NDArray[np.float32]
_ROWS, _TURNS, _AT_ONCE = 100_000, 5, 16_384
_TASKS = ("churn", "next_purchase")


def main(path: Path, mlruns: Path) -> None:
    """Measure, write and show benchmarks/results/score_rate.json."""
    engine = DuckDB()
    with reading_shop(path) as shop:
        cutoff = shop.default_cutoff()
        known = models_for(shop, cutoff, mlruns=mlruns)
        chosen = {task: known[task] for task in _TASKS if task in known and known[task].model.boosters}
        columns = columns_of(shop, chosen)
        spine = Spine.ever(shop, cutoff, engine=engine)
        built = FeatureStore(home.features(shop)).build_file(shop, spine, columns, engine=engine)
        _, matrix = mapped(built, [column.name for column in columns])
    engine.close()
    refs = [FeatureRef(column.name, column.fingerprint) for column in columns]
    rows = [rate({task: one.model for task, one in chosen.items()}, refs, np.array(matrix[:_ROWS]))]
    rows += [rate({task: one.model}, refs, np.array(matrix[:_ROWS])) for task, one in chosen.items()]
    write("score_rate", rows)
    show("Rows a second of processor time", rows)


def rate(models: Mapping[str, Model], refs: Sequence[FeatureRef], matrix: Matrix) -> dict[str, object]:
    """Both rates for some models together."""
    scorer, names = Scorer(models.values(), refs), [one.name for one in refs]
    inputs = {
        task: model_inputs(model, matrix[:, [names.index(one.name) for one in model.features]])
        for task, model in models.items()
    }

    def raw() -> None:
        for task, model in models.items():
            for booster in model.boosters.values():
                for at in range(0, len(matrix), _AT_ONCE):
                    booster.predict(inputs[task][at : at + _AT_ONCE], raw_score=True, num_threads=1)

    ours, theirs = [], []
    for _ in range(_TURNS):
        ours.append(_seconds(lambda: scorer.answers(matrix)))
        theirs.append(_seconds(raw))
    return {
        "models": ", ".join(f"{task}: {model.model_kind}" for task, model in models.items()),
        "trees": sum(booster.num_trees() for model in models.values() for booster in model.boosters.values()),
        "rows": len(matrix),
        "scorer_rows_a_second": round(len(matrix) / min(ours)),
        "lightgbm_rows_a_second": round(len(matrix) / min(theirs)),
        "share": round(min(theirs) / min(ours), 3),
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("python -m benchmarks.score_rate SHOP [MLRUNS]: name the shop's folder and where its models are.")
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) == 3 else "mlruns"))
