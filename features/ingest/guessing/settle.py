"""Answers the open questions of a guess: each option with what it would give, and a person asked where there is one."""

import tempfile
from collections.abc import Callable, MutableMapping, Sequence
from decimal import Decimal
from pathlib import Path

from features.errors import DataError, ShopError
from features.ingest.guessing.inferred import Guess, OpenQuestion
from features.ingest.run import ingest
from features.ingest.source.config import Config, ShopSettings, Source
from features.ingest.source.database import Database, literal
from features.ingest.source.files import find
from features.progress import silent
from features.scratch import own_folder

# What is asked, and what each option says and would give → the option's place.
Choose = Callable[[str, Sequence[str]], int]


def settled(folder: Path, found: Guess, choose: Choose | None, said: MutableMapping[str, list[str]]) -> Guess:
    """The guess with every question answered.

    Parameters
    ----------
    choose : callable or None       asks about what nothing in the data proves; None takes the first option
    said : mapping                  table → comments for the draft, added to
    """
    for question in found.questions:
        ways = [found.taking(option) for option in question.options]
        told = [f"{option.says}: {would_give(folder, way)}" for option, way in zip(question.options, ways, strict=True)]
        asked = choose is not None and question.open and len(told) > 1
        place = choose(question.asks, told) if choose and asked else 0
        said.setdefault(found.table, []).extend(_comments(question, told, place, asked))
        found = ways[place]
    return found


def would_give(folder: Path, found: Guess) -> str:
    """What a guess of orders makes of its files, in figures a person can compare with the shop's own."""
    source = Source(
        found.table, found.source, where=found.where or None, group=found.group, once=found.once,
        columns=found.columns, keeps_alike=found.keeps_alike,
    )  # fmt: skip
    settings = ShopSettings(max_quarantined=1.0)
    config = Config(folder.resolve(), folder.name, "UTC", "", (source,), settings, b"")
    with tempfile.TemporaryDirectory(prefix="draft-", dir=own_folder()) as made:
        out = Path(made) / "shop" / "data"
        out.mkdir(parents=True)
        try:
            ingest(config, {found.table: find(source, config.folder)}, "", out, silent)
        except (ShopError, DataError) as error:
            return str(error).split("\n", 1)[0]
        return figures(out / f"{found.table}.parquet")


def figures(path: Path) -> str:
    """Orders, people, their sum, first and last day of a table of orders."""
    with Database([path.parent], path.parent) as database:
        orders, people, guests, amount, first, last = database.row(
            f"""SELECT count(*), count(DISTINCT customer_id), count(*) FILTER (customer_id IS NULL),
                       coalesce(sum(amount), 0), min(happened_at), max(happened_at) FROM {literal(str(path))}"""
        )
    nobody = f" and {guests:,} of nobody" if guests else ""
    return (
        f"{orders:,} orders of {people:,} people{nobody}, {Decimal(amount):,.2f}, {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    )


def _comments(question: OpenQuestion, told: Sequence[str], place: int, answered: bool) -> list[str]:
    taken = question.options[place]
    mark = "chosen" if answered else f"proven: {taken.proof}" if taken.proof else "not proven: mend it if it is wrong"
    opening = "question" if question.open and not answered else "settled"
    return [
        f"{opening}: {question.asks}",
        f"  taken: {told[place]} ({mark})",
        *(f"  else: {text}" for at, text in enumerate(told) if at != place),
    ]


def unanswered(toml: Path) -> int:
    """How many questions a draft left open."""
    text = toml.read_text(encoding="utf-8-sig") if toml.is_file() else ""
    return sum(line.startswith("# question: ") for line in text.splitlines())
