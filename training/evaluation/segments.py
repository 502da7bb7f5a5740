"""Which channel serves which segment: mean chances by group of customers, for the people who plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEWEST = 20  # customers a segment is told of: fewer are chance, and too near to persons
KINDS = ("contact", "purchase", "promotion")


@dataclass(frozen=True)
class SegmentChannels:
    """One segment and one kind of channel.

    Attributes
    ----------
    grouping, segment : such as "stage", "at_risk"
    kind : "contact" (chance of an answer to a message), "purchase" or "promotion" (shares)
    means : channel → mean over the segment's customers, best first
    """

    grouping: str
    segment: str
    customers: int
    kind: str
    means: Mapping[str, float]


def by_segment(
    answers: Mapping[str, Array], groups: Mapping[str, NDArray[np.str_]], kinds: Sequence[str] = KINDS
) -> list[SegmentChannels]:
    """What the model answers on average in each segment of at least twenty customers.

    Parameters
    ----------
    answers : arrays (n,) by name, as the scorer gives them
    groups : grouping → each customer's segment
    """
    found = []
    for grouping, values in groups.items():
        for segment in np.unique(values):
            rows = values == segment
            if rows.sum() < FEWEST:
                continue
            for kind in kinds:
                means = {
                    name.removeprefix(f"{kind}_"): float(given[rows].mean())
                    for name, given in answers.items()
                    if name.startswith(f"{kind}_")
                }
                if means:
                    ranked = dict(sorted(means.items(), key=lambda one: -one[1]))
                    found.append(SegmentChannels(grouping, str(segment), int(rows.sum()), kind, ranked))
    return found
