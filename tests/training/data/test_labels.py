from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from features.spine import Spine
from tests.shops import make_shop
from training.data.labels import contact_labels

CUTOFF = datetime(2025, 6, 1)


def test_sends_are_those_of_the_channel_and_horizon_and_drawn_those_with_a_probability(tmp_path: Path) -> None:
    sends = [
        ("push", 1, 0.5),
        ("push", 2, 0.25),
        ("push", 3, None),
        ("push", -1, 0.5),
        ("push", 40, 0.5),
        ("sms", 1, 0.5),
    ]
    messages = [
        {
            "message_id": str(i),
            "customer_id": "a",
            "channel": channel,
            "propensity": p,
            "happened_at": CUTOFF + timedelta(d),
        }
        for i, (channel, d, p) in enumerate(sends)
    ]
    orders = [{"order_id": "1", "customer_id": "a", "happened_at": CUTOFF, "amount": 5}]
    spine = Spine.from_rows(pa.table({"customer_id": ["a", "b"], "cutoff": pa.array([CUTOFF] * 2, pa.timestamp("us"))}))
    until = CUTOFF + timedelta(60)
    answers = [{"message_id": one, "kind": "open", "happened_at": CUTOFF + timedelta(5)} for one in "1135"]
    (tmp_path / "logged").mkdir()
    shop = make_shop(tmp_path / "logged", orders=orders, messages=messages, responses=answers)
    found = contact_labels(shop, spine, 28, until, ["push", "sms"])
    assert found["push"].tolist() == [[3.0, 1.0, 2.0, 6.0], [0.0] * 4]
    assert found["sms"].tolist() == [[1.0, 1.0, 1.0, 2.0], [0.0] * 4]
    unlogged = [{name: value for name, value in one.items() if name != "propensity"} for one in messages]
    shop = make_shop(tmp_path, orders=orders, messages=unlogged, responses=answers)
    assert contact_labels(shop, spine, 28, until, ["push"])["push"].tolist() == [[3.0, 1.0, 0.0, 0.0], [0.0] * 4]
