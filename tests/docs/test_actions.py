"""The guide on actions: its starting set is a plan, and what it names exists."""

import re
import tomllib
from pathlib import Path

from decisions.actions import plan_of
from decisions.allowed.eligibility import Rule, menu_of
from decisions.causes import CAUSES
from features.channels import KNOWN
from features.shop import ShopSettings
from operations.deciding.plan import columns_of_plan, shop_plan
from perennial.nights.deciding import WHY
from tests.shops import make_shop

GUIDE = (Path(__file__).parents[2] / "docs/guide/actions.md").read_text(encoding="utf-8")
SET, CAUSE = (tomllib.loads(text) for text in re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE))


def test_the_starting_set_is_a_plan_of_a_shop(tmp_path):
    made = make_shop(tmp_path, orders=[])
    settings = ShopSettings(deciding={**SET, **CAUSE})
    plan = shop_plan(type(made)(**{**vars(made), "settings": settings}))
    assert {action.name for action in plan.actions} == {
        *(
            "welcome",
            "thanks",
            "cross_sell",
            "replenish",
            "care",
            "voucher",
            "invite",
            "survey",
            "win_back",
            "review",
            "cart_rescue",
        ),
    }
    assert columns_of_plan(plan) == {"open_cases", "cases_90d", "latitude", "longitude"}
    assert all(action.about["en"] and action.about["zh"] for action in plan.actions)
    assert (plan.budget, plan.explore, plan.caps.week, plan.caps.month) == (500.0, 0.05, 2, 6)


def test_every_action_can_be_carried_by_a_channel():
    plan = plan_of(SET, KNOWN)
    menu = menu_of(plan, ("email", "call"), (0.0, 0.0))
    assert {menu.action_of(k).name for k in range(len(menu.options))} == {action.name for action in plan.actions}


def test_causes_and_keys_of_the_guide_are_those_there_are():
    told = re.search(r"groups are shipped \(([^)]*)\)", GUIDE)
    assert told is not None
    assert told[1].replace("\n", " ").split(", ") == list(CAUSES)


def test_every_rule_of_a_receipt_has_a_sentence():
    assert set(WHY) == {one.told for one in Rule if one is not Rule.ALLOWED}
