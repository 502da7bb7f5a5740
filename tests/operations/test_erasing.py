"""An erasure and an ingest: the tables stay whole, and the person stays away."""

from pathlib import Path

import pyarrow.parquet as pq

from features.ingest.store import read_facts
from operations import home as places
from perennial.opening import opened_shop
from serving.settings import Settings
from serving.state.database import State
from serving.state.erasure import erase


def test_an_ingest_stays_whole_and_the_next_leaves_the_erased_out(shop: Path) -> None:
    opened = opened_shop(shop)
    orders = pq.read_table(opened.path("orders"))["customer_id"].to_pylist()
    settings = Settings(home=Path(places.home_folder()), shop=places.key(opened))
    state = State(places.state(opened))
    removed = erase(state, settings.of_shop, ["C1"], "r1").removed
    state.close()
    assert removed["history"] == orders.count("C1") > 0
    facts = read_facts(opened.data, opened.digest)
    assert facts is not None and facts.rows["orders"] == len(orders) - orders.count("C1")
    again = opened_shop(shop)
    assert "C1" not in pq.read_table(again.path("orders"))["customer_id"].to_pylist()
    assert again.digest != opened.digest
