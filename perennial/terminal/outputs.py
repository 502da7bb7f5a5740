"""Files that a verb is asked to write: the ending of the name says what is written, and no other is taken."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import PerennialError

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET, CSV, PAGE, DRAWING = ".parquet", ".csv", ".html", ".svg"
_KINDS = {PARQUET: "Parquet", CSV: "CSV", PAGE: "a page", DRAWING: "a drawing"}


def ends_in(*endings: str) -> Callable[[Path | None], Path | None]:
    """A callback of an option: it takes a path with one of these endings, in whatever case, or none at all."""

    def checked(path: Path | None) -> Path | None:
        if path is not None:
            refuse_other_endings(path, *endings)
        return path

    return checked


def refuse_other_endings(path: Path, *endings: str) -> None:
    """Say what can be written before any work is done for it.

    Raises
    ------
    PerennialError      if the name ends in none of these
    """
    if path.suffix.lower() in endings:
        return
    kinds = " or ".join(f"{_KINDS[ending]} ({path.with_suffix(ending).name})" for ending in endings)
    raise PerennialError(f"{path} would not be what its name says: this writes {kinds}. Give that as the file's name.")


def write_rows(rows: "pa.Table", path: Path) -> None:
    """Write a small table as what its name says, Parquet or CSV; text that a spreadsheet would run is made text."""
    import pyarrow.csv as pacsv  # late: help needs no heavy package
    import pyarrow.parquet as pq

    from features.files import replacing
    from operations.score_files import safe_for_spreadsheets

    with replacing(path) as part:
        if path.suffix.lower() == CSV:
            pacsv.write_csv(safe_for_spreadsheets(rows), part)
        else:
            pq.write_table(rows, part)
