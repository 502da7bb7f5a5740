"""One kind of file in a folder of exports: which of its columns could mean what, by their names and values."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from features.errors import ShopError
from features.ingest.guessing.headers.abroad import abroad
from features.ingest.guessing.headers.vocabulary import COLUMNS, LINE_ITEMS, named, plain
from features.ingest.guessing.headers.wordings import worded, words
from features.ingest.guessing.kinds import kinds_of
from features.ingest.guessing.values.amounts import named_like_amounts
from features.ingest.guessing.values.hints import NO_HINTS, Hints, hints
from features.ingest.guessing.values.meanings import numbering, recognised
from features.ingest.guessing.values.numbering import NUMBER, with_whole_numbers
from features.ingest.guessing.values.people import serves
from features.ingest.reading.casts import cast, given
from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.style import ISO
from features.ingest.reading.texts import is_text
from features.ingest.source.config import Source
from features.ingest.source.database import Database, identifier
from features.ingest.source.files import folders_of, is_parquet, is_text_file
from features.ingest.source.load import Raw, load
from features.scratch import own_folder
from features.tables import TABLES, Role

_LOOKED_AT = 20_000
_MOST = 0.8
_ROLES: Mapping[str, Role] = {"unit_price": "money", "refunded": "money"}  # else the contract's, or text


@dataclass(frozen=True)
class Look:
    """One kind of file, understood as far as names and values go.

    Attributes
    ----------
    source : str
    raw : Raw
    found : mapping             meaning → the source's column
    repeated : frozenset of str meanings whose values come again: where an order's does, a row is no order
    unread : mapping            meaning → a column of its name whose values are something else
    empty : frozenset of str    columns that hold nothing
    hints : Hints               what the values give away
    by_values : mapping         meaning → columns that only their values told, the one taken first
    number : str                expression that numbers orders where the column's numbers start again
    """

    source: str
    raw: Raw
    found: Mapping[str, str]
    repeated: frozenset[str]
    unread: Mapping[str, str]
    empty: frozenset[str]
    hints: Hints = NO_HINTS
    number: str = ""
    by_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether a column was found for every one of these meanings."""
        return all(name in self.found for name in names)

    def named(self, meaning: str) -> str:
        """The column of that meaning, as expressions write it: quoted where it is no plain name."""
        return named(self.found[meaning])


def looks(folder: Path, by_values: bool = False) -> Iterator[Look]:
    """Open each kind of CSV or Parquet file once; monthly files of one name are one kind.

    Parameters
    ----------
    by_values : bool        where no name tells what an order needs, the values of the columns may

    Raises
    ------
    ShopError       if there is no such folder, or a file is damaged
    """
    if not folder.is_dir():
        raise ShopError(f"There is no folder {folder}. Give the one that holds the exports.")
    paths = sorted(path for path in folder.iterdir() if path.is_file() and (is_parquet(path) or is_text_file(path)))
    with tempfile.TemporaryDirectory(prefix="look-", dir=own_folder()) as work:
        for source, alike in kinds_of(folder, paths, Path(work)):
            with Database([folder.resolve(), *folders_of(alike), Path(work)], Path(work)) as database:
                raw = load(database, Source("orders", source), alike, folder, Path(work))
                yield _look(SourceProfile(database, raw), source, by_values)


def _look(profile: SourceProfile, source: str, by_values: bool) -> Look:
    found, unread, passed = _meanings(profile)
    told = recognised(profile, found, passed) if by_values else numbering(profile, found)
    found |= {meaning: columns[0] for meaning, columns in told.items()}
    if found.get("order_id", "").lower() == "id" and not {"happened_at", "amount"} <= found.keys():
        del found["order_id"]  # whose number a column "id" holds, only the rest of the row can tell
    raw = profile.raw
    profile, number = with_whole_numbers(profile, found)
    meant = {**found, "order_id": NUMBER} if number else found
    repeated = frozenset(
        meaning
        for meaning in ("order_id", "product_id", "customer_id")
        if meaning in meant and _repeats(profile, meant[meaning])
    )
    empty = frozenset(name for name in raw.columns if _is_empty(profile, name))
    like_amounts = [*told.get("amount", ()), *named_like_amounts(_names(profile)), *worded("amount", raw.columns)]
    if "quantity" in found:  # beside it, what a thing sells for is of one piece
        like_amounts = [name for name in like_amounts if not re.search(r"\b(sale|selling) price\b", words(name))]
    fitting = [name for name in dict.fromkeys(like_amounts) if _fits(profile, name, "money")]
    seen = hints(profile, meant, "order_id" in repeated, fitting, passed)
    if seen.amounts.total or seen.amounts.line:
        found["amount"] = seen.amounts.total or seen.amounts.line
    return Look(source, raw, found, repeated, unread, empty, seen, number, told)


