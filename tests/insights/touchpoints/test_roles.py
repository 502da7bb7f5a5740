"""Removal effects equal those of chains with the channel taken out; Shapley's credit equals the sum over coalitions."""

import random
from collections import Counter
from itertools import combinations, pairwise
from math import comb

import numpy as np
import pytest
from do_attribution.markov import MarkovAttribution

from insights.touchpoints.roles import Paths, channel_roles, removal_effects, shapley_values, without_small_roles

CHANNELS = ("app", "email", "social", "store", "web")


def drawn(seed: int) -> Paths:
    draw = random.Random(seed)

    def ways(many: int) -> Counter[tuple[str, ...]]:
        return Counter(tuple(draw.choices(CHANNELS, k=draw.randint(1, 5))) for _ in range(many))

    return Paths(ways(300), ways(700))


def chance_of_an_order(paths: Paths, without: str | None) -> float:
    """Of the whole chain, by a dense solve; whoever comes to the channel taken out goes nowhere."""
    states = ["start", *CHANNELS, "order", "none"]
    counts = np.zeros((len(states), len(states)))
    for ways, end in ((paths.bought, "order"), (paths.left, "none")):
        for way, times in ways.items():
            line = ["start", *way, end]
            for one, two in pairwise(line):
                counts[states.index(one), states.index(two)] += times
    inner = counts[:-2] / counts[:-2].sum(axis=1, keepdims=True)
    if without:
        inner[states.index(without)] = 0.0
    chances = np.linalg.solve(np.eye(len(states) - 2) - inner[:, :-2], inner[:, -2])
    return float(chances[0])


@pytest.mark.parametrize("seed", range(5))
def test_removal_is_what_the_chain_loses(seed: int) -> None:
    paths = drawn(seed)
    whole = chance_of_an_order(paths, None)
    expected = {channel: 1 - chance_of_an_order(paths, channel) / whole for channel in CHANNELS}
    assert removal_effects(paths) == pytest.approx(expected, abs=1e-9)


def test_shapley_is_the_mean_gain_over_coalitions() -> None:
    paths, players = drawn(9), len(CHANNELS)

    def worth(coalition: tuple[str, ...]) -> int:
        return sum(times for way, times in paths.bought.items() if set(way) <= set(coalition))

    expected = {}
    for channel in CHANNELS:
        others = [one for one in CHANNELS if one != channel]
        expected[channel] = sum(
            (worth((*part, channel)) - worth(part)) / (players * comb(players - 1, size))
            for size in range(players)
            for part in combinations(others, size)
        )
    found = shapley_values(paths)
    assert found == pytest.approx(expected)
    assert sum(found.values()) == pytest.approx(sum(paths.bought.values()))


def test_roles_are_counted() -> None:
    paths = Paths(Counter({("social", "web", "social", "store"): 3, ("store",): 2}), Counter({("email",): 5}))
    rows = {row["channel"]: row for row in channel_roles(paths).to_pylist()}
    told = {name: [row[key] for key in ("orders", "introduces", "assists", "closes")] for name, row in rows.items()}
    assert told == {"email": [0, 0, 0, 0], "social": [3, 3, 3, 0], "store": [5, 2, 0, 5], "web": [3, 0, 3, 0]}
    assert rows["email"]["removal"] == 0.0


def test_without_an_order_nothing_is_credited() -> None:
    paths = Paths(Counter(), Counter({("web",): 5}))
    assert removal_effects(paths) == {"web": 0.0}
    assert channel_roles(Paths(Counter(), Counter())).num_rows == 0


@pytest.mark.parametrize("seed", range(3))
def test_removal_is_that_of_an_independent_package(seed: int) -> None:
    paths = drawn(seed)
    ways = [*paths.bought, *paths.left]
    bought = [1] * len(paths.bought) + [0] * len(paths.left)
    peer = MarkovAttribution(removal_strategy="redirect_to_null").fit(
        [" > ".join(way) for way in ways], bought, weights=[*paths.bought.values(), *paths.left.values()]
    )
    assert removal_effects(paths) == pytest.approx(peer["removal_effects"], abs=1e-9)


def of_a_person_each(paths: Paths) -> dict[tuple[str, str], int]:
    """Who went the ways with an order, were each of them another person's."""
    counted: Counter[tuple[str, str]] = Counter()
    for way, times in paths.bought.items():
        roles = [("introduces", way[0]), ("closes", way[-1])]
        roles += [(role, one) for role, ones in (("orders", way), ("assists", way[1:-1])) for one in {*ones}]
        counted.update(dict.fromkeys(roles, times))
    return dict(counted)


def test_counts_under_twenty_cannot_be_told_from_the_others() -> None:
    ways = {("social", "web"): 40, ("email", "web"): 9, ("web", "store"): 30, ("call",): 5, ("app",): 22}
    paths = Paths(Counter(ways), Counter({("email",): 60}))
    whole = channel_roles(paths)
    rows = {row["channel"]: row for row in without_small_roles(whole, of_a_person_each(paths)).to_pylist()}
    assert set(rows) == {"social", "web", "store"}  # call and email are few, app would tell how many
    assert rows["social"]["introduces"] == 40 and rows["web"]["closes"] is not None
    for name in ("introduces", "assists", "closes"):
        told = [row[name] for row in rows.values() if row[name]]
        hidden = sum(whole[name].to_pylist()) - sum(told)
        assert all(value >= 20 for value in told)
        assert hidden == 0 or hidden >= 20 or not told


def test_what_one_person_did_often_is_not_told() -> None:
    paths = Paths(Counter({("social", "web"): 400, ("app",): 300, ("web",): 300}), Counter())
    people = of_a_person_each(paths) | {("orders", "social"): 1, ("introduces", "social"): 1}
    assert [row["channel"] for row in without_small_roles(channel_roles(paths), people).to_pylist()] == ["web"]
