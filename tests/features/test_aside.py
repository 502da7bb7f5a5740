"""Tables linked aside are the same files, and the folder is gone afterwards."""

from datetime import datetime

import pytest

from features.aside import linked_aside
from tests.shops import make_shop


def test_tables_are_linked_but_for_those_the_caller_writes(tmp_path):
    at = datetime(2026, 5, 1)
    orders = [{"order_id": "o", "customer_id": "a", "happened_at": at, "amount": 1}]
    decisions = [{"decision_id": "d", "customer_id": "a", "happened_at": at, "action": "call"}]
    (tmp_path / "data").mkdir()
    shop = make_shop(tmp_path / "data", orders=orders, decisions=decisions)
    with pytest.raises(ZeroDivisionError), linked_aside(shop, "decided", without={"decisions"}) as copy:
        assert copy.data.parent == tmp_path
        assert copy.path("orders").samefile(shop.path("orders"))
        assert not copy.path("decisions").exists()
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert shop.path("orders").is_file()
