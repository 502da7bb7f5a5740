"""Other mechanisms move whom they say, in what people do and in the truth alike."""

import numpy as np
import pytest

from operations.loop.made_shop import ACTIONS, MadeShop
from simulation import effects
from simulation.mechanism import MECHANISMS, mechanism_of
from simulation.state import ACTIVE, DORMANT

RECOMMEND, VOUCHER = (list(ACTIONS.values())[list(ACTIONS).index(name)] for name in ("recommend", "voucher"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return MadeShop(300, 6, 5, tmp_path_factory.mktemp("mechanism"))


def felt(made, name, action, stage):
    made.world.mechanism = MECHANISMS[name]
    who = np.arange(300)
    return effects.lift(made.world, who, np.full(300, action), np.full(300, stage))


def test_persuadables_alone_are_moved_all_alike(made):
    above = made.world.people.curiosity > 0.6
    told = felt(made, "persuadables", RECOMMEND, ACTIVE)
    assert (told[~above] == 0).all() and np.ptp(told[above]) == 0 < told[above][0]


def test_sleepers_are_moved_and_active_people_are_not(made):
    assert (felt(made, "sleepers", VOUCHER, ACTIVE) == 0).all()
    assert (felt(made, "sleepers", VOUCHER, DORMANT) > 0).all()


def test_who_was_written_to_lately_is_put_off(made):
    made.world.condition.fatigue[:150] = 2.0
    told, usual = (felt(made, name, RECOMMEND, ACTIVE) for name in ("worn_out", "usual"))
    made.world.condition.fatigue[:] = 0.0
    assert (told[:150] < usual[:150]).all() and (told[:150] < 0).mean() > 0.9
    assert (told[150:] == usual[150:]).all()


def test_the_truth_of_a_world_without_effect_is_what_sends_cost(made):
    made.world.mechanism = MECHANISMS["none"]
    net = made.truth()
    others = np.arange(len(ACTIONS)) != list(ACTIONS).index("voucher")
    assert np.allclose(net[np.isfinite(net) & others], -1.0)
    assert net[np.isfinite(net)].max() == pytest.approx(-1.0)


def test_a_drawn_world_is_its_seeds_own_and_moves_nobody_who_is_gone():
    told = [mechanism_of("drawn", seed) for seed in range(60)]
    again = mechanism_of("drawn", 3)
    assert (again.lift == told[3].lift).all() and (again.traits, again.wakes) == (told[3].traits, told[3].wakes)
    assert len({one.lift.tobytes() for one in told}) == 60
    assert all((one.lift[:, 4] == 0).all() and (one.lift[3:] == 0).all() for one in told)
    dealt = np.concatenate([one.lift[:3, :4].ravel() for one in told])
    assert {bool((dealt > 0).any()), bool((dealt < 0).any()), bool((dealt == 0).any())} == {True}
    assert dealt.max() < 1.2 and dealt.min() > -0.6
    assert mechanism_of("price", 3) is MECHANISMS["price"]


def test_a_made_shop_lives_by_the_mechanism_its_seed_draws(tmp_path):
    lived = MadeShop(50, 6, 9, tmp_path, "drawn").world.mechanism
    assert (lived.lift == mechanism_of("drawn", 9).lift).all()
