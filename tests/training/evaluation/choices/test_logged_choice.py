"""What a choice of channel is worth follows from the kept sends, to the last interval, and holds nobody's id."""

import numpy as np

from training.evaluation import comparison
from training.evaluation.choices.logged_choice import LoggedChoice, as_parquet, from_parquet, together
from training.evaluation.choices.off_policy import Log
from training.evaluation.recompute import recomputed


def choice(seed: int = 3, sends: int = 700) -> LoggedChoice:
    chance = np.random.default_rng(seed)
    channel = chance.choice(3, sends, p=[0.6, 0.3, 0.1])
    propensity, expected = np.array([0.6, 0.3, 0.1])[channel], chance.random((sends, 3))
    reward = (chance.random(sends) < 0.2 + 0.2 * channel).astype(float)
    customers = np.array([f"someone-{i % 150}" for i in range(sends)])
    log = Log(customers, channel.astype(np.int64), propensity, reward, expected)
    return LoggedChoice(log, {"model": np.full(sends, 2), "last_channel": chance.integers(-1, 3, sends)})


def test_figures_and_intervals_are_the_same_again() -> None:
    before = choice()
    kept = as_parquet(before)
    assert from_parquet(kept).figures() == before.figures()
    own, rules, gaps = before.figures()
    assert own.keys() == {"choice_ips", "choice_snips", "choice_dr"} and rules.keys() == gaps.keys() == {"last_channel"}
    assert b"someone" not in kept and "someone-1" not in from_parquet(kept).log.customers


def test_the_script_takes_the_sends_beside_the_folds(churn_fit_of) -> None:
    folds = comparison.to_parquet(comparison.kept(churn_fit_of().evaluation.folds))
    found, own = recomputed(folds, as_parquet(choice())), choice().figures()[0]
    assert own.items() <= found.metrics.items() and "choice_dr" in found.differences["last_channel"]
    assert "recency" in found.differences and "choice_dr" not in recomputed(folds).metrics


def test_logs_after_several_cutoffs_are_one() -> None:
    both = together([choice(1), choice(2)])
    assert len(both.log.channel) == len(both.chosen["model"]) == 1_400
