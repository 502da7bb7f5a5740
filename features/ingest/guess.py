"""Looks at a folder's files and guesses which tables they are and what their columns mean."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from features.errors import ShopError
from features.ingest.casts import ISO, cast, given, is_text
from features.ingest.config import Source
from features.ingest.database import Database, identifier
from features.ingest.files import is_parquet, is_text_file
from features.ingest.profile import Profile
from features.ingest.raw import Raw, load
from features.ingest.vocabulary import COLUMNS, FILES, plain
from features.tables import TABLES, Role

_LOOKED_AT = 20_000
_MOST = 0.8


@dataclass(frozen=True)
class Guess:
    """What one table is probably made of.

    Attributes
    ----------
    table, source : str
    columns : dict              canonical column → expression
    group : tuple of str        not empty where rows add up to orders
    unused : tuple of str       source columns no guess was made for
    missing : tuple of str      required columns no source column was found for
    """

    table: str
    source: str
    columns: dict[str, str]
    group: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Look:
    """One kind of file in the folder: its columns by what they could mean."""

    source: str
    raw: Raw
    found: dict[str, str] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()

    def has(self, *names: str) -> bool:
        return all(name in self.found for name in names)


def guess(folder: Path) -> tuple[tuple[Guess, ...], tuple[str, ...]]:
    """What the CSV and Parquet files of a folder are.

    Returns
    -------
    (guesses, others)       the tables found, in the contract's order; files that were not understood

    Raises
    ------
    ShopError       if no file looks like orders: a customer, a date and an amount a row
    """
    if not folder.is_dir():
        raise ShopError(f"There is no folder {folder}. Give the one that holds the exports.")
    looks = list(_looks(folder))
    guesses = _guesses(looks)
    if not any(found.table == "orders" for found in guesses):
        seen = ", ".join(look.source for look in looks) or "no CSV or Parquet file"
        raise ShopError(
            f"No file in {folder} looks like orders, which need a customer, a date and an amount (or quantity and "
            f"price) in each row. There is {seen}. Write shop.toml by hand; docs/guide/own-data.md shows how."
        )
    used = {found.source for found in guesses}
    return tuple(guesses), tuple(look.source for look in looks if look.source not in used)


def _looks(folder: Path) -> Iterator[_Look]:
    """Open each kind of file once; monthly files of one name are one kind."""
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


def _look(profile: Profile, source: str) -> _Look:
    raw = profile.raw
    names = {plain(name): name for name in raw.columns}
    found: dict[str, str] = {}
    for meaning, words in COLUMNS.items():
        for word in words:
            if word in names and _fits(profile, names[word], _role(meaning)):
                found[meaning] = names[word]
                break
    repeated = frozenset(
        meaning
        for meaning in ("order_id", "product_id", "customer_id")
        if meaning in found and _repeats(profile, found[meaning])
    )
    return _Look(source, raw, found, repeated)


def _role(meaning: str) -> Role:
    if meaning == "unit_price":
        return "money"
    return next(column.role for table in TABLES.values() for column in table.columns if column.name == meaning)


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


def _guesses(looks: Sequence[_Look]) -> list[Guess]:
    taken: dict[str, Guess] = {}
    for look in sorted(looks, key=lambda look: -look.raw.rows):
        for found in _tables_of(look):
            taken.setdefault(found.table, found)
    return [taken[table] for table in TABLES if table in taken]


def _tables_of(look: _Look) -> Iterator[Guess]:
    """The tables one kind of file may be; orders that come as lines are both."""
    named = _named_table(look)
    amount = _amount(look)
    if named in (None, "order_lines") and look.has("customer_id", "happened_at") and amount:
        lines = "order_id" in look.repeated
        columns = _columns(look, "orders", amount)
        yield Guess("orders", look.source, columns, ("order_id",) if lines else (), _unused(look, columns))
        if lines and look.has("product_id"):
            columns = _columns(look, "order_lines", amount)
            yield Guess("order_lines", look.source, columns, (), _unused(look, columns))
        return
    table = named or _table_by_content(look)
    if table:
        if table == "order_lines" and not amount and not look.has("quantity"):
            amount = look.found.get("unit_price")  # a row a unit: its price is what was paid
        columns = _columns(look, table, amount)
        required = [column.name for column in TABLES[table].columns if column.required]
        missing = tuple(name for name in required if name not in columns)
        yield Guess(table, look.source, columns, (), _unused(look, columns), missing)


def _named_table(look: _Look) -> str | None:
    name = plain(Path(look.source).name.split(".")[0])
    fitting = (table for table, words in FILES.items() if any(word in name for word in (plain(table), *words)))
    return next(fitting, None)


def _table_by_content(look: _Look) -> str | None:
    if look.has("order_id", "product_id"):
        return "order_lines"
    if look.has("product_id") and "product_id" not in look.repeated:
        return "products"
    if look.has("customer_id") and "customer_id" not in look.repeated:
        return "customers"
    return None


def _amount(look: _Look) -> str | None:
    if look.has("amount"):
        return look.found["amount"]
    if look.has("quantity", "unit_price"):
        return f"{_name(look.found['quantity'])} * {_name(look.found['unit_price'])}"
    return None


def _name(column: str) -> str:
    """A column inside an expression; quoted where it is no plain name."""
    return column if re.fullmatch(r"[A-Za-z_]\w*", column, re.ASCII) else identifier(column)


def _columns(look: _Look, table: str, amount: str | None) -> dict[str, str]:
    own = {plain(name): name for name in look.raw.columns}
    columns = {}
    for column in TABLES[table].columns:
        if column.name == "amount" and amount:
            columns[column.name] = amount
        elif column.name in look.found:
            columns[column.name] = look.found[column.name]
        elif plain(column.name) in own:
            columns[column.name] = own[plain(column.name)]
    return columns


def _unused(look: _Look, columns: dict[str, str]) -> tuple[str, ...]:
    said = " ".join(columns.values())
    return tuple(name for name in look.raw.columns if name not in said)
