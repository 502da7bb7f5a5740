"""What is written for a spreadsheet begins no formula, and what is written in parts is what is written at once."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operations import score_files
from operations.parts import places
from operations.score_files import safe_for_spreadsheets, write_parts

ROWS = pa.table({"customer_id": [f"C-{n:03}" for n in range(250)], "net": [n / 7 for n in range(250)]})


@pytest.mark.parametrize("first", list("=+-@\t\r"))
def test_no_cell_begins_a_formula(first: str) -> None:
    table = pa.table({"customer_id": [f"{first}1", f"C{first}1", None, ""], "net": [-1.0, 2.0, None, 0.0]})
    safe = safe_for_spreadsheets(table)
    assert safe["customer_id"].to_pylist() == [f"'{first}1", f"C{first}1", None, ""]
    assert safe["net"].to_pylist() == [-1.0, 2.0, None, 0.0]


def in_parts(size: int) -> Iterator[pa.Table]:
    for start in range(0, 250, size):
        yield ROWS[start : start + size]


def test_files_are_the_same_bytes_however_the_rows_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_files, "GROUP", 100)
    for size in (250, 100, 64, 7, 1):
        write_parts(in_parts(size), tmp_path / str(size) / "scores.parquet", dict)
    whole = [path.read_bytes() for path in sorted((tmp_path / "250").iterdir())]
    assert len(whole) == 3 and pq.read_table(tmp_path / "250" / "scores.parquet").equals(ROWS)
    assert pq.ParquetFile(tmp_path / "250" / "scores.parquet").metadata.num_row_groups == 3
    for size in (100, 64, 7, 1):
        assert [path.read_bytes() for path in sorted((tmp_path / str(size)).iterdir())] == whole


def test_of_nobody_a_file_has_its_columns(tmp_path: Path) -> None:
    assert list(places(0)) == [slice(0, 0)]
    write_parts([ROWS[:0]], tmp_path / "scores.parquet", dict)
    assert pq.read_table(tmp_path / "scores.parquet").column_names == ["customer_id", "net"]
    assert (tmp_path / "scores.csv").read_text() == '"customer_id","net"\n'


def test_a_part_that_cannot_be_made_leaves_the_old_files(tmp_path: Path) -> None:
    write_parts([ROWS], tmp_path / "scores.parquet", dict)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken() -> Iterator[pa.Table]:
        yield ROWS
        raise ValueError("the second part")

    with pytest.raises(ValueError, match="the second part"):
        write_parts(broken(), tmp_path / "scores.parquet", dict)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
