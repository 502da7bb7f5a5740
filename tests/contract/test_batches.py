"""One customer never fails a batch."""

import pytest

from serving.errors import SnapshotError
from serving.snapshot.recompute import CustomerHistory
from tests.contract.test_writing import ask
from tests.serving.tiny import TODAY


@pytest.fixture
def broken(own, worker_of, monkeypatch):
    """A worker that cannot compute C-1 anew, whatever it is asked together with."""
    worker, computed = worker_of(own), CustomerHistory.rows

    def rows(self, events, cutoff):
        if "C-1" in events:
            raise SnapshotError("Computing features from history failed (OutOfRangeException).")
        return computed(self, events, cutoff)

    monkeypatch.setattr(CustomerHistory, "rows", rows)
    orders = [{"order_id": who, "customer_id": who, "happened_at": f"{TODAY}T10:00:00", "amount": "9.00"}
              for who in ("C-1", "C-2")]  # fmt: skip
    ask(worker, "events", orders=orders)
    return worker


@pytest.mark.parametrize("call", ["churn", "next_purchase", "channel_preference", "decide"])
def test_others_are_answered_and_the_one_is_marked(broken, call, caplog):
    found = ask(broken, call, customer_ids=["C-1", "C-2", "C-3"])
    assert [(one["status"], one.get("age_days")) for one in found] == [("stale", 1), ("ok", None), ("ok", None)]
    assert "not_recomputed" in caplog.text


def test_alone_the_failure_is_told(broken):
    assert ask(broken, "churn", 500, customer_ids=["C-1"])["code"] == "internal"
