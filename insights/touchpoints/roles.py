"""What each channel does on the way to an order: who introduces, assists, closes – and whose removal would be felt.

Ways are those of `insights.touchpoints.ways`. None of this is causal: a channel may stand on many ways because it is
where people are anyway. What a message really adds is measured against people who were left alone, in
`insights.experiments`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, identity
from scipy.sparse.linalg import splu

from insights.small_groups import large_enough

Path = tuple[str, ...]
RolePeople = Mapping[tuple[str, str], int]  # (orders, introduces, assists or closes; channel) → people
_ROLES = ("orders", "introduces", "assists", "closes")


@dataclass(frozen=True)
class Paths:
    """Ways that were gone, each with how often.

    Attributes
    ----------
    bought, left : Counter of tuple of channel      ways that ended in an order, and ways that ended in none
    """

    bought: Counter[Path]
    left: Counter[Path]

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel on a way, by name."""
        return tuple(sorted({channel for way in (*self.bought, *self.left) for channel in way}))


def channel_roles(paths: Paths) -> pa.Table:
    """How often each channel introduces, assists and closes an order, its removal effect and its Shapley value.

    Returns
    -------
    pa.Table    channel; orders on whose way it stood; introduces, assists, closes: orders on whose way it came
                first, in between, last (a way of one touch is introduced and closed by it); removal: share of the
                orders that a first-order Markov chain would lose without the channel; shapley: the orders credited
                to it, which add up to all
    """
    channels = paths.channels
    removal, shapley = removal_effects(paths), shapley_values(paths)
    first, last, between, on = (Counter[str]() for _ in range(4))
    for way, times in paths.bought.items():
        first[way[0]] += times
        last[way[-1]] += times
        for channel in set(way[1:-1]):
            between[channel] += times
        for channel in set(way):
            on[channel] += times
    return pa.table(
        {
            "channel": pa.array(channels, pa.string()),
            **{
                name: pa.array([counted[channel] for channel in channels], pa.int64())
                for name, counted in (("orders", on), ("introduces", first), ("assists", between), ("closes", last))
            },
            "removal": pa.array([removal[channel] for channel in channels], pa.float64()),
            "shapley": pa.array([shapley[channel] for channel in channels], pa.float64()),
        }
    )


def without_small_roles(roles: pa.Table, people: RolePeople) -> pa.Table:
    """The same without what few people did: channels on the way of under twenty are left out, small counts are null.

    First and last touches add up to all orders: where those whose counts are hidden of a column are under twenty
    people, its smallest shown count is null too.
    """
    channels = roles["channel"].to_pylist()
    sizes = {name: [people.get((name, channel), 0) for channel in channels] for name in _ROLES}
    kept = large_enough(sizes["orders"])
    shown = roles
    for name in _ROLES[1:]:
        told = large_enough(sizes[name]) | (np.array(sizes[name]) == 0)
        cells = [value if tell else None for value, tell in zip(roles[name].to_pylist(), told, strict=True)]
        shown = shown.set_column(shown.column_names.index(name), name, pa.array(cells, roles[name].type))
    return shown.filter(pa.array(kept))


def removal_effects(paths: Paths) -> dict[str, float]:
    """Share of orders a first-order Markov chain over channels would lose if a channel led nowhere.

    States are the start, the channels, the order and no order. With Q the chances between channels and b those from a
    channel into an order, the chance of an order from each channel is x = (I − Q)⁻¹ b. A removed channel leads nowhere:
    its x becomes 0. With N = (I − Q)⁻¹ the chance that is left is s·x − (s·N)ₖ xₖ / Nₖₖ, so that one factorisation
    answers for every channel.

    Source
    ------
    Anderl, Becker, von Wangenheim and Schumann, Mapping the customer journey, 2016; the update is Sherman's.
    """
    channels = paths.channels
    start, inner, order = _chances(paths, channels)
    if not order.any():
        return dict.fromkeys(channels, 0.0)
    solver = splu(csc_matrix(identity(len(channels)) - inner))
    reached = solver.solve(order)
    visited = solver.solve(start, trans="T")
    returns = solver.solve(np.eye(len(channels))).diagonal()
    whole = float(start @ reached)
    return {
        channel: float(visited[place] * reached[place] / returns[place] / whole)
        for place, channel in enumerate(channels)
    }


def joint_removal(paths: Paths, removed: Sequence[str]) -> float:
    """Share of orders the same chain would lose if several channels led nowhere together; no more than their sum."""
    channels = paths.channels
    start, inner, order = _chances(paths, channels)
    kept = np.array([channel not in removed for channel in channels], dtype=bool)
    if not order.any() or kept.all():
        return 0.0

    def ordering(rows: NDArray[np.bool_]) -> float:
        if not rows.any():
            return 0.0
        left = csc_matrix(identity(int(rows.sum())) - inner[rows][:, rows])
        return float(start[rows] @ splu(left).solve(order[rows]))

    return 1.0 - ordering(kept) / ordering(np.ones(len(channels), dtype=bool))


def _chances(paths: Paths, channels: Sequence[str]) -> tuple[NDArray[np.float64], csc_matrix, NDArray[np.float64]]:
    """Chances of beginning at a channel, of going from one to another, of an order right after one."""
    place = {channel: number for number, channel in enumerate(channels)}
    starts, orders, leaves = (np.zeros(len(channels)) for _ in range(3))
    steps: Counter[tuple[int, int]] = Counter()
    for ways, ends in ((paths.bought, orders), (paths.left, leaves)):
        for way, times in ways.items():
            at = [place[channel] for channel in way]
            starts[at[0]] += times
            ends[at[-1]] += times
            for pair in pairwise(at):
                steps[pair] += times
    cells = sorted(steps)
    rows, columns = ([cell[side] for cell in cells] for side in (0, 1))
    counts = csc_matrix((np.array([steps[cell] for cell in cells], dtype=float), (rows, columns)), (len(channels),) * 2)
    out = np.asarray(counts.sum(axis=1)).ravel() + orders + leaves
    return starts / starts.sum(), csc_matrix(counts.multiply(1.0 / out[:, None])), orders / out


def shapley_values(paths: Paths) -> dict[str, float]:
    """Orders credited to each channel by Shapley's value; they add up to all orders.

    A coalition of channels is worth the orders on whose ways stood no other channel. So a way's orders are gained only
    by coalitions that hold all of its channels, and the value is exact without looking at coalitions: each way's orders
    in equal parts to the channels on it, for any number of channels.
    """
    credit = dict.fromkeys(paths.channels, 0.0)
    for way, times in paths.bought.items():
        channels = sorted(set(way))
        for channel in channels:
            credit[channel] += times / len(channels)
    return credit
