"""The leak guards on a fit's own rows."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.backtest.context import Context, FoldFit, model_of, uncalibrated
from training.evaluation.leaks import Leaks, guarded, permuted, shuffled, single_columns
from training.learners.model_kinds import Learner
from training.learners.simple_kinds import heads_of
from training.learners.target import Target

_ROUNDS = 25  # trees that learn a row by heart do so early


def single_columns_guarded(context: Context) -> Leaks:
    """Every built column alone against the first answer's outcome, over all training rows.

    What is derived of them by fitted parameters holds nothing that they do not.

    Raises
    ------
    LeakError   if one tells the outcome and is not among `context.trusted`
    """
    data = context.data
    _, customers = np.unique(data.customers, return_inverse=True)
    names = [column.name for column in data.columns]
    truth = context.labels[context.task.targets[0].label]
    return guarded(single_columns(data.features, names, truth, customers), context.trusted)


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
