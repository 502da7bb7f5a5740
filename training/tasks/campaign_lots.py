"""Campaigns whose propensities hold within the campaign: there its actions could be dealt, elsewhere they could not.

A log may deal one action in one campaign and another in the next, and log the probability of each among what its own
campaign had to deal. Whether it does can be counted: within such campaigns the rows of every arm, weighed by 1 / p,
stand for all of their moments. Where they do not – a probability over all campaigns at once –, nothing is concluded.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.data.decision_moments import NOTHING, Moments

_NEAR = 0.2  # how far from all of their moments the rows of an arm may lie
_FEWEST = 40  # moments of campaigns that deal the same actions

Rows = NDArray[np.intp]


def with_campaigns(moments: Moments) -> Moments:
    """The moments, those of such campaigns with what could have been dealt at them."""
    possible = moments.possible.copy()
    for actions, rows in _alike(moments).items():
        if _own_lots(moments, actions, rows):
            for row in rows.tolist():
                possible[row] = actions - {NOTHING}
    return replace(moments, possible=possible)


def _alike(moments: Moments) -> Mapping[frozenset[str], Rows]:
    """What campaigns dealt, nothing among it → the rows of all campaigns that dealt just that."""
    untold = np.array([one is None for one in moments.possible.tolist()], dtype=bool)
    named = np.array([one is not None for one in moments.campaign.tolist()], dtype=bool)
    rows = np.flatnonzero(untold & named & ~np.isnan(moments.propensity))
    _, place = np.unique(moments.campaign[rows].astype(str), return_inverse=True)
    order = np.argsort(place, kind="stable")
    found: dict[frozenset[str], list[Rows]] = {}
    for mine in np.split(rows[order], np.flatnonzero(np.diff(place[order])) + 1):
        found.setdefault(frozenset(moments.action[mine].tolist()), []).append(mine)
    return {actions: np.concatenate(parts) for actions, parts in found.items()}


def _own_lots(moments: Moments, actions: frozenset[str], rows: Rows) -> bool:
    if NOTHING not in actions or len(actions) < 2 or len(rows) < _FEWEST:
        return False
    action, weight = moments.action[rows], 1.0 / moments.propensity[rows]
    stood_for = [float(weight[action == name].sum()) / len(rows) for name in actions]
    return all(abs(share - 1.0) <= _NEAR for share in stood_for)
