"""What is told of a message's effect is what comes of it: the same world lived through with and without, many times."""

import copy

import numpy as np
import pytest

from operations.loop.made_shop import ACTIONS, COST, MARGIN, NOTHING, WEEKS, MadeShop
from simulation.ahead import having_read, orders_ahead, standing, week_ahead
from simulation.season import WEEK
from simulation.state import ACTIVE, DORMANT, FADING

PEOPLE, LIVES = 240, 25
VOUCHER = list(ACTIONS).index("voucher")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A shop before its third month, whose people are active, fading and asleep in equal parts."""
    made = MadeShop(PEOPLE, 6, 5, tmp_path_factory.mktemp("ahead"))
    made.live(np.full(PEOPLE, NOTHING))
    made.live(np.full(PEOPLE, NOTHING))
    made.world.people.discount[:] = 0.9
    made.world.people.joined[:] = -1
    made.world.condition.stage[:] = np.array([ACTIVE, FADING, DORMANT])[np.arange(PEOPLE) % 3]
    return made


@pytest.fixture(scope="module")
def lived(made):
    """Mean spend of each person over four weeks, left alone and sent a voucher, in money."""
    before = {name: value for name, value in vars(made.world).items() if name not in ("plans", "people", "catalogue")}
    from_second, month = made.month * WEEKS * WEEK, made.month
    told = {choice: np.zeros(PEOPLE) for choice in (NOTHING, VOUCHER)}
    for life in range(LIVES):
        for choice, sums in told.items():
            vars(made.world).update(copy.deepcopy({k: before[k] for k in ("condition", "ledgers", "hidden")}))
            made.world._streams = {}
            made.world.seed, made.month = 1_000 + life, month
            made.live(np.full(PEOPLE, choice))
            orders = made.world.ledgers["orders"]
            mine = (orders.column("happened_at") >= from_second) & (orders.column("customer_id") >= 0)
            who = orders.column("customer_id")[mine].astype(np.int64) // 3
            sums += np.bincount(who, weights=orders.column("amount")[mine] / 100, minlength=PEOPLE) / LIVES
    vars(made.world).update(before)
    made.month = month
    return told


def test_the_truth_of_a_voucher_is_what_lives_with_and_without_it_differ_by(made, lived):
    told = made.truth()[:, VOUCHER] + COST
    gained = MARGIN * (lived[VOUCHER] - lived[NOTHING])
    stage = made.world.condition.stage
    for one in (FADING, DORMANT):
        mine = made.reachable & (stage == one)
        assert gained[mine].mean() > 15
        assert told[mine].mean() == pytest.approx(gained[mine].mean(), rel=0.25)
    assert told[made.reachable].mean() == pytest.approx(gained[made.reachable].mean(), rel=0.2)


def test_chances_of_stages_add_up_whoever_reads_what(made):
    _, now = week_ahead(made.world, standing(made.world), made.month * WEEKS)
    read = having_read(made.world, now, list(ACTIONS.values())[VOUCHER])
    assert np.allclose(now.share.sum(axis=1), 1.0)
    assert np.allclose(np.bincount(read.who, weights=read.share.sum(axis=1)), 1.0)
    assert read.share[:, ACTIVE].sum() > now.share[:, ACTIVE].sum() + PEOPLE / 6


def test_nothing_read_changes_nothing_and_every_week_is_told(made):
    now, newsletter = standing(made.world), list(ACTIONS.values())[list(ACTIONS).index("newsletter")]
    left = orders_ahead(made.world, now, made.month * WEEKS, 3)
    assert left.shape == (3, PEOPLE) and (left >= 0).all() and left.sum() > 10
    assert np.allclose(orders_ahead(made.world, having_read(made.world, now, newsletter), made.month * WEEKS, 3), left)
