from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from features.spine import Spine
from tests.shops import make_shop
from training.labels import drawn_labels

CUTOFF = datetime(2025, 6, 1)


def test_drawn_sends_are_those_of_the_channel_and_horizon_with_a_probability(tmp_path: Path) -> None:
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
    shop = make_shop(tmp_path, orders=orders, messages=messages)
    assert drawn_labels(shop, spine, 28, until, "push").tolist() == [[2.0, 6.0], [0.0, 0.0]]
    (tmp_path / "unlogged").mkdir()
    unlogged = make_shop(tmp_path / "unlogged", orders=orders, messages=[{**messages[0], "propensity": None}])
    assert drawn_labels(unlogged, spine, 28, until, "push").tolist() == [[0.0, 0.0], [0.0, 0.0]]
