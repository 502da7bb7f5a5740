"""Groups are matched with those of the month before by the people in them, and keep their names."""

from datetime import datetime
from itertools import permutations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from insights.known import known_shop
from insights.personas.monthly import matched, monthly, named
from tests.insights.personas.two_kinds import AT, two_kinds
from tests.shops import make_shop


@pytest.mark.parametrize("seed", range(5))
def test_the_assignment_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, now = (pa.array([f"c{one:03d}" for one in sorted(rng.choice(300, 200, False))]) for _ in range(2))
    world = rng.integers(0, 4, 300)
    old, new = (np.array([world[int(who[1:])] for who in people.to_pylist()]) for people in (before, now))
    new = rng.permutation(4)[new]
    moved = rng.random(len(new)) < 0.1
    new[moved] = rng.integers(0, 4, moved.sum())
    then, later = (dict(zip(p.to_pylist(), g.tolist(), strict=True)) for p, g in ((before, old), (now, new)))
    both = then.keys() & later.keys()
    best = max(permutations(range(4)), key=lambda way: sum(later[who] == way[then[who]] for who in both))
    left, right = matched(before, old, now, new)
    assert dict(zip(left.tolist(), right.tolist(), strict=True)) == dict(enumerate(best))


def test_groups_that_share_few_people_are_not_the_same() -> None:
    people = pa.array([f"c{one}" for one in range(100)])
    halves, quarters = np.arange(100) // 50, np.arange(100) % 2
    assert len(matched(people, halves, people, quarters)[0]) == 0


def test_a_name_says_what_tells_most_and_no_two_are_alike() -> None:
    centres = np.array([[2.0, -1.0, 0.1, 0.6], [2.0, -1.0, 0.1, -0.6], [0.1, 0.0, 0.2, -2.0]])
    names = named(centres, ("often", "dear", "saves", "through app"))
    assert names[0] == (("often", True), ("dear", False), ("through app", True))
    assert names[1] == (("often", True), ("dear", False))
    assert names[2] == ()  # that they do not buy through the app says little


def test_names_last_while_the_people_do(tmp_path: Path) -> None:
    with known_shop(make_shop(tmp_path, **two_kinds()), AT) as known:
        months = monthly(known)
    assert [month.at for month in months] == [datetime(2026, 1, 1), datetime(2026, 2, 1), AT]
    assert {month.names for month in months} == {months[0].names}
    for month in months:
        by_app = np.array([who.startswith("a") for who in month.behaviour.customers.to_pylist()])
        assert len({(one, label) for one, label in zip(by_app, month.groups.labels, strict=True)}) == 2
