"""Opening a shop's folder from the command line: who was erased while serving stays away from the next import."""

import pyarrow.parquet as pq

from perennial.opening import opened_shop
from serving.settings import Settings
from serving.state.database import State
from serving.state.erasure import erase

ORDERS = "order_id,customer_id,happened_at,amount\n1,ann,2026-01-01,5\n2,ben,2026-01-02,5\n3,ann,2026-01-03,5\n"


def test_who_was_erased_while_serving_is_not_read_again(tmp_path, monkeypatch):
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    folder = tmp_path / "corner"
    folder.mkdir()
    (folder / "orders.csv").write_text(ORDERS)
    assert opened_shop(folder).reconciliation[0].accepted == 3
    settings = Settings(home=tmp_path / "home", shop="corner")
    state = State(settings.of_shop("state"))
    erase(state, settings.of_shop, ["ann"], "r1")
    state.close()
    shop = opened_shop(folder)
    assert (shop.reconciliation[0].erased, shop.reconciliation[0].accepted) == (2, 1)
    assert pq.read_table(shop.path("orders"))["customer_id"].to_pylist() == ["ben"]
