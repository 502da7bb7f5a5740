"""The leak guards on a fit's own rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.outcomes import Outcome, outcomes
from features.spine import Spine
from training.backtest.context import Context, FoldFit, model_of, uncalibrated
from training.evaluation.leaks import Leaks, guarded, limit_beside, permuted, shuffled, single_columns, suspects_of
from training.learners.model_kinds import Learner
from training.learners.simple_kinds import heads_of
from training.learners.target import Target

_ROUNDS = 25  # trees that learn a row by heart do so early
_YEAR = 365  # days


def single_columns_guarded(context: Context) -> Leaks:
    """Every built column alone against the first answer's outcome, over all training rows.

    What is derived of them by fitted parameters holds nothing that they do not. Where one tells more than columns
    commonly do, the orders themselves say how much an honest one may tell in this shop.

    Raises
    ------
    LeakError   if one tells the outcome and is not among `context.trusted`
    """
    data = context.data
    _, customers = np.unique(data.customers, return_inverse=True)
    names = [column.name for column in data.columns]
    truth = context.labels[context.task.targets[0].label]
    found = single_columns(data.features, names, truth, customers)
    if not suspects_of(found, context.trusted):
        return guarded(found, context.trusted)
    seen = _orders_at_sight(context)
    at_sight = single_columns(seen, ("days since the last order", "orders of a year"), truth, customers)
    return guarded(found, context.trusted, limit_beside(at_sight))


def _orders_at_sight(context: Context) -> NDArray[np.float32]:
    """Days since the last order and orders of a year, counted from the orders by none of the built columns: (n, 2)."""
    days = max(_YEAR, context.active_within_days)
    rows = context.data.spine.rows
    begun = Spine.from_rows(
        rows.set_column(1, "cutoff", pc.subtract(rows["cutoff"], timedelta(days=days)))  # in the same order
    )
    counted: dict[str, Outcome] = {
        "last": ("orders", lambda orders: orders.happened_at.max(where=orders.kind == "order")),
        "orders": ("orders", lambda orders: orders.count(where=orders.kind == "order").cast("float64")),
    }
    found = outcomes(context.shop, begun, days, context.until, counted, engine=context.engine)
    silence = pc.divide(pc.milliseconds_between(found["last"], rows["cutoff"]), 86_400_000.0)
    return np.stack([column.to_numpy().astype(np.float32) for column in (silence, found["orders"])], axis=1)


def permuted_guarded(
    context: Context, found: Leaks, model_kind: str, target: Target, trials: Sequence[FoldFit]
) -> Leaks:
    """Also train the chosen kind on shuffled labels, as the newest fold was trained, and see what it makes of the fold.

    Raises
    ------
    LeakError   if it ranks the fold's shuffled labels
    """
    if not trials:
        return found
    fold, data = context.plan.folds[-1], trials[-1].data
    labels = {target.label: shuffled(context.labels[target.label])}
    rows, test = context.training_rows(fold), data.at(fold.cutoff)
    learner = Learner(
        data.names,
        data.inputs[rows],
        {name: values[rows] for name, values in labels.items()},
        context.pace,
        {target.answer: set(data.names)},
        {target.answer: _ROUNDS},
        threads=context.threads,
        overlap=context.overlap(fold),
    )
    model = model_of(context, model_kind, data, heads_of(model_kind, [target], learner), fold.cutoff)
    score = uncalibrated(context, model, data, test)[target.answer]
    value, error = permuted(target.truth(labels)[test], score)
    return replace(found, permuted_auc=value, permuted_error=error)
