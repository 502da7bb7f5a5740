"""DuckDB and Spark agree on every feature, on spines and on outcomes."""

import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.build.build import build, matrix
from features.build.outcomes import outcomes
from features.catalog import pick
from features.clocks import add_days
from features.engine import AT_A_TIME, SHARED, DuckDB, Engine, Spark
from features.errors import FeatureError
from features.feature import feature
from features.spine import Spine
from operations import answered_batches, partitioned_scores
from operations.night import nightly
from operations.partitioned_features import LabelWindow, write_features_in_parts
from operations.partitioned_scores import models_of, write_scores_in_parts
from operations.partitions import read_partitioned
from tests.laws.conftest import World
from tests.laws.histories import COLUMNS, CUTOFFS
from tests.laws.worlds import customers, rows_of
from tests.operations.scoring_world import CUTOFF as SCORED_AT
from tests.operations.scoring_world import released, scored_shop
from tests.perennial.corner_shop import CUTOFF, ago, corner_shop, rule_model

pytest.importorskip("pyspark", reason="Spark is an extra: make setup-spark installs it")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java 17, and there is no java on the PATH", allow_module_level=True)


IN_PARTS = ["orders_90d", "spend_365d", "days_since_order"]


@pytest.fixture(scope="module")
def spark():
    engine = Spark("local[2]")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def both(world: World, spark: Engine):
    """Every feature of some customers at two cutoffs, by Spark and by DuckDB."""
    spine = Spine.of(customers(world.count)[:30], CUTOFFS[-2:])
    return build(world.shop, spine, COLUMNS, engine=spark), rows_of(world.batch, spine)


@pytest.mark.parametrize("name", [column.name for column in COLUMNS])
def test_spark_says_what_duckdb_says(both, name: str):
    spark, duckdb = (matrix(table, [name]) for table in both)
    np.testing.assert_allclose(spark, duckdb, rtol=1e-6, atol=1e-5, equal_nan=True)


@feature(table="orders", windows=("30d", "all"), unit="currency", empty=0)
def largest_order(orders):
    """A shop's own, as a file of its would declare it. No orders means 0."""
    return orders.amount.max()


def test_a_feature_of_a_shops_own_is_the_same_too(world: World, spark: Engine):
    spine = Spine.of(customers(world.count)[:30], CUTOFFS[-2:])
    found = [
        matrix(build(world.shop, spine, largest_order.columns, engine=engine), ["largest_order_30d", "largest_order"])
        for engine in (spark, DuckDB(threads=1))
    ]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_the_same_customers_are_active(world: World, spark: Engine):
    found = [Spine.active(world.shop, CUTOFFS, 60, engine=engine).rows for engine in (spark, DuckDB(threads=1))]
    assert found[0] == found[1]


def test_the_same_outcomes_follow(world: World, spark: Engine):
    spine = Spine.of(customers(world.count)[:30], CUTOFFS[:1])
    wanted = {
        "spend": ("orders", lambda orders: orders.amount.sum()),
        "days": ("orders", lambda orders: orders.happened_at.date().nunique()),
    }
    found = [outcomes(world.shop, spine, 20, CUTOFFS[-1], wanted, engine=engine) for engine in (spark, DuckDB())]
    assert found[0] == found[1]


def test_a_table_in_parts_is_the_same_in_every_row(world: World, tmp_path, monkeypatch: pytest.MonkeyPatch):
    """Features and outcomes, as `perennial features --parts --labels` writes them; every feature is compared above."""
    monkeypatch.setenv(SHARED, str(tmp_path / "shared"))
    columns, window = pick(IN_PARTS), LabelWindow(20, CUTOFFS[-1])
    found = []
    for name, engine in (("spark", Spark), ("duckdb", partial(DuckDB, threads=1))):
        out = tmp_path / name
        table = write_features_in_parts(out, world.shop, CUTOFFS[0], columns, 2, engine, labels=window)
        assert read_partitioned(out).rows == table.rows > 20
        found.append(pa.concat_tables(pq.read_table(path).combine_chunks() for path in table.files))
    spark, duckdb = found
    assert spark.column_names == duckdb.column_names
    assert spark["customer_id"].to_pylist() == duckdb["customer_id"].to_pylist()
    names = spark.column_names[2:]
    np.testing.assert_allclose(matrix(spark, names), matrix(duckdb, names), rtol=1e-6, atol=1.2e-5, equal_nan=True)
    assert list((tmp_path / "shared").iterdir()) == []
    assert sum(duckdb["label_churn"].to_pylist()) not in (0, duckdb.num_rows)


