"""Off-policy estimates against a world in which the policy can simply be tried out."""

import numpy as np
import pytest

from training.evaluation.choices.off_policy import Log, compared

PROPENSITY = np.array([0.6, 0.3, 0.1])


def _world(sends: int, seed: int = 1, shape: tuple[float, float] = (2, 8)) -> tuple[Log, np.ndarray]:
    """A log of three channels drawn with unlike odds; returned beside it each channel's true chance of an answer."""
    chance = np.random.default_rng(seed)
    true = chance.beta(*shape, (sends, 3))
    channel = chance.choice(3, sends, p=PROPENSITY)
    reward = (chance.random(sends) < true[np.arange(sends), channel]).astype(float)
    customers = np.array([f"c{i % (sends // 4)}" for i in range(sends)])
    expected = np.full((sends, 3), 0.3)  # a poor model: doubly robust must not rely on it
    return Log(customers, channel, PROPENSITY[channel], reward, expected), true


def estimates(log: Log, chosen: np.ndarray) -> dict[str, float]:
    """What choosing these channels would have brought a message, by each estimate."""
    values, _ = compared(log, {"it": chosen}, "it")
    return {name: interval.value for name, interval in values["it"].items()}


def test_each_estimate_finds_what_a_policy_would_have_brought() -> None:
    log, true = _world(60_000)
    best = true.argmax(axis=1)
    found, wanted = estimates(log, best), true.max(axis=1).mean()
    assert all(value == pytest.approx(wanted, abs=0.012) for value in found.values())


def test_a_good_model_steadies_the_doubly_robust_estimate() -> None:
    def spread(expected: bool) -> float:
        values = []
        for seed in range(30):
            log, true = _world(1_000, seed, (0.2, 0.8))
            told = Log(log.customers, log.channel, log.propensity, log.reward, true if expected else log.expected)
            values.append(estimates(told, true.argmax(axis=1))["dr"] - true.max(axis=1).mean())
        return float(np.std(values))

    assert spread(expected=True) < 0.9 * spread(expected=False)


def test_intervals_hold_the_true_gap_about_as_often_as_they_say() -> None:
    held = []
    for seed in range(8):
        log, true = _world(4_000, seed)
        policies = {"ours": true.argmax(axis=1), "first": np.zeros(4_000, dtype=np.int64)}
        _, gaps = compared(log, policies, "ours")
        wanted = true.max(axis=1).mean() - true[:, 0].mean()
        held += [gaps["first"][one].low < wanted < gaps["first"][one].high for one in ("ips", "snips", "dr")]
    assert np.mean(held) >= 0.8


def test_a_policy_that_would_not_write_earns_nothing() -> None:
    log, _ = _world(400)
    found = estimates(log, np.full(400, -1))
    assert (found["ips"], found["dr"]) == (0.0, 0.0) and np.isnan(found["snips"])
