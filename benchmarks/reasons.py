"""Do reasons read off the path name what SHAP would? `python -m benchmarks.reasons`, on the Complete Journey's churn.

For the customers of the newest training cutoff, each feature's effect by the path and by LightGBM's SHAP values, the
regression's terms added to both.
"""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import show, write
from features.build.store import FeatureStore
from features.engine import DuckDB
from features.samples import complete_journey
from features.shop import home_folder, open_shop
from scoring.reasons.effects import path_effects
from scoring.scorer import Scorer, model_inputs
from training.fit import fit_prepared, prepare

_ROWS = 2_000
_TOP = 3


def main() -> None:
    """Fit, compare and write benchmarks/results/reasons.json."""
    shop, engine = open_shop(complete_journey.prepare()), DuckDB()
    store = FeatureStore(home_folder() / "features" / shop.name)
    context = prepare(shop, shop.default_cutoff(), engine=engine, store=store, threads=2)
    with tempfile.TemporaryDirectory() as folder:
        model = fit_prepared("churn", context, folder=Path(folder)).model
        rows = context.data.features[context.data.at(context.plan.training[-1])][:_ROWS]
        told = Scorer([model], context.data.references).reasons(rows, "churn")
        (head,) = model.heads
        places = [context.data.references.index(one) for one in model.features]
        inputs = model_inputs(model, rows[:, places])
        booster = model.boosters[str(head.booster)]
        shap = np.asarray(booster.predict(inputs, pred_contrib=True, num_threads=2))[:, :-1]
        trees = path_effects(booster).of(inputs, threads=2)
    engine.close()
    path = told.effects
    shap = path + head.slope * (shap - trees)  # the regression's part is the same
    order = [np.argsort(-np.abs(effects), axis=1)[:, :_TOP] for effects in (path, shap)]
    common = [len(set(a) & set(b)) for a, b in zip(*order, strict=True)]
    row = {
        "rows": len(rows),
        "same_first": float(np.mean(order[0][:, 0] == order[1][:, 0])),
        "shared_of_top_3": float(np.mean(common) / _TOP),
        "correlation": float(np.corrcoef(path.ravel(), shap.ravel())[0, 1]),
        "same_sign_of_first": float(np.mean(_sign(path, order[0]) == _sign(shap, order[0]))),
        "smallest_shared": int(min(common)),
    }
    write("reasons", [row])
    show("Reasons by the path and by SHAP, trees and regression together", [row])


def _sign(effects: NDArray[np.float64], order: NDArray[np.intp]) -> NDArray[np.float64]:
    """Which way the first of the path's reasons points."""
    signs: NDArray[np.float64] = np.sign(np.take_along_axis(effects, order[:, :1], axis=1))
    return signs


if __name__ == "__main__":
    main()
