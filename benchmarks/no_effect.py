"""`make bench-uplift`: 200 made trials without any effect, and how many call one; beside them, effects that are there.

Trials have 600 to 3,000 rows, one to four rows a customer, two or three arms, and outcomes that are money or yes and
no. Rows go to benchmarks/results/no_effect.json.
"""

import time

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from benchmarks.tables import show, write
from training.evaluation.choices.policy_value import choices
from training.learners.uplift.choice import NONE, fit
from training.learners.uplift.trial import Trial

TRIALS, WITH_EFFECT = 200, 20


def main() -> None:
    """Fit the trials and write the rows."""
    rows = [without(TRIALS), *(with_effects(size, WITH_EFFECT) for size in (0.5, 1.0))]
    write("no_effect", rows)
    show("Uplift", rows)


def without(trials: int) -> dict[str, object]:
    """How many trials without any effect call one."""
    started = time.monotonic()
    called = sum(fit(made(seed, 0.0)[0]).verdict != NONE for seed in range(trials))
    high = float(binomtest(called, trials).proportion_ci().high)
    return {"case": "no effect", "trials": trials, "called": called, "share": called / trials, "at_most": high,
            "of_best": None, "seconds": round(time.monotonic() - started, 1)}  # fmt: skip


def with_effects(size: float, trials: int) -> dict[str, object]:
    """How many trials in which effects differ call one, and the share of the best policy's true gain that is won."""
    started, called, won = time.monotonic(), 0, []
    for seed in range(trials):
        trial, truth = made(seed, size)
        model = fit(trial)
        called += model.verdict != NONE
        chosen = choices(model.predict(trial.inputs)[:, :, 0], trial.cost)
        gained = np.where(chosen > 0, truth[np.arange(len(trial)), np.maximum(chosen - 1, 0)], 0.0).mean()
        won.append(float(gained / np.maximum(truth.max(axis=1), 0.0).mean()))
    return {"case": f"effects of ±{size} standard deviations", "trials": trials, "called": called,
            "share": called / trials, "at_most": None, "of_best": float(np.mean(won)),
            "seconds": round(time.monotonic() - started, 1)}  # fmt: skip


def made(seed: int, size: float) -> tuple[Trial, NDArray[np.float64]]:
    """A trial and its true effects: plus or minus `size` standard deviations of the noise, by an input's sign."""
    rng = np.random.default_rng(seed)
    arms, each = int(rng.integers(2, 4)), int(rng.integers(1, 5))
    people = int(rng.integers(600, 3_001)) // each
    n = people * each
    inputs = np.repeat(rng.normal(size=(people, 8)), each, axis=0).astype(np.float32)
    own = np.repeat(rng.normal(size=people), each)
    action = rng.integers(0, arms, n)
    truth = size * np.where(inputs[:, : arms - 1] > 0, 1.0, -1.0)
    felt = np.where(action > 0, truth[np.arange(n), np.maximum(action - 1, 0)], 0.0)
    level = 0.5 * inputs[:, 5] + 0.5 * own + rng.normal(0, 1, n) + felt
    outcome = (level > 0).astype(float) if seed % 2 and size == 0 else np.exp(level / 2) if size == 0 else level
    whose = np.repeat(np.arange(people), each).astype(str)
    names = ("control", "call", "mail")[:arms]
    return Trial(inputs, action, outcome, np.full((n, arms), 1 / arms), whose, names, np.zeros(arms)), truth


if __name__ == "__main__":
    main()