def test_a_night_scores_the_same(tmp_path, monkeypatch: pytest.MonkeyPatch, spark: Engine):
    """Persons settled, features, eligibility and what serving needs besides: `perennial score --engine spark`."""
    marks = [
        {"source": "web", "source_customer_id": who, "kind": "email", "value": "x", "happened_at": ago(30)}
        for who in "ab"
    ]
    written = []
    for engine in (spark, DuckDB(threads=1)):
        monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / engine.name))
        shop = corner_shop(tmp_path / engine.name, identities=marks)
        out = tmp_path / engine.name / "scores.parquet"
        night = nightly.run(shop, CUTOFF, {"churn": rule_model()}, out, serve=False, engine=engine)
        written.append(pq.read_table(night.files["parquet"]))
    assert written[0].num_rows == 2
    assert written[0] == written[1]


def test_a_nights_scores_in_parts_are_the_nights(tmp_path, monkeypatch: pytest.MonkeyPatch):
    """`perennial score --parts --engine spark`: executors read the release and write the files, two parts a plan."""
    home = tmp_path
    monkeypatch.setenv("PERENNIAL_HOME", str(home / "home"))
    monkeypatch.setenv(SHARED, str(home / "shared"))
    monkeypatch.setenv(AT_A_TIME, "2")
    shop = scored_shop(home)
    release = released(shop, home / "models")
    opened = 0

    def dies_at_the_second_plan() -> Engine:
        nonlocal opened
        opened += 1
        if opened == 3:  # one for who is asked, one for each plan
            raise KeyboardInterrupt
        return Spark("local[2]")

    out = home / "out"
    with pytest.raises(KeyboardInterrupt):
        write_scores_in_parts(out, shop, SCORED_AT, release, 3, dies_at_the_second_plan)
    done = write_scores_in_parts(out, shop, SCORED_AT, release, 3, lambda: Spark("local[2]")).table
    assert (done.made, done.reused) == (1, 2)
    found = pa.concat_tables(pq.read_table(path) for path in read_partitioned(out).files).sort_by("customer_id")
    models, duckdb = models_of(release, SCORED_AT), DuckDB(threads=1)
    night = nightly.run(shop, SCORED_AT, models, home / "night" / "scores.parquet", serve=False, engine=duckdb)
    assert found.combine_chunks() == pq.read_table(night.files["parquet"]).combine_chunks()
    assert found.num_rows == 40 and len(set(found["expected_spend"].to_pylist())) > 3

    booster = release.folder / "models" / "churn" / "churn.txt"
    read_here = answered_batches.answers_of
    monkeypatch.setattr(partitioned_scores, "answers_of", lambda told: _then_damaged(read_here(told), booster))
    with pytest.raises(
        FeatureError, match=r"an executor stopped\. .*churn.txt is not the file its digest was taken of"
    ):
        # Another day: a process that has read the models for one does not read them for it again.
        write_scores_in_parts(home / "other", shop, add_days(SCORED_AT, 1), release, 1, lambda: Spark("local[2]"))
    assert not list((home / "other").glob("part-*"))


def _then_damaged(answers: pa.Schema, booster: Path) -> pa.Schema:
    """As if storage had lost a byte after this process had read it."""
    booster.write_bytes(booster.read_bytes() + b" ")
    return answers
