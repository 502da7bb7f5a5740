import numpy as np

from insights.experiments.dealing import deal, lots

ARMS = {"control": 0.5, "voucher": 0.3, "mail": 0.2}
UNITS = [f"C-{i}" for i in range(1_000)]
STRATA = [("new", "loyal", "at_risk")[i % 3] for i in range(1_000)]


def test_within_a_stratum_arms_are_their_shares_to_a_unit():
    arms = np.array(deal(UNITS, STRATA, ARMS, "spring", {}))
    for stratum in set(STRATA):
        mine = arms[np.array(STRATA) == stratum]
        assert all(abs(np.sum(mine == arm) - share * len(mine)) <= 1 for arm, share in ARMS.items())


def test_whoever_was_dealt_keeps_their_arm_and_the_new_even_it_out():
    first = dict(zip(UNITS[:400], deal(UNITS[:400], STRATA[:400], ARMS, "spring", {}), strict=True))
    moved = STRATA[1:] + STRATA[:1]  # everybody's stratum has changed since
    later = deal(UNITS, moved, ARMS, "spring", first)
    assert later[:400] == list(first.values())
    counts = {arm: later.count(arm) for arm in ARMS}
    assert all(abs(counts[arm] - 1_000 * share) <= 3 for arm, share in ARMS.items())


def test_order_does_not_matter_and_another_trial_deals_independently():
    there, back = deal(UNITS, STRATA, ARMS, "spring", {}), deal(UNITS[::-1], STRATA[::-1], ARMS, "spring", {})
    assert there == back[::-1]
    other = np.array(deal(UNITS, STRATA, ARMS, "autumn", {}))
    both = np.mean((np.array(there) == "control") & (other == "control"))
    assert 0.2 < both < 0.3


def test_lots_are_even():
    assert abs(lots(UNITS, "k").mean() - 0.5) < 0.03
