"""Features and outcomes in parts are those of the whole, made once; a changed input takes up nothing."""

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.build.build import build
from features.catalog import pick
from features.engine import DuckDB, Engine
from features.errors import CutoffError
from features.shop import Shop
from features.spine import Spine
from operations.partitioned_features import LabelWindow, write_features_in_parts
from operations.partitions import PartitionedTable
from tests.shops import make_shop
from training.data.labels import purchase_labels

CUTOFF = datetime(2026, 3, 1)
WINDOW = LabelWindow(20, datetime(2026, 4, 20))
COLUMNS = pick(["orders_30d", "spend_90d", "days_since_order"])
ENGINE = partial(DuckDB, threads=1)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Thirty customers, of whom a third buys again within the window; one comes only after the cutoff."""
    orders = [
        {"order_id": f"{who}-{days}", "customer_id": f"C{who}", "happened_at": CUTOFF + timedelta(days=days, hours=9),
         "amount": 10 + who, "known_at": CUTOFF + timedelta(days=days, hours=9)}
        for who in range(30)
        for days in (-60 + who, -5, *((3, 7) if who % 3 == 0 else ()))
    ]  # fmt: skip
    late = {"order_id": "late", "customer_id": "LATE", "happened_at": CUTOFF + timedelta(days=1), "amount": 1}
    data = tmp_path / "data"
    data.mkdir()
    return make_shop(data, orders=[*orders, late | {"known_at": late["happened_at"]}])


def written(
    folder: Path, shop: Shop, engine: Callable[[], Engine] = ENGINE, labels: LabelWindow | None = None
) -> PartitionedTable:
    return write_features_in_parts(folder, shop, CUTOFF, COLUMNS, 3, engine, labels=labels)


def whole(table: PartitionedTable) -> pa.Table:
    return pa.concat_tables(pq.read_table(path) for path in table.files).sort_by("customer_id")


def test_the_parts_are_the_whole(tmp_path: Path, shop: Shop) -> None:
    found = whole(written(tmp_path / "out", shop, labels=WINDOW))
    spine = Spine.ever(shop, CUTOFF)
    features = build(shop, spine, COLUMNS, engine=ENGINE())
    assert found.select(features.column_names).to_pydict() == features.to_pydict()
    labels = purchase_labels(shop, spine, WINDOW.horizon_days, WINDOW.until, engine=ENGINE())
    assert found.column_names[len(features.column_names) :] == [f"label_{name}" for name in labels]
    for name, values in labels.items():
        np.testing.assert_array_equal(found[f"label_{name}"].to_numpy(), np.where(np.isinf(values), np.nan, values))
    assert found["label_churn"].to_pylist().count(0.0) == 10 and "LATE" not in found["customer_id"].to_pylist()


def test_outcomes_stand_beside_their_customers_however_few_are_made_at_a_time(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = whole(written(tmp_path / "at once", shop, labels=WINDOW))
    monkeypatch.setattr(DuckDB, "cells", 20)
    assert whole(written(tmp_path / "some", shop, labels=WINDOW)) == at_once


def test_a_run_that_ends_between_parts_goes_on(tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0

    def engine() -> Engine:
        nonlocal made
        made += 1
        if made == 3:  # one for who is asked, one for each part
            raise KeyboardInterrupt
        return ENGINE()

    with pytest.raises(KeyboardInterrupt):
        written(tmp_path / "out", shop, engine)
    again = written(tmp_path / "out", shop)
    assert (again.made, again.reused) == (2, 1)
    assert whole(again) == whole(written(tmp_path / "other", shop))


def test_a_changed_input_takes_up_no_part(tmp_path: Path, shop: Shop) -> None:
    written(tmp_path / "out", shop)
    assert written(tmp_path / "out", dataclasses.replace(shop, digest="another")).reused == 0
    assert written(tmp_path / "out", dataclasses.replace(shop, digest="another"), labels=WINDOW).reused == 0


def test_outcomes_that_are_not_over_are_refused(tmp_path: Path, shop: Shop) -> None:
    late = LabelWindow(60, WINDOW.until)
    with pytest.raises(CutoffError, match="needs outcomes until 2026-04-30"):
        write_features_in_parts(tmp_path / "out", shop, CUTOFF, COLUMNS, 4, ENGINE, labels=late)
    assert not list((tmp_path / "out").glob("*.json"))
