"""An erasure and an ingest: the tables stay whole, and the person stays away."""

from pathlib import Path

import pyarrow as pa
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


def test_an_erasure_reaches_who_was_dealt_what_in_a_trial(shop: Path) -> None:
    opened = opened_shop(shop)
    folder = places.experiment(opened, "spring")
    folder.mkdir(parents=True)
    dealt = pa.table({"customer_id": ["C1", "C2"], "unit_id": ["C1", "C2"], "arm": ["control", "voucher"]})
    pq.write_table(dealt, folder / "assignment.parquet")
    settings = Settings(home=Path(places.home_folder()), shop=places.key(opened))
    state = State(places.state(opened))
    removed = erase(state, settings.of_shop, ["C1"], "r1").removed
    state.close()
    assert removed["experiments"] == 1
    assert pq.read_table(folder / "assignment.parquet")["customer_id"].to_pylist() == ["C2"]
