"""One kind of file in a folder of exports: which of its columns could mean what, by their names and values."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from features.errors import ShopError
from features.ingest.guessing.value_hints import NO_HINTS, Hints, hints
from features.ingest.guessing.vocabulary import COLUMNS, LINE_ITEMS, plain
from features.ingest.reading.casts import cast, given
from features.ingest.reading.profile import Profile
from features.ingest.reading.style import ISO
from features.ingest.reading.texts import is_text
from features.ingest.source.config import Source
from features.ingest.source.database import Database, identifier
from features.ingest.source.files import is_parquet, is_text_file
from features.ingest.source.load import Raw, load
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
    """

    source: str
    raw: Raw
    found: Mapping[str, str]
    repeated: frozenset[str]
    unread: Mapping[str, str]
    empty: frozenset[str]
    hints: Hints = NO_HINTS

    def has(self, *names: str) -> bool:
        """Whether a column was found for every one of these meanings."""
        return all(name in self.found for name in names)

    def named(self, meaning: str) -> str:
        """The column of that meaning, as expressions write it: quoted where it is no plain name."""
        column = self.found[meaning]
        return column if re.fullmatch(r"[A-Za-z_]\w*", column, re.ASCII) else identifier(column)


def looks(folder: Path) -> Iterator[Look]:
    """Open each kind of CSV or Parquet file once; monthly files of one name are one kind.

    Raises
    ------
    ShopError       if there is no such folder, or a file is damaged
    """
    if not folder.is_dir():
        raise ShopError(f"There is no folder {folder}. Give the one that holds the exports.")
    kinds: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and (is_parquet(path) or is_text_file(path)):
            kinds.setdefault(re.sub(r"\d+([_-]\d+)*", "[0-9]*", path.name), []).append(path)
    with tempfile.TemporaryDirectory(prefix="perennial-look-") as work:
        for pattern, paths in kinds.items():
            source = pattern if len(paths) > 1 else paths[0].name
            with Database([folder.resolve(), Path(work)], Path(work)) as database:
                raw = load(database, Source("orders", source), paths, folder, Path(work))
                yield _look(Profile(database, raw), source)


def _look(profile: Profile, source: str) -> Look:
    found, unread = _meanings(profile)
    repeated = frozenset(
        meaning
        for meaning in ("order_id", "product_id", "customer_id")
        if meaning in found and _repeats(profile, found[meaning])
    )
    empty = frozenset(name for name in profile.raw.columns if _is_empty(profile, name))
    return Look(source, profile.raw, found, repeated, unread, empty, hints(profile, found, "order_id" in repeated))


def _meanings(profile: Profile) -> tuple[dict[str, str], dict[str, str]]:
    """Meaning → column: the first whose name says it and whose values bear it out; and what only the name said."""
    # "Total (gross)" is a total; a column whose whole name is the word comes before it.
    names = {plain(_without_brackets(name)): name for name in reversed(list(profile.raw.columns))}
    names |= {plain(name): name for name in profile.raw.columns}
    itemised = any(name.startswith("lineitem") for name in names)
    found: dict[str, str] = {}
    unread: dict[str, str] = {}
    for meaning, words in COLUMNS.items():
        for word in (*(LINE_ITEMS.get(meaning, ()) if itemised else ()), *words):
            if word in names and meaning not in found:
                fits = _fits(profile, names[word], _role(meaning))
                (found if fits else unread).setdefault(meaning, names[word])
    return found, {meaning: name for meaning, name in unread.items() if meaning not in found}


def _without_brackets(name: str) -> str:
    return re.sub(r"[(\[（].*?[)\]）]", "", name)


def _role(meaning: str) -> Role:
    contract = {column.name: column.role for table in TABLES.values() for column in table.columns}
    return _ROLES.get(meaning) or contract.get(meaning, "text")


def _fits(profile: Profile, name: str, role: Role) -> bool:
    """Whether most of a column's values can be read as what its name says."""
    if role in ("id", "text"):
        return True
    kind = profile.raw.columns[name]
    value, style = given(identifier(name), kind), ISO
    if is_text(kind):
        style = profile.dates(name).style if role == "moment" else profile.numbers(name).style
    filled, read = profile.database.row(
        f"""
        SELECT count(value), count(read) FROM (
            SELECT value, {cast("value", kind, role, "UTC", style)} AS read
            FROM (SELECT {value} AS value FROM {profile.raw.relation} LIMIT {_LOOKED_AT}))
        """
    )
    return bool(filled) and read >= _MOST * filled


def _repeats(profile: Profile, name: str) -> bool:
    """Whether values come again often enough that a row is not one of them."""
    filled, distinct = profile.database.row(
        f"SELECT count({identifier(name)}), count(DISTINCT {identifier(name)}) FROM {profile.raw.relation}"
    )
    return bool(distinct < 0.95 * filled)


def _is_empty(profile: Profile, name: str) -> bool:
    value = given(identifier(name), profile.raw.columns[name])
    return not profile.database.rows(f"SELECT 1 FROM {profile.raw.relation} WHERE {value} IS NOT NULL LIMIT 1")
