"""A fold is calibrated by what earlier folds had shown by its cutoff, and by nothing else."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.clocks import add_days
from features.engine import DuckDB
from tests.training.learnable import START, orders_only
from training.backtest.context import Context
from training.backtest.replay import replay
from training.fit import prepare
from training.learners.model_kinds import BUY_TILL_YOU_DIE
from training.tasks.catalogue import NEXT_PURCHASE
from training.tasks.churn_and_purchase import Choices, trial_of

UNTIL = START + timedelta(days=330)


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    shop, engine = orders_only(tmp_path_factory.mktemp("shop"), customers=120, days=350), DuckDB(threads=1)
    made = prepare(shop, UNTIL, engine=engine, horizon_days=28, active_within_days=91)
    yield replace(made, task=NEXT_PURCHASE)
    engine.close()


@pytest.fixture(scope="module")
def trials(context):
    """Fitted once: what is flipped below are the outcomes a calibration may read, not those a trial learnt from."""
    targets = context.task.targets
    return [trial_of(context, BUY_TILL_YOU_DIE, targets, fold, Choices()) for fold in (*context.plan.folds, None)]


def answers(context: Context, trials) -> dict[str, dict[str, np.ndarray]]:
    folds, _ = replay(context, BUY_TILL_YOU_DIE, context.task.targets, trials[:-1], trials[-1])
    return {fold.cutoff: dict(fold.answers) for fold in folds}


def flipped(context: Context, number: int) -> Context:
    """The outcomes of one fold turned into their opposite."""
    rows = context.data.at(context.plan.folds[number].cutoff)
    labels = dict(context.labels)
    labels["churn"] = np.where(rows, 1 - labels["churn"], labels["churn"])
    for name in ("days", "spend", "next_order"):
        labels[name] = np.where(rows, np.where(labels["churn"] > 0, 0.0, labels[name] + 3.0), labels[name])
    return replace(context, labels=labels)


def test_there_are_folds_enough_to_tell(context):
    assert len(context.plan.folds) >= 4


@pytest.mark.parametrize("number", [1, 2, -1])
def test_flipping_a_folds_outcomes_changes_nothing_in_its_own_answers(context, trials, number):
    cutoff = f"{context.plan.folds[number].cutoff:%Y-%m-%d}"
    before, after = answers(context, trials)[cutoff], answers(flipped(context, number), trials)[cutoff]
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name], err_msg=name)


@pytest.mark.parametrize("number", [2, -1])
def test_nor_where_calibration_is_of_use(context, trials, number):
    """Scores three times too sure of themselves: every later fold confirms that they are to be mended."""
    sure = [replace(one, scores={name: 3.0 * score for name, score in one.scores.items()}) for one in trials]
    cutoff = f"{context.plan.folds[number].cutoff:%Y-%m-%d}"
    before, after = answers(context, sure)[cutoff], answers(flipped(context, number), sure)[cutoff]
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name], err_msg=name)
    newest = answers(context, sure)[f"{context.plan.folds[-1].cutoff:%Y-%m-%d}"]
    plain = answers(context, trials)[f"{context.plan.folds[-1].cutoff:%Y-%m-%d}"]
    assert any(not np.array_equal(values, plain[name]) for name, values in newest.items())  # it was mended


def test_a_later_fold_reads_it_once_its_outcomes_were_over_and_no_earlier_one_does(context, trials):
    before, after = answers(context, trials), answers(flipped(context, 1), trials)
    over = add_days(context.plan.folds[1].cutoff, context.plan.gap_days)
    for fold in context.plan.folds[1:]:
        cutoff = f"{fold.cutoff:%Y-%m-%d}"
        same = np.array_equal(before[cutoff]["spend_p90"], after[cutoff]["spend_p90"])
        assert same is (fold.cutoff < over), cutoff
