"""What a night works on: whoever waits to be erased is gone from it, and what callers told is in it."""

from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.engine import DuckDB
from features.errors import PerennialError
from operations import home as places
from operations.night.tables import files_of_night, tables_of_night
from operations.partitioned_scores import write_scores_in_parts
from operations.partitions import read_partitioned
from serving.contract.ledger_rows import Event
from serving.state.database import State
from serving.state.erasure import erase, suppress
from tests.operations.scoring_world import CUTOFF, released, scored_shop

ENGINE = partial(DuckDB, threads=1)


def told(who: str) -> Event:
    moment = (CUTOFF - timedelta(days=1)).isoformat()
    row = {"order_id": "n1", "customer_id": who, "happened_at": moment, "kind": "order", "amount": "9.00"}
    return Event("orders", who, b"n1".ljust(16), {**row, "known_at": moment})


def scored(folder: Path) -> set[str]:
    names: set[str] = set()
    for path in read_partitioned(folder).files:
        names.update(pq.read_table(path)["customer_id"].to_pylist())
    return names


def test_scores_in_parts_know_who_was_erased_and_what_was_told(home: Path) -> None:
    shop = scored_shop(places.home_folder() / "shops")
    release = released(shop, home / "models")
    out = places.scores(shop, CUTOFF).parent / "parts"
    with closing(State(places.state(shop))) as state:
        state.add_events([told("NEW")])
        suppress(state, ["C01"], "r1")
        with files_of_night(shop), closing(ENGINE()) as engine:
            tonight = tables_of_night(shop, CUTOFF, engine).settled
            write_scores_in_parts(out, tonight, CUTOFF, release, 2, ENGINE)
        assert scored(out) == {f"C{number:02}" for number in range(40) if number != 1} | {"NEW"}

        erase(state, places.places(shop), ["C02"], "r2", seconds=5)
    left = [pq.read_table(path)["customer_id"].to_pylist() for path in out.glob("part-*.parquet")]
    assert sum(map(len, left)) == 39 and not any("C02" in names for names in left)
    with pytest.raises(PerennialError, match="Run the command that writes it again"):
        read_partitioned(out)
