from datetime import datetime
from decimal import Decimal

import pytest

from features.build.outcomes import outcomes
from features.errors import CutoffError
from features.spine import Spine
from tests.shops import make_shop

CUTOFF, UNTIL = datetime(2026, 6, 1), datetime(2026, 6, 30)
SPEND = {"spend": ("orders", lambda orders: orders.amount.sum())}


def test_the_window_opens_at_the_cutoff_and_closes_before_its_end(tmp_path):
    moments = {"before": datetime(2026, 5, 31, 23, 59), "first": CUTOFF, "last": datetime(2026, 6, 28, 23, 59)}
    moments |= {"after": datetime(2026, 6, 29)}
    rows = [
        {"order_id": name, "customer_id": "a", "happened_at": moment, "amount": 10**place}
        for place, (name, moment) in enumerate(moments.items())
    ]
    found = outcomes(make_shop(tmp_path, orders=rows), Spine.of(["a", "b"], [CUTOFF]), 28, UNTIL, SPEND)
    assert found["spend"].to_pylist() == [Decimal(110), None]


def test_what_became_known_on_or_after_until_is_not_seen(tmp_path):
    rows = [
        {"order_id": "1", "customer_id": "a", "happened_at": CUTOFF, "known_at": UNTIL, "amount": 7},
        {"order_id": "2", "customer_id": "a", "happened_at": CUTOFF, "amount": 1},
    ]
    found = outcomes(make_shop(tmp_path, orders=rows), Spine.of(["a"], [CUTOFF]), 28, UNTIL, SPEND)
    assert found["spend"].to_pylist() == [Decimal(1)]


def test_a_window_that_is_not_over_is_an_error_with_the_remedy(tmp_path):
    shop = make_shop(tmp_path, orders=[{"order_id": "1", "customer_id": "a", "happened_at": CUTOFF, "amount": 1}])
    with pytest.raises(CutoffError) as failed:
        outcomes(shop, Spine.of(["a"], [CUTOFF]), 30, UNTIL, SPEND)
    assert str(failed.value) == (
        "cutoff 2026-06-01 needs outcomes until 2026-07-01, but only what was known before 2026-06-30 may be seen. "
        "Drop cutoffs after 2026-05-31, or shorten the horizon to 29d."
    )
