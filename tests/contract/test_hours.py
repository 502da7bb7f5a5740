"""Best hours are hours at which a channel may send; a channel that knows no hour has none."""

from dataclasses import replace
from datetime import time

import numpy as np
import pytest

from decisions.allowed.channels import ChannelRules
from tests.contract.test_consents import everybody
from tests.contract.test_writing import ask

QUIET = (time(21), time(9))


@pytest.mark.parametrize("hour, email, wechat", [(2, [], [2]), (19, [19], [19]), (21, [], [21]), (255, [], [])])
def test_each_channel_has_its_own_hours(own, worker_of, hour, email, wechat):
    worker = worker_of(own)
    snapshot = worker.watcher.live.snapshot
    properties = {"email": ChannelRules(True, quiet=QUIET), "wechat": ChannelRules(True), "mail": ChannelRules(False)}
    hours = np.full((len(snapshot), 7), hour, dtype=np.uint8)
    facts = replace(snapshot.facts, properties=properties, hour=hours[:, 0], hours=hours)
    object.__setattr__(snapshot, "facts", facts)
    who, *_ = everybody(worker)
    told = {one["channel"]: one for one in ask(worker, "channel_preference", customer_ids=[who])[0]["contact"]}
    assert {name: one["best_hours"] for name, one in told.items()} == {"email": email, "wechat": wechat, "mail": []}
    weekly = {name: one["best_hours_by_weekday"] for name, one in told.items()}
    assert weekly == {name: given * 7 or None for name, given in (("email", email), ("wechat", wechat), ("mail", []))}
