"""The choice of channel, judged on logged sends of a shop whose channels nobody knows."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from features.channels import Channels, default
from features.engine import DuckDB
from features.shop import ShopSettings
from tests.shops import make_shop
from training.backtest.channel_choice import judge_choice
from training.learners.channels.contact import ContactModel

CUTOFF, UNTIL = datetime(2026, 3, 1), datetime(2026, 4, 1)
PEOPLE = [f"p{number}" for number in range(60)]
CHANNELS = ("LINE 2", "微信")


def _judged(folder, settings):
    """Everybody was written to on both channels, by a fair lot; half of them answer on the one, half on the other."""
    chance = np.random.default_rng(5)
    messages, responses = [], []
    for number in range(1_800):
        person = int(chance.integers(len(PEOPLE)))
        channel = CHANNELS[int(chance.integers(2))]
        at = datetime(2026, 2, 1) + timedelta(minutes=45 * number)
        row = {"message_id": str(number), "customer_id": PEOPLE[person], "happened_at": at, "channel": channel}
        messages.append({**row, "propensity": 0.5})
        if channel == CHANNELS[person % 2]:
            responses.append({"message_id": str(number), "kind": "click", "happened_at": at + timedelta(minutes=9)})
    orders = [{"order_id": one, "customer_id": one, "happened_at": CUTOFF, "amount": 1} for one in PEOPLE]
    shop = replace(make_shop(folder, orders=orders, messages=messages, responses=responses), settings=settings)
    engine = DuckDB(threads=1)
    context = SimpleNamespace(shop=shop, until=UNTIL, horizon_days=28, engine=engine)
    data = SimpleNamespace(names=(), customers=np.array(PEOPLE), at=lambda _: np.ones(len(PEOPLE), dtype=bool))
    asked = [ContactModel(one, np.zeros((60, 2)), np.zeros((60, 2))) for one in CHANNELS]
    likes = np.arange(60) % 2
    answers = {CUTOFF: {asked[i].name: np.where(likes == i, 0.9, 0.1) for i in (0, 1)}}
    return judge_choice(context, asked, data, answers)  # type: ignore[arg-type]


def test_a_shop_that_states_no_permission_is_judged_on_whom_it_reaches(tmp_path):
    judged = _judged(tmp_path, ShopSettings())
    assert judged is not None and len(judged.log.channel) > 500
    own, rules, gaps = judged.figures()
    assert own["choice_snips"] == 1.0 and own["choice_ips"] == pytest.approx(1.0, abs=0.1)
    assert rules.keys() == gaps.keys() == {"most_engaged_channel", "last_channel"}


def test_where_nobody_may_be_written_to_nothing_is_said_instead_of_zero(tmp_path):
    stated = Channels({"call": replace(default("call"), contact="existing customers")})
    assert _judged(tmp_path, ShopSettings(channels=stated)) is None
