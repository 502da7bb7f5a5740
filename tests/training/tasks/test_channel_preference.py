"""A channel is what shop.toml says of it: whatever its name, customers are told the same."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from features.channels import Channel, Channels
from features.engine import DuckDB
from features.shop import Shop
from scoring.scorer import Scorer
from tests.shops import make_shop
from tests.training.learnable import START, shopping_trips
from training.data.dataset import load_at
from training.fit import fit_prepared, prepare

_DAYS, _HORIZON, _ACTIVE = 200, 28, 91
_SHOPS = {"counter": False, "chat_shop": True}  # whether it is online
_WRITTEN = {"chat": True, "letter": False}
_OTHER = {"counter": "zeta", "chat_shop": "alpha", "chat": "xylophone", "letter": "bell"}  # in another order by name


def _shop(folder: Path, called: Mapping[str, str]) -> Shop:
    chance = np.random.default_rng(5)
    folder.mkdir()
    orders = [{**one, "channel": called[str(chance.choice(list(_SHOPS)))]} for one in shopping_trips(60, _DAYS, 0)]
    messages, responses = [], []
    for who in sorted({one["customer_id"] for one in orders}):
        for day in range(5, _DAYS, 12):
            channel, sent = str(chance.choice(list(_WRITTEN))), START + timedelta(days=day, hours=9)
            number = f"m-{who}-{day}"
            messages.append({"message_id": number, "customer_id": who, "happened_at": sent, "channel": called[channel]})
            if chance.random() < (0.5 if channel == "chat" else 0.1):
                responses.append({"message_id": number, "kind": "click", "happened_at": sent + timedelta(hours=5)})
    shop = make_shop(folder, orders=orders, messages=messages, responses=responses)
    online = {called[name]: one for name, one in {**_SHOPS, **_WRITTEN}.items()}
    known = Channels({name: Channel(name, online=one) for name, one in online.items()})
    return replace(shop, settings=replace(shop.settings, channels=known))


def _answers(folder: Path, called: Mapping[str, str]) -> dict[str, np.ndarray]:
    """What a model of the shop answers, by the first names of its channels."""
    until, shop = START + timedelta(days=_DAYS), _shop(folder, called)
    engine = DuckDB(threads=1)
    context = prepare(shop, until, engine=engine, horizon_days=_HORIZON, active_within_days=_ACTIVE)
    model = fit_prepared("channel_preference", context, folder=folder / "model").model
    ahead = load_at(shop, context.data, until, _ACTIVE, engine=engine)
    found = Scorer([model], ahead.references).answers(ahead.features)
    engine.close()
    first = {name: one for one, name in called.items()}
    told = {name: name.split("_", 1) for name in found}
    return {f"{question}_{first[channel]}": found[name] for name, (question, channel) in told.items()}


@pytest.mark.skipif(not os.environ.get("PERENNIAL_LONG"), reason="trains twice; run make test-long")
def test_channels_with_other_names_are_answered_alike(tmp_path: Path) -> None:
    plain = _answers(tmp_path / "plain", {name: name for name in _OTHER})
    other = _answers(tmp_path / "other", _OTHER)
    assert set(plain) == set(other) == {"purchase_counter", "purchase_chat_shop", "contact_chat", "contact_letter"}
    for name, values in plain.items():
        np.testing.assert_array_equal(other[name], values, err_msg=name)
    assert plain["contact_chat"].mean() > 2 * plain["contact_letter"].mean()
