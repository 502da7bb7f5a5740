"""Made trials whose truth is known."""

import numpy as np

from training.learners.uplift.trial import Trial


def made(n=1_200, kind="none", seed=0, arms=2, noise=2.0, rows_each=1):
    """A trial and the true effect of each arm but the control, (n, arms − 1).

    kind: none, mean (1 for everybody), differs (+1 or −1 by the sign of an input, another one an arm)
    """
    rng = np.random.default_rng(seed)
    people = n // rows_each
    inputs = np.repeat(rng.normal(size=(people, 5)), rows_each, axis=0).astype(np.float32)
    groups = np.repeat(np.arange(people), rows_each).astype(str)
    action = rng.integers(0, arms, n)
    truth = {
        "none": np.zeros((n, arms - 1)),
        "mean": np.ones((n, arms - 1)),
        "differs": np.where(inputs[:, : arms - 1] > 0, 1.0, -1.0),
    }[kind]
    outcome = inputs[:, 3] + np.repeat(rng.normal(size=people), rows_each) + rng.normal(0, noise, n)
    outcome += np.where(action > 0, np.take_along_axis(truth, np.maximum(action - 1, 0)[:, None], axis=1)[:, 0], 0.0)
    names = ("control", "call", "mail")[:arms]
    dealt = np.full((n, arms), 1 / arms)
    return Trial(inputs, action, outcome.astype(float), dealt, groups, names, np.zeros(arms)), truth
