"""Losses of predicted shares: silent where they hold, and each way of being off asks for what mends it."""

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import softmax

from operations.monitor.closed_windows import Closed
from operations.monitor.findings import OUTCOMES, Figure
from operations.monitor.share_losses import share_verdicts
from operations.monitor.verdicts import findings_of
from operations.monitor.wording import wording
from training.evaluation.bootstrap import Interval
from training.evaluation.figures import intervals
from training.evaluation.folds import Fold
from training.evaluation.metrics.registry import shares
from training.tasks.next_step import NEXT_STEP

METRIC = shares("reply", "Reply")
KINDS = ("reply_post", "reply_mail", "reply_none")


def world(seed, rows=1_500, spread=1.5):
    """Logits of three kinds, and what each customer then did: once to four times."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, spread, (rows, 3)) + np.array([0.5, 0.0, -0.5])
    counts = np.stack(
        [chance.multinomial(n, p) for n, p in zip(chance.integers(1, 5, rows), softmax(logits, axis=1), strict=True)]
    )
    return logits, counts.astype(float)


def verdicts(logits, counts, previous=False, expected=None, seed=0):
    fold = Fold(
        cutoff="2026-01-01",
        trained_to="2025-12-01",
        customers=np.array([f"c{i}" for i in range(len(counts))]),
        truth={"reply": counts},
        answers=dict(zip(KINDS, softmax(logits, axis=1).T, strict=True)),
        baselines={},
        metrics={},
        groups={},
    )
    found: Interval = intervals([fold], lambda one: one.answers, 100, [METRIC])[METRIC.name]
    shown = trained(seed + 1_000) if expected is None else expected
    figure = Figure(
        OUTCOMES, "replies", "1", "2026-01-01", "all", "all", METRIC.name, len(counts), found.value,
        found.low, found.high, shown,
    )  # fmt: skip
    return [(one.code, one.advice) for one in share_verdicts([METRIC], fold, [figure], previous)]


def trained(seed):
    """The loss that a fold of an unchanged world shows."""
    logits, counts = world(seed)
    return METRIC.function({"reply": counts}, dict(zip(KINDS, softmax(logits, axis=1).T, strict=True)))


def test_unchanged_nights_are_silent_about_as_often_as_said():
    """One in 700 by chance alone: of 60 nights two or more about once in 280."""
    alarms = sum(bool(verdicts(*world(seed), seed=seed)) for seed in range(60))
    assert alarms <= 1


def test_another_level_asks_to_recalibrate():
    logits, counts = world(1)
    assert verdicts(logits + np.array([-1.0, 0.3, 0.7]), counts) == [("shares_not_calibrated", "recalibrate")]


def test_shares_that_lost_what_they_told_apart_ask_to_retrain():
    logits, counts = world(2)
    chance = np.random.default_rng(3)
    mixed = np.where(chance.random((len(logits), 1)) < 0.3, logits[chance.permutation(len(logits))], logits)
    assert verdicts(mixed, counts) == [("shares_lose_more", "retrain")]


@pytest.mark.parametrize(("previous", "advice"), [(True, "roll_back"), (False, "retrain")])
def test_shares_worse_than_one_mix_for_all_ask_to_roll_back(previous, advice):
    logits, counts = world(4)
    assert verdicts(-logits, counts, previous) == [("worse_than_one_mix", advice)]


def test_customers_who_are_harder_to_tell_apart_are_told_and_waited_for():
    assert verdicts(*world(5, spread=0.8)) == [("shares_less_certain", "wait")]


def test_what_training_did_not_show_is_judged_beside_one_mix_alone():
    logits, counts = world(6)
    assert verdicts(logits, counts, expected=float("nan")) == []
    assert verdicts(-logits, counts, expected=float("nan")) == [("worse_than_one_mix", "retrain")]


@pytest.mark.parametrize("tilt", [1.0, -1.0])
def test_the_next_step_is_judged_with_everything_else(tilt):
    logits, counts = world(7)
    counts = np.eye(3)[counts.argmax(axis=1)]
    answers = dict(zip(("next_step_a", "next_step_b", "next_step_c"), softmax(tilt * logits, axis=1).T, strict=True))
    truth = {"next_step": counts}
    fold = Fold("2026-01-01", "2025-12-01", np.arange(len(counts)).astype(str), truth, answers, {}, {}, {})
    found = intervals([fold], lambda one: one.answers, 100, NEXT_STEP.metrics)
    told = ("next_step", "1", "2026-01-01", "all", "all")
    figures = [
        Figure(OUTCOMES, *told, name, len(counts), one.value, one.low, one.high, one.value)
        for name, one in found.items()
    ]
    version, night = SimpleNamespace(version=1), SimpleNamespace(as_of=datetime(2026, 1, 1))
    off = findings_of(
        Closed(NEXT_STEP, version, SimpleNamespace(season_learnt="none"), night), fold, figures, None, previous=True
    )
    assert [(one.code, one.subject, one.advice) for one in off] == (
        [] if tilt > 0 else [("worse_than_one_mix", "next_step", "roll_back")]
    )
    assert all("next_step v1" in wording("en").sentence(one) for one in off)
