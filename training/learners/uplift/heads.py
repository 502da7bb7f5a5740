"""Effects as heads of a Model: what is learnt here is served by the one scorer, with the intervals it was given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from scoring.model import Head, Spread
from training.learners.uplift.choice import NONE, VARIES, UpliftModel
from training.learners.uplift.learners import LearnedEffects
from training.learners.uplift.mean import MeanEffect

LEVELS = (0.025, 0.975)
_WIDEST = 1e9  # where one customer's rows say nothing of how customers differ


@dataclass(frozen=True)
class Served:
    """Heads, an action each, with the intervals and the boosters they need."""

    heads: tuple[Head, ...] = ()
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    boosters: Mapping[str, str] = field(default_factory=dict)

    def also(self, other: "Served") -> "Served":
        """Both together."""
        return Served((*self.heads, *other.heads), {**self.spreads, **other.spreads},
                      {**self.boosters, **other.boosters})  # fmt: skip


def served(model: UpliftModel, verdict: str, prefix: str, actions: tuple[str, ...]) -> Served:
    """The heads that answer as the model does under a verdict, which may be more modest than its own.

    Parameters
    ----------
    prefix : of the heads' names, before the action's
    actions : names of the arms but the control
    """
    found = Served()
    for place, action in enumerate(actions):
        name, mean = f"{prefix}{action}", model.means[place]
        varies = verdict == VARIES == model.verdict
        found = found.also(_differing(model, place, name) if varies else _alike(name, mean, verdict))
    return found


def _alike(name: str, mean: MeanEffect, verdict: str) -> Served:
    told = 0.0 if verdict == NONE else mean.shrunk
    spread = Spread(name, (), LEVELS, (_pair(mean.low, mean.high),))
    return Served((Head(name, "plain", intercept=told),), {name: spread})


def likely(model: UpliftModel, prefix: str, actions: tuple[str, ...]) -> Served:
    """The heads that answer what each action would bring, did it stand out: in proportion to what is expected anyway.

    Parameters
    ----------
    prefix : of the heads' names, before the action's
    """
    found = Served()
    for place, action in enumerate(actions):
        name, mean = f"{prefix}{action}", model.means[place]
        parts, boosters, constant = _parts(model.level, place, name)
        head = Head(name, "plain", parts=parts, intercept=constant)
        spread = Spread(name, (), LEVELS, (_pair(mean.low, mean.high),))
        found = found.also(Served((head,), {name: spread}, boosters))
    return found


def _differing(model: UpliftModel, place: int, name: str) -> Served:
    mean, ranks = model.means[place], model.ranks[place]
    parts, boosters, constant = _parts(model.learned, place, name)
    head = Head(
        name,
        "plain",
        parts=parts,
        intercept=mean.measured + ranks.slope * (constant - ranks.centre),
        slope=ranks.slope,
    )
    values = tuple(_pair(*one) for one in zip(ranks.low.tolist(), ranks.high.tolist(), strict=True))
    return Served((head,), {name: Spread(name, tuple(ranks.edges.tolist()), LEVELS, values)}, boosters)


def _parts(
    learned: LearnedEffects, place: int, name: str
) -> tuple[tuple[tuple[str, float], ...], dict[str, str], float]:
    """An arm's boosters with their weights, their texts by file, and what is left that is the same for all."""
    parts, boosters, constant = [], {}, 0.0
    for number, (weight, part) in enumerate(learned.terms[place]):
        if part.booster is None:
            constant += weight * part.mean
        else:
            file = f"{name}.{number}.txt"
            parts.append((file, weight))
            boosters[file] = str(part.booster.model_to_string())
    return tuple(parts), boosters, constant


def _pair(low: float, high: float) -> tuple[float, float]:
    return tuple(float(np.clip(one, -_WIDEST, _WIDEST)) for one in (low, high))  # type: ignore[return-value]
