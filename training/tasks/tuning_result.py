"""What a search for settings found, and whether it is worth having."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

SEED = "seed"


@dataclass(frozen=True)
class TriedSettings:
    """Settings, judged fold by fold until they were given up.

    Attributes
    ----------
    settings : dict           LightGBM's, with the seed
    by_fold : tuple of float  loss ÷ the default's loss over all folds, mean over the answers; oldest fold first
    pruned : bool             given up before the last fold: worse than half of those before, or out of time
    started, seconds : float  since the search began; how long it took
    """

    settings: Mapping[str, float]
    by_fold: tuple[float, ...]
    pruned: bool
    started: float
    seconds: float

    @property
    def loss(self) -> float:
        """Mean over the folds; 1 is as good as the default."""
        return float(np.mean(self.by_fold))


@dataclass(frozen=True)
class Tuning:
    """A search.

    Attributes
    ----------
    minutes : float     what it took
    defaults : tuple    the default's settings under several seeds
    trials : tuple      in the order they were tried
    best : tuple        the best of the trials under those seeds, as far as there was time; empty where none ended
    """

    minutes: float
    defaults: tuple[TriedSettings, ...]
    trials: tuple[TriedSettings, ...]
    best: tuple[TriedSettings, ...]

    @property
    def pruned(self) -> int:
        """Trials given up early."""
        return sum(one.pruned for one in self.trials)

    @property
    def spread(self) -> float:
        """By how much seeds alone move the default's loss: the largest less the smallest."""
        losses = [one.loss for one in self.defaults]
        return max(losses) - min(losses)

    @property
    def gain(self) -> float:
        """Mean loss of the default less that of the best, over the seeds both were run with; 0 without a best."""
        pairs = list(zip(self.defaults, self.best, strict=False))
        return float(np.mean([default.loss - best.loss for default, best in pairs])) if pairs else 0.0

    @property
    def taken(self) -> bool:
        """Whether the best replaces the default: compared over all seeds, and better by more than they move."""
        return len(self.best) == len(self.defaults) and self.gain > self.spread

    @property
    def settings(self) -> dict[str, float]:
        """What to train with: nothing where the default stays."""
        return {name: value for name, value in self.best[0].settings.items() if name != SEED} if self.taken else {}
