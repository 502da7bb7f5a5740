"""Orders in more than one kind of file: the same ones told twice, or others that a draft would leave out."""

import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from features.ingest.guessing.file_profile import Look
from features.ingest.guessing.inferred import AnswerOption, Guess, OpenQuestion
from features.ingest.source.config import Source
from features.ingest.source.database import Database, identifier
from features.ingest.source.files import find, folders_of
from features.ingest.source.load import load
from features.scratch import own_folder

_SAME = 0.5  # share of a file's order numbers that another has, from which on both tell of the same orders


def left_out(folder: Path, taken: Guess, look: Look, rest: Sequence[tuple[Guess, Look]]) -> Iterator[OpenQuestion]:
    """A question for each further kind of file that holds orders of its own; only one kind can be read.

    Parameters
    ----------
    taken, look : Guess, Look       the orders of the draft
    rest : sequence of pairs        guesses of orders from other kinds of files
    """
    for other, seen in rest:
        if look.has("order_id") and seen.has("order_id") and _share(folder, look, seen) >= _SAME:
            continue
        changes = {
            name: getattr(other, name)
            for name in ("source", "columns", "where", "group", "once", "keeps_alike", "currency", "notes")
        }
        yield OpenQuestion(
            f"{other.source} looks like orders too, of its own: one table has one source. Which one? Files with the "
            'same columns are read together: source = "orders-*.csv"',
            (AnswerOption(taken.source), AnswerOption(other.source, changes=changes)),
        )


def _share(folder: Path, one: Look, other: Look) -> float:
    """What share of the second file's order numbers the first has."""
    sources = Source("orders", one.source), Source("order_lines", other.source)
    files = [find(source, folder.resolve()) for source in sources]
    with (
        tempfile.TemporaryDirectory(prefix="look-", dir=own_folder()) as work,
        Database([folder.resolve(), *folders_of(chain(*files)), Path(work)], Path(work)) as database,
    ):
        first, second = (
            load(database, source, paths, folder, Path(work)) for source, paths in zip(sources, files, strict=True)
        )
        numbers, same = database.row(
            f"""SELECT count(*), count(*) FILTER (o IN (
                        SELECT trim(CAST({identifier(one.found["order_id"])} AS VARCHAR)) FROM {first.relation}))
                    FROM (SELECT DISTINCT trim(CAST({identifier(other.found["order_id"])} AS VARCHAR)) AS o
                          FROM {second.relation}) WHERE o IS NOT NULL"""
        )
    return float(same) / max(1.0, float(numbers))
