"""What training on a sample of the customers loses: `python -m benchmarks.sampled_rows SHOP`.

SHOP is a shop with more rows than training takes, such as `perennial simulate --customers 100000` makes. Broad boosting
learns churn twice, of what was known a horizon before the newest day: from the rows that training takes, and from all
customers at the same cutoffs. Both answer for everybody active at that day, of whom half or more were in neither; what
followed is known. Of the difference on these customers the standard error by resampling them is told beside it, and
beside each mean of the training rows what the draw adds to its error, as the card says it.
"""

import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.scoreboard import ahead_of
from benchmarks.tables import show, write
from features.build.store import FeatureStore
from features.engine import DuckDB
from operations import home
from perennial.opening import reading_shop
from scoring.processors import threads
from training.backtest.context import Context, answers_of
from training.data.sampling import MOST_ROWS
from training.evaluation.bootstrap import resamples
from training.evaluation.metrics.functions import auc, log_loss
from training.fit import prepare
from training.learners.broad_boosting import BROAD_BOOSTING
from training.learners.target import CHURN
from training.tasks.churn_and_purchase import Choices, trial_of

Array = NDArray[np.float64]
Row = dict[str, object]
_DRAWS = 200
_ROOM = 1.05  # customers drawn by lot have somewhat more or fewer rows than their share
_METRICS = (("auc", auc), ("log_loss", log_loss))


def main(path: Path, most_rows: int = MOST_ROWS) -> None:
    """Fit on both, compare, write and show benchmarks/results/sampled_rows.json."""
    engine = DuckDB()
    with reading_shop(path) as shop:
        store, newest = FeatureStore(home.features(shop)), shop.default_cutoff()
        horizon = timedelta(days=shop.settings.horizon_days or 28)

        def fitted(most: int) -> tuple[Context, Array, Array, NDArray[np.str_]]:
            context = prepare(
                shop,
                newest - horizon,
                engine=engine,
                horizon_days=horizon.days,
                store=store,
                threads=threads(),
                most_rows=most,
            )
            trial = trial_of(context, BROAD_BOOSTING, (CHURN,), None, Choices())
            ahead = ahead_of(context, store)
            rows = np.ones(len(ahead.data.spine), dtype=bool)
            given = answers_of(context, trial.model, ahead.data.narrowed(set(trial.model.inputs)), rows)
            return context, given[CHURN.answer], ahead.labels["churn"], ahead.data.customers

        sampled, some, truth, customers = fitted(most_rows)
        assert sampled.data.taken is not None
        share = sampled.data.taken.share
        whole, every, _, _ = fitted(round(_ROOM * len(sampled.data.spine) / share))
    engine.close()
    rows = compared(truth, some, every, customers)
    drawn = sampled.data.taken.sample(sampled.labels)
    for row in rows:
        row |= {"rows_sampled": len(sampled.data.spine), "rows_all": len(whole.data.spine), "customers_drawn": share}
    errors: list[Row] = [
        {
            "mean_of": name,
            "sampled": sampled.labels[name].mean(),
            "all": whole.labels[name].mean(),
            "added_error": error,
        }
        for name, error in (drawn.errors.items() if drawn else ())
    ]
    write("sampled_rows", [*rows, *errors])
    show("Churn learnt from a sample of the customers and from all", rows)
    show("Means of the training rows, and what the draw adds to their standard error", errors)


def compared(truth: Array, some: Array, every: Array, customers: NDArray[np.str_]) -> list[Row]:
    """Each metric of both answers, their difference, and its standard error over resampled customers."""
    drawn = list(resamples(customers, draws=_DRAWS))
    found: list[Row] = []
    for name, metric in _METRICS:
        gaps = [metric(truth[rows] > 0, some[rows]) - metric(truth[rows] > 0, every[rows]) for rows in drawn]
        own, others = metric(truth > 0, some), metric(truth > 0, every)
        found.append(
            {
                "metric": name,
                "customers_asked": len(truth),
                "sampled": own,
                "all": others,
                "difference": own - others,
                "standard_error": float(np.std(gaps, ddof=1)),
            }
        )
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("python -m benchmarks.sampled_rows SHOP: name the shop's folder. See perennial simulate.")
    main(Path(sys.argv[1]))
