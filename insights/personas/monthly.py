"""Personas from month to month: groups found at the end of each month, matched with those before so that names last.

Names are given at the beginning of a half-year and go with the people: a group keeps the name of the group that most of
its people stood in a month earlier, as long as the two have half of their people in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from features.clocks import add_days
from insights.known import Known
from insights.months import month_ends, shifted
from insights.personas.behaviour import THROUGH, Behaviour, behaviour_at
from insights.personas.clusters import Clusters, stable_groups

Name = tuple[tuple[str, bool], ...]  # (trait, more than usual), the most telling first
_SAME = 0.5  # of the people of two groups together, from which they are one persona
_TELLING = 0.5  # standard deviations from the shop's mean, from which a trait says something
_TOLD = 2  # traits of a name, more where two groups would be called alike
_HISTORY_DAYS = 91  # of orders, before groups are looked for
_HALF_YEAR = 6


@dataclass(frozen=True)
class Month:
    """The personas of one cutoff.

    Attributes
    ----------
    at : datetime
    behaviour : Behaviour       of n people by m traits
    groups : Groups             k of them
    names : tuple of Name       by group; a persona of the month before has the name it had
    """

    at: datetime
    behaviour: Behaviour
    groups: Clusters
    names: tuple[Name, ...]


def monthly(known: Known) -> list[Month]:
    """The personas at ends of months since the half-year began, and at the cutoff, in time's order.

    Months in which no number of groups holds up are left out; empty where none does at the cutoff.
    """
    found: list[Month] = []
    for at in _cutoffs(known):
        behaviour = behaviour_at(known, at)
        last = found[-1] if found and found[-1].behaviour.traits == behaviour.traits else None
        groups = stable_groups(behaviour.values, None if last is None else last.groups.centres)
        if groups is not None:
            names = named(groups.centres, behaviour.traits)
            found.append(Month(at, behaviour, groups, names if last is None else _kept(names, groups, behaviour, last)))
    return found if found and found[-1].at == known.at else []


def _cutoffs(known: Known) -> list[datetime]:
    """Ends of months from the beginning of the half-year that was under way a month ago, then the cutoff."""
    month_ago = shifted(known.at.replace(day=1), -1)
    begin = month_ago.replace(month=1 if month_ago.month <= _HALF_YEAR else _HALF_YEAR + 1)
    first = add_days(known.first.replace(hour=0, minute=0, second=0, microsecond=0), _HISTORY_DAYS)
    return sorted({*(end for end in month_ends(add_days(begin, -1), known.at) if end >= first), known.at})


def named(centres: NDArray[np.float64], traits: Sequence[str]) -> tuple[Name, ...]:
    """Each group by what sets it apart most; as many traits as tell all groups apart, two where that does."""
    order = [[place for place in np.argsort(-np.abs(row), kind="stable") if _tells(traits[place], row[place])]
             for row in centres]  # fmt: skip
    names: tuple[Name, ...] = ()
    for told in range(_TOLD, len(traits) + 1):
        names = tuple(
            tuple((traits[place], bool(row[place] > 0)) for place in places[:told])
            for row, places in zip(centres, order, strict=True)
        )
        if len(set(names)) == len(names):
            break
    return names


def _tells(trait: str, value: float) -> bool:
    """That somebody does not buy through one channel of several says little."""
    return value >= _TELLING or (value <= -_TELLING and not trait.startswith(THROUGH))


def _kept(names: tuple[Name, ...], groups: Clusters, behaviour: Behaviour, last: Month) -> tuple[Name, ...]:
    """Names of the month before where the people are the same; never one name twice."""
    left, right = matched(last.behaviour.customers, last.groups.labels, behaviour.customers, groups.labels)
    kept = {int(new): last.names[old] for old, new in zip(left, right, strict=True)}
    return tuple(
        kept[place] if place in kept else (*name, ("new", True)) if name in kept.values() else name
        for place, name in enumerate(names)
    )


def matched(
    before: pa.Array, old: NDArray[np.int64], now: pa.Array, new: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of groups that are the same: the assignment with most people in common, pairs under half of it left out.

    Parameters
    ----------
    before, now : string arrays         people of the two months
    old, new : int arrays               their groups

    Returns
    -------
    (int array, int array)      groups of before and of now, pair by pair
    """
    place = pc.index_in(now, before)
    both = place.is_valid().to_numpy(zero_copy_only=False)
    met_old = old[pc.drop_null(place).to_numpy()]
    shared = np.zeros((int(old.max()) + 1, int(new.max()) + 1))
    np.add.at(shared, (met_old, new[both]), 1.0)
    either = shared.sum(axis=1)[:, None] + shared.sum(axis=0) - shared
    rows, columns = linear_sum_assignment(-shared)
    same = shared[rows, columns] >= _SAME * np.maximum(either[rows, columns], 1.0)
    return rows[same], columns[same]
