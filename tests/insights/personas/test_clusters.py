"""As many groups as were planted are found; where there are none, none is told."""

import numpy as np
import pytest

from insights.personas.clusters import HOLDS, stability, stable_groups


def planted(count: int, people: int = 600, apart: float = 6.0) -> tuple[np.ndarray, np.ndarray]:
    """People around `count` corners of a cube, and which."""
    rng = np.random.default_rng(count)
    which = rng.integers(0, count, people)
    corners = apart * np.eye(5)[:count]
    return rng.normal(corners[which], 1.0), which


@pytest.mark.parametrize("count", [2, 3, 5])
def test_planted_groups_are_found_one_for_one(count: int) -> None:
    values, which = planted(count)
    found = stable_groups(values)
    assert found is not None
    assert len(found.centres) == count
    assert found.stability >= HOLDS
    met = {(int(label), int(one)) for label, one in zip(found.labels, which, strict=True)}
    assert len(met) <= count + 2  # but for people who lie between two corners, each group is one corner's


def test_people_without_groups_have_none() -> None:
    assert stable_groups(np.random.default_rng(1).normal(size=(800, 6))) is None


def test_a_group_of_a_few_oddities_does_not_hold() -> None:
    values, _ = planted(2)
    values[:3] += 200.0
    assert stability(values, 3) == 0.0


def test_last_months_number_stays_while_it_holds() -> None:
    rng = np.random.default_rng(0)
    corners = np.array([[0.0, 0.0], [0.0, 5.0], [30.0, 0.0], [30.0, 5.0]])  # two groups of two
    values = rng.normal(corners[rng.integers(0, 4, 600)], 1.0)
    fresh, kept = stable_groups(values), stable_groups(values, np.array([[0.0, 2.5], [30.0, 2.5]]))
    assert fresh is not None and len(fresh.centres) == 4
    assert kept is not None and len(kept.centres) == 2
    assert (kept.labels == (values[:, 0] > 15)).all()  # and in the order of the month before


def test_the_same_people_make_the_same_groups_twice() -> None:
    values, _ = planted(3)
    one, two = stable_groups(values), stable_groups(values)
    assert one is not None and two is not None
    assert (one.labels == two.labels).all() and (one.centres == two.centres).all()
