"""A partitioned table is complete when its manifest says so, goes on where a run ended, and never mixes two inputs."""

import fcntl
import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from features.errors import PerennialError, ShopError
from features.spine import Spine
from operations.partitions import (
    MANIFEST,
    AskedParts,
    PartitionedTable,
    part_of,
    read_partitioned,
    write_part,
    write_partitioned,
)

SPINE = Spine.of([f"C{number}" for number in range(40)], [datetime(2026, 6, 1)])
PARTS = 4


SCHEMA = pa.schema([*SPINE.rows.schema, ("value", pa.int64())])


class Maker:
    """Writes the part's customers; dies instead when it is asked for one more than `lives` parts."""

    def __init__(self, lives: int = PARTS, value: int = 1) -> None:
        self.made: list[int] = []
        self.asked = 0
        self._lives, self._value = lives, value

    def __call__(self, asked: AskedParts) -> None:
        self.asked += 1
        for number, begins in asked.begins.items():
            rows = asked.rows.filter(pa.array(asked.part.to_numpy() == number))
            if len(self.made) == self._lives:
                Path(f"{Path(begins).parent}/.making-{Path(begins).name}").write_bytes(b"half")
                raise KeyboardInterrupt
            self.made.append(len(rows))
            rows = rows.append_column("value", pa.array([self._value] * len(rows)))
            write_part(asked.begins, SCHEMA, number, iter(rows.to_batches(3)))


def written(folder: Path, maker: Maker, told: str = "a") -> PartitionedTable:
    return write_partitioned(folder, SPINE, PARTS, {"data": told}, maker)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_customer_stands_in_the_part_of_their_hash(tmp_path: Path) -> None:
    table = written(tmp_path, Maker())
    assert (table.rows, len(table.files), table.made, table.reused) == (40, PARTS, PARTS, 0)
    for number, path in enumerate(table.files):
        assert path.name.startswith(f"part-{number:05}-")
        assert {part_of(one, PARTS) for one in pq.read_table(path)["customer_id"].to_pylist()} == {number}
    whole = ds.dataset(tmp_path).to_table()  # Arrow, as Spark, takes the folder as it stands
    assert Counter(whole["customer_id"].to_pylist()) == Counter(SPINE.rows["customer_id"].to_pylist())
    assert read_partitioned(tmp_path).files == table.files


def test_a_customers_part_is_the_same_for_ever() -> None:
    assert [part_of(one, 16) for one in ("C1", "C2", "客户", "")] == [3, 11, 3, 4]


def test_a_run_that_was_killed_goes_on_and_nobody_reads_it_before(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        written(tmp_path, Maker(lives=2))
    with pytest.raises(PerennialError, match="no run has completed it"):
        read_partitioned(tmp_path)
    again = Maker()
    table = written(tmp_path, again)
    assert (table.made, table.reused, len(again.made)) == (2, 2, 2)
    whole = tmp_path / "whole"
    assert [path.name for path in table.files] == [path.name for path in written(whole, Maker()).files]
    assert [name for name in names(tmp_path) if "making" in name] == []


def test_parts_that_are_made_together_are_kept_one_by_one(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_partitioned(tmp_path, SPINE, PARTS, {"data": "a"}, Maker(lives=3), at_once=4)
    again = Maker()
    table = write_partitioned(tmp_path, SPINE, PARTS, {"data": "a"}, again, at_once=4)
    assert (table.made, table.reused, again.asked) == (1, 3, 1)
    assert written(tmp_path, Maker(lives=0)).reused == PARTS  # nor does it matter who is made with whom


def test_a_part_that_nobody_wrote_here_is_missed(tmp_path: Path) -> None:
    with pytest.raises(PerennialError, match="part 1 of 4 was made and is not in"):
        write_partitioned(tmp_path, SPINE, PARTS, {}, lambda asked: None)


def test_what_was_complete_is_read_until_the_new_one_is(tmp_path: Path) -> None:
    before = written(tmp_path, Maker())
    with pytest.raises(KeyboardInterrupt):
        written(tmp_path, Maker(lives=3, value=2), told="b")
    assert read_partitioned(tmp_path).files == before.files
    after = written(tmp_path, Maker(value=2), told="b")
    assert (after.made, after.reused) == (1, 3)
    assert not any(path.exists() for path in before.files)
    assert set(ds.dataset(tmp_path).to_table()["value"].to_pylist()) == {2}


@pytest.mark.parametrize("what", ["told", "spine", "parts"])
def test_another_input_takes_up_no_part(tmp_path: Path, what: str) -> None:
    written(tmp_path, Maker())
    told = {"data": "b" if what == "told" else "a"}
    spine = Spine.of([f"D{number}" for number in range(40)], SPINE.cutoffs) if what == "spine" else SPINE
    table = write_partitioned(tmp_path, spine, 5 if what == "parts" else PARTS, told, Maker(lives=9))
    assert table.reused == 0
    assert len(names(tmp_path)) == len(table.files) + 2  # the manifest, the lock


def test_a_part_that_was_altered_is_made_again(tmp_path: Path) -> None:
    table = written(tmp_path, Maker())
    content = bytearray(table.files[1].read_bytes())
    content[len(content) // 2] ^= 1
    table.files[1].write_bytes(content)
    with pytest.raises(PerennialError, match="is not the file"):
        read_partitioned(tmp_path)
    assert written(tmp_path, Maker()).made == 1
    assert read_partitioned(tmp_path).files == table.files


def test_rows_that_are_missing_are_vouched_for_by_nobody(tmp_path: Path) -> None:
    def loses(asked: AskedParts) -> None:
        for number in asked.begins:
            write_part(asked.begins, SPINE.rows.schema, number, iter(asked.rows[1:].to_batches()))

    with pytest.raises(PerennialError, match="36 rows of 40"):
        write_partitioned(tmp_path, SPINE, PARTS, {}, loses)
    assert not (tmp_path / MANIFEST).exists()


def test_two_runs_do_not_write_one_folder(tmp_path: Path) -> None:
    written(tmp_path, Maker())
    with (tmp_path / "_lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(PerennialError, match="another run is writing"):
            written(tmp_path, Maker())


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.parquet").write_bytes(b"mine")
    with pytest.raises(ShopError, match=r"mine.parquet, which is no part"):
        written(tmp_path, Maker())
    assert (tmp_path / "mine.parquet").read_bytes() == b"mine"


@pytest.mark.parametrize("parts", [0, 10_001])
def test_a_number_of_parts_has_bounds(tmp_path: Path, parts: int) -> None:
    with pytest.raises(PerennialError, match="Give a number from 1 to 10,000"):
        write_partitioned(tmp_path, SPINE, parts, {}, Maker())


def test_the_manifest_says_what_the_rows_follow_from(tmp_path: Path) -> None:
    table = written(tmp_path, Maker())
    told = json.loads((tmp_path / MANIFEST).read_bytes())
    assert (told["data"], told["parts"], told["rows"]) == ("a", PARTS, 40)
    assert [file["rows"] for file in told["files"].values()] == [
        pq.read_metadata(path).num_rows for path in table.files
    ]
