"""Scores in parts are the night's, made once, by a release that whoever answers has verified."""

import dataclasses
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engine import DuckDB, Engine
from features.errors import CutoffError, FeatureError
from features.shop import Shop
from operations import answered_batches
from operations.night import nightly
from operations.partitioned_scores import PartitionedScores, models_of, write_scores_in_parts
from operations.partitions import MANIFEST, read_partitioned
from scoring.errors import ReleaseError
from scoring.release import Release
from tests.operations.scoring_world import CUTOFF, released, scored_shop

ENGINE = partial(DuckDB, threads=1)
PARTS = 3


@pytest.fixture
def world(home: Path) -> tuple[Shop, Release]:
    shop = scored_shop(home)
    return shop, released(shop, home / "models")


def written(
    folder: Path, world: tuple[Shop, Release], engine: Callable[[], Engine] = ENGINE, parts: int = PARTS
) -> PartitionedScores:
    shop, release = world
    return write_scores_in_parts(folder, shop, CUTOFF, release, parts, engine)


def whole(folder: Path) -> pa.Table:
    """The rows of a folder that its manifest vouches for."""
    tables = [pq.read_table(path) for path in read_partitioned(folder).files]
    return pa.concat_tables(tables).sort_by("customer_id").combine_chunks()


def test_the_parts_are_the_nights_scores(home: Path, world: tuple[Shop, Release]) -> None:
    done = written(home / "out", world)
    shop, release = world
    models = models_of(release, CUTOFF)
    night = nightly.run(shop, CUTOFF, models, home / "night" / "scores.parquet", serve=False, engine=ENGINE())
    expected = pq.read_table(night.files["parquet"])
    assert whole(home / "out") == expected
    assert (done.table.rows, done.eligible) == (40, expected["eligible"].to_pylist().count(True))
    assert done.eligible < 40
    assert len(set(expected["churn_probability"].to_pylist())) > 3
    assert night.batch.level is not None and abs(next(iter(night.batch.level.logs.values()))) > 0.01


def test_the_manifest_names_release_data_cutoff_and_columns(home: Path, world: tuple[Shop, Release]) -> None:
    done = written(home / "out", world)
    shop, release = world
    told = json.loads((home / "out" / MANIFEST).read_bytes())
    assert (told["release"], told["shop_digest"]) == (release.release_id, shop.digest)
    assert (told["as_of"], told["rows"], told["parts"]) == (CUTOFF.isoformat(), 40, PARTS)
    assert told["models"] == {task: one.digest for task, one in release.models.items()}
    assert told["columns"] == pq.read_schema(done.table.files[0]).names and told["columns"][0] == "customer_id"
    assert {"bytes", "sha256", "rows"} == set(next(iter(told["files"].values())))


def test_a_run_that_was_cut_off_goes_on_and_a_damaged_part_is_made_anew(
    home: Path, world: tuple[Shop, Release]
) -> None:
    opened = 0

    def dies_at_the_second_part() -> Engine:
        nonlocal opened
        opened += 1
        if opened == 3:  # one for who is asked, one for each part
            raise KeyboardInterrupt
        return ENGINE()

    with pytest.raises(KeyboardInterrupt):
        written(home / "out", world, dies_at_the_second_part)
    assert not (home / "out" / MANIFEST).exists()
    again = written(home / "out", world).table
    assert (again.made, again.reused) == (2, 1)
    written(home / "whole", world, parts=1)
    assert whole(home / "out") == whole(home / "whole")
    content = bytearray(again.files[0].read_bytes())
    content[len(content) // 2] ^= 1
    again.files[0].write_bytes(content)
    assert written(home / "out", world).table.made == 1
    assert whole(home / "out") == whole(home / "whole")


def test_other_data_and_another_release_take_up_no_part(home: Path, world: tuple[Shop, Release]) -> None:
    written(home / "out", world)
    shop, _ = world
    assert written(home / "out", (shop, released(shop, home / "other", until="2026-05-02"))).table.reused == 0
    assert written(home / "out", (dataclasses.replace(shop, digest="another"), world[1])).table.reused == 0


def test_a_model_that_is_not_the_releases_answers_nothing(home: Path, world: tuple[Shop, Release]) -> None:
    booster = next((world[1].folder / "models" / "churn").glob("churn.txt"))
    text = booster.read_text()
    booster.write_text(text.replace("leaf_value=", "leaf_value=1", 1))
    with pytest.raises(ReleaseError, match="is not the file its digest was taken of"):
        written(home / "out", world)
    assert not (home / "out").exists()


def test_a_process_with_other_code_answers_nothing(
    home: Path, world: tuple[Shop, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    models = models_of(world[1], CUTOFF)
    told = answered_batches.handed(world[1], models, (), CUTOFF, None, 1)
    monkeypatch.setattr(answered_batches, "code_digest", lambda: "another")
    with pytest.raises(FeatureError, match="another version of the package"):
        answered_batches.answers_of(told)


def test_a_release_that_knows_the_future_is_refused(home: Path) -> None:
    shop = scored_shop(home)
    with pytest.raises(CutoffError, match="its scores would know the future"):
        written(home / "out", (shop, released(shop, home / "models", until="2026-06-02")))
