"""What messages added is found where it is known, with weights for how likely a send was to be withheld."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import perennial as pn
from features.engine import DuckDB
from features.shop import Shop
from insights.known import Period, known_shop
from insights.touchpoints.increments import Increment, increment
from insights.touchpoints.roles import Paths, joint_removal, removal_effects
from insights.touchpoints.ways import paths_of
from tests.shops import make_shop

START, DAYS, PEOPLE = datetime(2026, 1, 1), 60, 400
AT = START + timedelta(DAYS + 9)
ADDED = 0.10  # orders a send adds


def world(
    folder: Path, *, added: float, logged: bool = True, withheld: bool = True, keen: bool = False, seed: int = 3
) -> Shop:
    """A moment every ten days each; keen people buy more anyway, and are left alone less often."""
    rng = np.random.default_rng(seed)
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in ("orders", "messages", "responses", "touchpoints")}
    for i in range(PEOPLE):
        who, usual = f"c{i}", 0.25 if keen and i % 2 else 0.05
        chance = 0.1 if keen and i % 2 else 0.4
        for day in range(0, DAYS, 10):
            at, number = START + timedelta(days=day, hours=9), f"{i}-{day}"
            control = withheld and rng.random() < chance
            tables["messages"].append(
                {"message_id": number, "customer_id": who, "happened_at": at, "channel": "email", "action": "news",
                 "arm": "control" if control else "policy", "action_propensity": (chance if control else 1 - chance)
                 if logged else None}
            )  # fmt: skip
            if not control and rng.random() < 0.5:
                tables["responses"].append(
                    {"message_id": number, "kind": "click", "happened_at": at + timedelta(hours=1)}
                )
            if rng.random() < usual + (0.0 if control else added):
                tables["orders"].append({"order_id": f"o{number}", "customer_id": who, "amount": 9, "channel": "web",
                                         "happened_at": at + timedelta(days=2)})  # fmt: skip
    tables["touchpoints"].append({"customer_id": "c1", "happened_at": START, "channel": "web", "kind": "visit"})
    return make_shop(folder, **tables)


def told(shop: Shop, engine: DuckDB) -> Increment | None:
    with known_shop(shop, AT, engine) as known:
        period = Period(START, AT)
        return increment(known, period, paths_of(known, period))


@pytest.fixture(scope="module")
def adding(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return world(tmp_path_factory.mktemp("adding"), added=ADDED)


@pytest.fixture
def engine():
    with_one = DuckDB(threads=1)
    yield with_one
    with_one.close()


def test_what_messages_add_is_found_and_credit_is_told_apart_from_it(adding: Shop, engine: DuckDB) -> None:
    found = told(adding, engine)
    assert found is not None and not found.drawn_alike
    assert found.low < ADDED * found.sends < found.high
    assert found.added == pytest.approx(ADDED * found.sends, rel=0.4)
    assert found.channels == ("email",) and 0 < found.credited < found.on_way
    assert found.sends + found.withheld == PEOPLE * DAYS // 10


def test_credit_where_nothing_was_added_is_seen_to_be_apart(tmp_path: Path, engine: DuckDB) -> None:
    found = told(world(tmp_path, added=0.0, seed=5), engine)
    assert found is not None
    assert found.low < 0 < found.high < found.credited and not found.agree


def test_who_is_left_alone_less_often_is_weighed_for_it(tmp_path: Path, engine: DuckDB) -> None:
    found = told(world(tmp_path, added=0.0, keen=True), engine)
    assert found is not None and found.low < 0 < found.high
    (tmp_path / "unlogged").mkdir()
    blind = told(world(tmp_path / "unlogged", added=0.0, keen=True, logged=False), engine)
    assert blind is not None and blind.drawn_alike and blind.low > 0  # what the weights are for


def test_nothing_is_measured_where_no_send_was_withheld(tmp_path: Path, engine: DuckDB) -> None:
    assert told(world(tmp_path, added=ADDED, withheld=False), engine) is None


def test_the_frame_holds_both_and_credit_still_adds_up(adding: Shop) -> None:
    frame = pn.insights.roles(adding, START, AT).set_index("channel")
    whole = frame.loc["all messages"]
    assert whole["measured_low"] < whole["measured"] < whole["measured_high"]
    assert whole["shapley"] == pytest.approx(frame.loc["email", "shapley"])
    assert frame.loc["email":"web", "measured"].isna().all()  # type: ignore[misc]


def test_channels_removed_together_lose_no_less_than_each_and_alone_as_much() -> None:
    paths = Paths(Counter({("email", "web"): 30, ("sms", "web"): 20, ("web",): 10}), Counter({("email",): 40}))
    alone = removal_effects(paths)
    assert joint_removal(paths, ["email"]) == pytest.approx(alone["email"])
    both = joint_removal(paths, ["email", "sms"])
    assert max(alone["email"], alone["sms"]) <= both == pytest.approx(alone["email"] + alone["sms"])
    assert joint_removal(paths, []) == 0.0 and joint_removal(paths, ["email", "sms", "web"]) == pytest.approx(1.0)
