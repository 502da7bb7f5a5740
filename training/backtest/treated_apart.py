"""Churn of those who were treated within the horizon and of those who were not: information, no check.

Whoever is sent something was chosen for it, so the two differ for more reasons than what was sent.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from features.clocks import parse_date
from features.spine import Spine
from training.backtest.context import Context
from training.data.treatment import TREATED, UNTREATED, treated
from training.evaluation.folds import Fold, Treated

TELLING = ("messages", "decisions")


def treated_apart(context: Context, folds: Sequence[Fold], label: str, answer: str) -> tuple[Treated, ...]:
    """The treated and the untreated over all folds; empty where the shop knows neither sends nor decisions."""
    cutoffs = [parse_date(fold.cutoff) for fold in folds]
    rows = [context.data.spine.rows.filter(pa.array(context.data.at(cutoff))) for cutoff in cutoffs]
    told = [
        treated(context.shop, Spine.from_rows(one), context.horizon_days, context.until, context.engine, by=TELLING)
        for one in rows
    ]
    known = [one for one in told if one is not None]
    if not known:
        return ()
    acted, truth = np.concatenate(known), np.concatenate([fold.truth[label] for fold in folds])
    predicted = np.concatenate([fold.answers[answer] for fold in folds])
    groups = ((TREATED, acted), (UNTREATED, ~acted))
    return tuple(
        Treated(name, int(who.sum()), float(predicted[who].mean()), float(truth[who].mean()))
        for name, who in groups
        if who.any()
    )
