"""What shop.toml says of actions is read as the data contract has it, and refused in sentences."""

import tomllib

import pytest

from decisions.actions import Action, ActionOffer, Cap, PlanError, plan_of
from decisions.causes import CAUSES

CHANNELS = ("email", "sms", "whatsapp", "call")
FULL = """
[actions.voucher]
about = { en = "8 CNY voucher", zh = "8元优惠券" }
channels = ["email", "whatsapp"]
cost = 0.05
offer = { code = "BACK8", cost = 8.0, in_amount = false }
stages = ["at_risk", "dormant"]
because = ["silence", "postage"]
never = ["open_cases"]
within_km = 10
cooldown = "30d"
capacity = 200
assumed_effect = 0.05
[causes]
postage = ["shipping_abandon_share_365d"]
[budget]
amount = 500.0
[budget.channels]
call = 50
[caps]
week = 2
month = 6
[caps.channels.sms]
month = 1
[explore]
share = 0.1
"""


def plan(text):
    return plan_of(tomllib.loads(text), CHANNELS)


def test_every_key_of_the_data_contract_is_read():
    found = plan(FULL)
    assert found.actions == (
        Action(
            name="voucher",
            cost=0.05,
            channels=("email", "whatsapp"),
            offer=ActionOffer("BACK8", 8.0, in_amount=False),
            stages=("at_risk", "dormant"),
            because=("silence", "postage"),
            never=("open_cases",),
            within_km=10.0,
            cooldown_days=30,
            capacity=200,
            assumed_effect=0.05,
            about={"en": "8 CNY voucher", "zh": "8元优惠券"},
        ),
    )
    assert (found.budget, found.channel_capacity, found.explore) == (500.0, {"call": 50}, 0.1)
    assert (found.caps, found.channel_caps) == (Cap(2, 6), {"sms": Cap(None, 1)})
    assert found.causes == {**CAUSES, "postage": ("shipping_abandon_share_365d",)}


def test_a_shop_that_says_nothing_bounds_nothing_and_explores_nothing():
    found = plan("")
    assert found.actions == ()
    assert found.budget is None
    assert (found.explore, found.caps) == (0.0, Cap())


def test_an_older_offer_becomes_an_action_for_who_is_at_risk():
    found = plan('[offers.win_back_voucher]\ncode = "BACK15"\ncost = 12.0\nassumed_effect = 0.05')
    offer = ActionOffer("BACK15", 12.0)
    assert found.actions == (Action("win_back_voucher", 0.0, offer=offer, stages=("at_risk",), assumed_effect=0.05),)


def test_an_action_of_the_same_name_outranks_the_older_offer():
    text = "[offers.voucher]\ncost = 12.0\n[actions.voucher]\ncost = 0.1"
    assert plan(text).actions == (Action("voucher", 0.1),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[actions.a]",
         "shop.toml: [actions.a] has no cost. Say what a send costs, such as cost = 0.05, or cost = 0.0."),
        ("[actions.a]\ncost = -1", "shop.toml: [actions.a] cost = -1 is below 0. Give 0 or more."),
        ("[actions.a]\ncost = nan", "shop.toml: [actions.a] cost = nan is no number."),
        ('[actions.a]\ncost = "1"', "shop.toml: [actions.a] cost = '1' is no number."),
        (
            '[actions.a]\ncost = 1\nchannels = ["fax"]',
            "shop.toml: [actions.a] channels names the channel 'fax', which does not exist. "
            "Known are call, email, sms, whatsapp; a new one is declared as [channels.fax].",
        ),
        (
            '[actions.a]\ncost = 1\nbecause = ["weather"]',
            "shop.toml: [actions.a] because names the cause 'weather', which nobody knows. "
            f"Known are {', '.join(CAUSES)}; declare it under [causes].",
        ),
        (
            '[actions.a]\ncost = 1\nstages = ["asleep"]',
            "shop.toml: [actions.a] stages names the stage 'asleep', which nobody knows. "
            "Known are prospect, new, active, loyal, at_risk, dormant, lost, recovered.",
        ),
        (
            "[actions.a]\ncost = 1\ncolour = 2",
            "shop.toml: [actions.a] names the key 'colour', which nobody knows. Known are about, channels, cost, "
            "offer, stages, because, never, within_km, cooldown, capacity, assumed_effect.",
        ),
        (
            "[actions.leave_alone]\ncost = 1",
            "shop.toml: an action cannot be named 'leave_alone'. Take letters, digits and _ (not leave_alone).",
        ),
        (
            "[actions.a]\ncost = 1\ncooldown = 30",
            "shop.toml: [actions.a] cooldown = 30 is no length of time. Write days, such as \"30d\".",
        ),
        (
            "[actions.a]\ncost = 1\ncapacity = 1.5",
            "shop.toml: [actions.a] capacity = 1.5 is no count. Give a whole number, 0 or more.",
        ),
        (
            "[actions.a]\ncost = 1\nassumed_effect = 1.5",
            "shop.toml: [actions.a] assumed_effect = 1.5 is no share. Give a number from 0 to 1.",
        ),
        (
            '[actions.a]\ncost = 1\noffer = { code = "X" }',
            "shop.toml: the offer of [actions.a] has no cost. Say what one redeemed costs, such as cost = 8.0.",
        ),
        ("[budget]\namount = -5", "shop.toml: [budget] amount = -5 is below 0. Give 0 or more."),
        ("[budget.channels]\ncall = -5",
         "shop.toml: [budget.channels] call = -5 is no count. Give a whole number, 0 or more."),
        (
            "[budget.channels]\nfax = 5",
            "shop.toml: [budget.channels] names the channel 'fax', which does not exist. "
            "Known are call, email, sms, whatsapp; a new one is declared as [channels.fax].",
        ),
        ("[caps]\nweek = -1", "shop.toml: [caps] week = -1 is no count. Give a whole number, 0 or more."),
        ("[caps]\nyear = 1",
         "shop.toml: [caps] names the key 'year', which nobody knows. Known are week, month, channels."),
        ("[explore]\nshare = 1.0", "shop.toml: [explore] share = 1.0 lies outside [0, 1). Give a share such as 0.05."),
        ("actions = 3", "shop.toml: actions = 3 is no section. Write [actions] and its lines below."),
        ("[causes]\na = 3", 'shop.toml: [causes] a = 3 is no list of names. Write ["…", "…"].'),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(PlanError) as refused:
        plan(text)
    assert str(refused.value) == sentence


def test_an_action_for_carts_alone_needs_no_store_near():
    carts = Action("rescue", 0.0, because=("cart", "shipping"), within_km=5.0)
    assert carts.saves_carts and not carts.needs_store
    for because in ((), ("cart", "silence")):
        other = Action("visit", 0.0, because=because, within_km=5.0)
        assert other.needs_store and not other.saves_carts
    assert not Action("note", 0.0).needs_store


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[offers.voucher]\ncost = 12.0\nbudget = 5", "budget"),
        ("[actions.voucher]\ncost = 0.1\noffer = { cost = 8.0, in_amout = true }", "in_amout"),
    ],
)
def test_a_key_of_an_offer_that_nobody_knows_is_named(text, key):
    with pytest.raises(PlanError, match=f"'{key}', which nobody knows"):
        plan(text)
