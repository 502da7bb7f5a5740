"""The propensities in the log are those the messages were drawn with."""

from collections.abc import Callable
from typing import Any

import numpy as np

from simulation.policy import draw_channel
from simulation.words import CONTACT_CHANNELS

Ask = Callable[[str], list[tuple[Any, ...]]]


def test_propensity_is_the_empirical_share() -> None:
    rng, count = np.random.default_rng(5), 40_000
    for channels, clicked in ("email sms push wechat", -1), ("email push", 2), ("sms", 0):
        allowed = np.array([name in channels.split() for name in CONTACT_CHANNELS])
        channel, propensity, explored = draw_channel(rng, np.tile(allowed, (count, 1)), np.full(count, clicked))
        assert allowed[channel].all()
        assert abs(explored.mean() - 0.4) < 0.01
        for code in np.unique(channel):
            drawn = channel == code
            assert np.ptp(propensity[drawn]) == 0.0
            assert abs(drawn.mean() - propensity[drawn][0]) < 0.012


def test_inverse_propensities_count_the_channels_that_could_be_used(ask: Ask) -> None:
    """E[1 / propensity] is the number of channels open to the person, whatever the policy does with them."""
    rows = ask(
        "WITH open AS (SELECT customer_id, sum(allowed::INT) AS channels FROM truth_contact GROUP BY 1), "
        "steady AS (FROM open ANTI JOIN (FROM consents WHERE happened_at >= '2024-07-01') USING (customer_id)) "
        "SELECT channels, count(*), avg(1 / propensity), stddev(1 / propensity) FROM messages JOIN steady "
        "USING (customer_id) WHERE happened_at >= '2024-07-01' AND channels > 0 GROUP BY 1 ORDER BY 1"
    )
    assert [channels for channels, *_ in rows] == [1, 2, 3, 4]
    for channels, count, mean, spread in rows:
        # A dead address closes a channel unseen; hence a little room beside four standard errors.
        assert abs(mean - channels) < 0.12 + 4 * (spread or 0) / count**0.5


def test_the_control_group_gets_statements_only(ask: Ask) -> None:
    theirs = "FROM messages JOIN truth_people USING (customer_id) WHERE control"
    assert ask(f"SELECT DISTINCT action, purpose {theirs} AND arm <> 'control'") == [("statement", "service")]


def test_what_the_control_group_goes_without_is_written_down(ask: Ask) -> None:
    held = "FROM messages JOIN truth_people USING (customer_id) WHERE arm = 'control'"
    count, others, cost = ask(f"SELECT count(*), count(*) FILTER (NOT control), sum(cost) {held}")[0]
    assert count > 100 and (others, cost) == (0, 0)
    assert ask(f"SELECT count(*) FROM responses SEMI JOIN (SELECT message_id {held}) USING (message_id)") == [(0,)]
    assert ask(f"SELECT DISTINCT action_propensity {held}") == [(0.1,)]


def test_the_chance_of_what_was_dealt_is_logged(ask: Ask) -> None:
    marketing = "FROM messages WHERE purpose = 'marketing'"
    assert ask(f"SELECT count(*) {marketing} AND (action_propensity IS NULL OR isnan(action_propensity))") == [(0,)]
    low, high = ask(f"SELECT min(action_propensity), max(action_propensity) {marketing}")[0]
    assert low > 0 and high < 1
    # Each row stands for 1 ÷ its chance moments, so every action alone, and withholding, adds up to all moments.
    everything, own = ask(f"SELECT count(*), sum(1 / action_propensity) FILTER (arm = 'control') {marketing}")[0]
    assert abs(own / everything - 1) < 4 * (everything * 9) ** 0.5 / everything + 0.15  # people are held, not moments


def test_at_most_one_message_a_week(ask: Ask) -> None:
    sent = "FROM messages WHERE arm <> 'control'"
    weekly = f"SELECT count(*) AS sends {sent} GROUP BY customer_id, date_trunc('week', happened_at)"
    assert ask(f"SELECT max(sends) FROM ({weekly})") == [(1,)]
