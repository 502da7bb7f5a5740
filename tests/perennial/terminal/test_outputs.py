"""A file is what its name says, or is refused before any work: wherever a verb takes --out or --plot."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer

from features.errors import PerennialError
from perennial.cli import app
from perennial.terminal.outputs import CSV, PARQUET, refuse_other_endings, write_rows
from tests.perennial.conftest import Perennial

ROWS = pa.table({"customer_id": ["C1", "=2+2"], "arm": ["control", "voucher"]})
OF_A_FOLDER = {"simulate"}  # a world is a folder


def written_to(command: Any, name: str = "") -> list[tuple[str, Any]]:
    """Every option of the command line that names what is written, with its verb."""
    if hasattr(command, "commands"):
        return [found for key, one in command.commands.items() for found in written_to(one, f"{name} {key}".strip())]
    return [(name, one) for one in command.params if {"--out", "--plot"} & set(one.opts)]


WRITTEN = [one for one in written_to(typer.main.get_command(app)) if one[0] not in OF_A_FOLDER]


@pytest.mark.parametrize(("verb", "option"), WRITTEN, ids=[verb for verb, _ in WRITTEN])
def test_every_verb_refuses_an_ending_it_does_not_write(verb: str, option: Any, perennial: Perennial) -> None:
    needed = {"experiment assign": ("--name", "spring")}.get(verb, ())
    ended = perennial(*verb.split(), *needed, option.opts[0], "links.xlsx")
    assert ended.code == 2 and "links.xlsx would not be what its name says: this writes " in ended.err
    assert not Path("links.xlsx").exists()


def test_all_verbs_that_write_a_file_are_known() -> None:
    assert {verb for verb, _ in WRITTEN} == {
        "people",
        "features",
        "score",
        "report",
        "decide",
        "loop",
        "experiment assign",
    }


def test_rows_are_what_the_name_says(tmp_path: Path) -> None:
    write_rows(ROWS, tmp_path / "rows.parquet")
    assert pq.read_table(tmp_path / "rows.parquet").equals(ROWS)
    write_rows(ROWS, tmp_path / "rows.CSV")
    told = (tmp_path / "rows.CSV").read_text()
    assert told == '"customer_id","arm"\n"C1","control"\n"\'=2+2","voucher"\n'


def test_what_can_be_written_is_said(tmp_path: Path) -> None:
    refuse_other_endings(Path("LINKS.CSV"), PARQUET, CSV)
    with pytest.raises(PerennialError) as told:
        refuse_other_endings(Path("made/links"), PARQUET, CSV)
    assert str(told.value) == (
        "made/links would not be what its name says: this writes Parquet (links.parquet) or CSV (links.csv). "
        "Give that as the file's name."
    )
