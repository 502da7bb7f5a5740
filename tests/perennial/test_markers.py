"""Twenty persons one would recognise: training, good and failed, leaves none of them in MLflow or on the screen."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.perennial.conftest import Perennial, orders

UNTIL = "2025-10-27"
MARKER = "Marker-"


@pytest.fixture
def marked(home: Path) -> Path:
    """The corner shop, twenty of its customers called Marker-00-Person and so on; one of them has a broken row."""
    table = orders()
    names = {f"C{8 * i}": f"{MARKER}{i:02d}-Person" for i in range(20)}
    who = pa.array([names.get(one, one) for one in table["customer_id"].to_pylist()])
    table = table.set_column(1, "customer_id", who)
    torn = table.slice(0, 1).set_column(1, "customer_id", pa.array([f"{MARKER}00-Person"]))
    torn = torn.set_column(0, "order_id", pa.array(["torn"])).set_column(3, "amount", pa.array([float("nan")]))
    folder = home / "marked-shop"
    folder.mkdir()
    pq.write_table(pa.concat_tables([table, torn]), folder / "orders.parquet")
    assert len(pc.unique(who.filter(pc.starts_with(who, MARKER)))) == 20
    return folder


def test_no_person_is_on_the_screen_when_training_fails(perennial: Perennial, marked: Path) -> None:
    checked = perennial("check", "--shop", marked)
    too_late = perennial("train", "churn", "--shop", marked, "--until", "2026-06-01")
    broken = pq.read_table(marked / "orders.parquet")
    nothing = pa.nulls(len(broken), pa.float64())
    pq.write_table(broken.set_column(3, "amount", nothing), marked / "orders.parquet")
    failed = perennial("train", "churn", "--shop", marked, "--until", UNTIL)
    assert too_late.code and failed.code
    for ended in (checked, too_late, failed):
        assert MARKER not in ended.out + ended.err


@pytest.mark.skipif(not os.environ.get("PERENNIAL_LONG"), reason="trains a model; run make test-long")
def test_no_person_is_left_in_runs(perennial: Perennial, marked: Path, home: Path) -> None:
    trained = perennial("train", "churn", "--shop", marked, "--until", UNTIL)
    assert trained.code == 0, trained.err
    assert MARKER not in trained.out + trained.err
    files = [path for path in (home / "mlruns").rglob("*") if path.is_file()]
    assert any(path.name == "mlflow.db" for path in files) and len(files) > 5
    assert not [path for path in files if MARKER.encode() in path.read_bytes()]
