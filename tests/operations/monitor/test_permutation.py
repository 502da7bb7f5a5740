"""The rate of false alarms is the one asked for at every size; a real change is found, in the column that changed."""

import numpy as np
import pytest

from operations.monitor.permutation import shifts

NAMES = tuple(f"c{number}" for number in range(12))


def made(rows, chance):
    """Columns that hang together; one with a long tail, one mostly 0, one missing now and then."""
    found = chance.standard_normal((rows, len(NAMES)), dtype=np.float32)
    found[:, :4] += found[:, :1]
    found[:, 8] = np.exp(3 * found[:, 8])
    found[:, 9] = np.maximum(found[:, 9] - 1, 0)
    found[chance.random(rows) < 0.3, 10] = np.nan
    return found


@pytest.mark.parametrize(("n", "m"), [(40, 40), (60, 700), (2_000, 1_100)])
def test_unchanged_nights_alarm_at_the_rate_asked_for(n, m):
    """Of 400 nights at .1, 40 alarm; 23 to 57 in 99.7 of 100 such series."""
    chance = np.random.default_rng(n)
    alarms = sum(
        any(one.alarm for one in shifts(made(n, chance), made(m, chance), NAMES, seed=night, rate=0.1, permutations=19))
        for night in range(400)
    )
    assert 23 <= alarms <= 57


def test_half_a_standard_deviation_is_found_in_its_column_alone():
    chance = np.random.default_rng(2)
    for column in (0, 5, 11):
        tonight = made(1_000, chance)
        tonight[:, column] += 0.5 * tonight[:, column].std()
        found = shifts(made(1_000, chance), tonight, NAMES, seed=column)
        assert [one.column for one in found if one.alarm] == [NAMES[column]]
        assert found[column].size == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (lambda rows: np.where(np.arange(len(rows)) % 5 == 0, np.nan, rows), 5),  # a fifth went missing
        (lambda rows: 0 * rows, 5),  # nothing but 0 arrives
        (lambda rows: 2 * rows, 6),  # the same middle, twice as wide
        (lambda rows: np.full(len(rows), np.nan, np.float32), 7),
        (lambda rows: 100 * rows, 8),  # cents for euros
        (lambda rows: np.where(np.arange(len(rows)) % 4 == 0, rows + 1, rows), 9),
    ],
)
def test_other_changes_are_found_too(change, column):
    chance = np.random.default_rng(3)
    tonight = made(1_000, chance)
    tonight[:, column] = change(tonight[:, column])
    found = shifts(made(1_000, chance), tonight, NAMES, seed=1)
    assert [one.column for one in found if one.alarm] == [NAMES[column]]


def test_one_order_of_a_million_is_no_change():
    chance = np.random.default_rng(4)
    tonight = made(1_000, chance)
    tonight[0, 5] = 1e9
    assert not any(one.alarm for one in shifts(made(1_000, chance), tonight, NAMES, seed=1))


def test_a_column_of_one_value_is_no_different_from_itself():
    same = np.full((100, 1), 7, dtype=np.float32)
    empty = np.full((100, 1), np.nan, dtype=np.float32)
    for rows in (same, empty):
        (found,) = shifts(rows, rows.copy(), ("constant",), seed=1)
        assert (found.p, found.alarm, found.size, found.missing) == (1.0, False, 0.0, 0.0)


def test_the_same_night_gives_the_same_answer():
    rows = [made(200, np.random.default_rng(seed)) for seed in (1, 2)]
    assert shifts(*rows, NAMES, seed=9) == shifts(*rows, NAMES, seed=9)