def _names(profile: SourceProfile) -> dict[str, str]:
    """Plain names → columns; "Total (gross)" is a total, and a column whose whole name is the word comes before it."""
    names = {plain(_without_brackets(name)): name for name in reversed(list(profile.raw.columns))}
    return names | {plain(name): name for name in profile.raw.columns}


def _meanings(profile: SourceProfile) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Meaning → column: the first whose name says it and whose values bear it out; and what only the name said.

    Last come columns that are named like customers, and have too few values for them.
    """
    names = _names(profile)
    itemised = any(name.startswith("lineitem") for name in names)
    found: dict[str, str] = {}
    unread: dict[str, str] = {}
    passed: list[str] = []
    for meaning, listed in COLUMNS.items():
        called = (*(LINE_ITEMS.get(meaning, ()) if itemised else ()), *listed)
        for name in (*(names[word] for word in called if word in names), *abroad(meaning, names)):
            if meaning not in found:
                if meaning == "customer_id" and not serves(profile, name):
                    passed.append(name)
                    continue
                fits = _fits(profile, name, _role(meaning))
                (found if fits else unread).setdefault(meaning, name)
    for meaning in (*COLUMNS, "person"):
        _find_by_words(profile, meaning, found, unread, passed)
    if "customer_id" not in found and "email" not in found and passed:
        found["customer_id"] = passed[0]
    return found, {meaning: name for meaning, name in unread.items() if meaning not in found}, passed


def _find_by_words(
    profile: SourceProfile, meaning: str, found: dict[str, str], unread: dict[str, str], passed: list[str]
) -> None:
    """Take a column whose name no list has, by its words; a telephone or a name is a person where nothing else is."""
    if meaning == "person" and {"customer_id", "email"} & found.keys():
        return
    meant = "customer_id" if meaning == "person" else meaning
    for name in worded(meaning, profile.raw.columns) if meant not in found else ():
        if name in found.values():
            continue
        if meant == "customer_id" and not serves(profile, name):
            passed.append(name)
        elif _fits(profile, name, _role(meant)):
            found[meant] = name
            return
        else:
            unread.setdefault(meant, name)


def _without_brackets(name: str) -> str:
    return re.sub(r"[(\[（].*?[)\]）]", "", name)


def _role(meaning: str) -> Role:
    contract = {column.name: column.role for table in TABLES.values() for column in table.columns}
    return _ROLES.get(meaning) or contract.get(meaning, "text")


def _fits(profile: SourceProfile, name: str, role: Role) -> bool:
    """Whether most of a column's values can be read as what its name says."""
    if role in ("id", "text"):
        return True
    kind = profile.raw.columns[name]
    value, style = given(identifier(name), kind), ISO
    if is_text(kind):
        # Of dates in two orders the check says which cannot be told; a column of dates it is all the same.
        dates = replace(profile.dates(name).style, mixed=False) if role == "moment" else ISO
        style = dates if role == "moment" else profile.numbers(name).style
    filled, read = profile.database.row(
        f"""
        SELECT count(value), count(read) FROM (
            SELECT value, {cast("value", kind, role, "UTC", style)} AS read
            FROM (SELECT {value} AS value FROM {profile.raw.relation} LIMIT {_LOOKED_AT}))
        """
    )
    return bool(filled) and read >= _MOST * filled


def _repeats(profile: SourceProfile, name: str) -> bool:
    """Whether values come again often enough that a row is not one of them."""
    filled, distinct = profile.database.row(
        f"SELECT count({identifier(name)}), count(DISTINCT {identifier(name)}) FROM {profile.raw.relation}"
    )
    return bool(distinct < 0.95 * filled)


def _is_empty(profile: SourceProfile, name: str) -> bool:
    value = given(identifier(name), profile.raw.columns[name])
    return not profile.database.rows(f"SELECT 1 FROM {profile.raw.relation} WHERE {value} IS NOT NULL LIMIT 1")
