"""Looks at a folder's files and guesses which tables they are and what their columns mean."""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from features.errors import ShopError
from features.ingest.casts import ISO, cast, given, is_text
from features.ingest.config import Source
from features.ingest.database import Database, identifier
from features.ingest.files import is_parquet, is_text_file
from features.ingest.profile import Profile
from features.ingest.raw import Raw, load
from features.ingest.vocabulary import CALLED_OFF, COLUMNS, FILES, LINE_ITEMS, plain
from features.tables import TABLES, Role

_LOOKED_AT = 20_000
_MOST = 0.8
_HASHED = "sha256(lower(trim("


@dataclass(frozen=True)
class Guess:
    """What one table is probably made of.

    Attributes
    ----------
    table, source : str
    columns : dict              canonical column → expression
    group : tuple of str        not empty where rows add up to orders
    where : str                 leaves out orders whose status says they never were; empty where none does
    notes : tuple of str        what a person should look at before trusting the guess
    unused : tuple of str       source columns no guess was made for
    missing : tuple of str      required columns no source column was found for
    """

    table: str
    source: str
    columns: dict[str, str]
    group: tuple[str, ...] = ()
    where: str = ""
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Look:
    """One kind of file in the folder: its columns by what they could mean.

    `once`: of an order of several rows only one states the amount; `same`: all of them state the same.
    """

    source: str
    raw: Raw
    found: dict[str, str] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()
    once: bool = False
    same: bool = False
    called_off: tuple[str, ...] = ()

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
    # "Total (gross)" is a total; a column whose whole name is the word comes before it.
    names = {plain(_without_brackets(name)): name for name in reversed(list(raw.columns))}
    names |= {plain(name): name for name in raw.columns}
    itemised = any(name.startswith("lineitem") for name in names)
    found: dict[str, str] = {}
    for meaning, words in COLUMNS.items():
        for word in (*(LINE_ITEMS.get(meaning, ()) if itemised else ()), *words):
            if word in names and _fits(profile, names[word], _role(meaning)):
                found[meaning] = names[word]
                break
    repeated = frozenset(
        meaning
        for meaning in ("order_id", "product_id", "customer_id")
        if meaning in found and _repeats(profile, found[meaning])
    )
    once, same = _amount_of_lines(profile, found) if "order_id" in repeated and "amount" in found else (False, False)
    called_off = _called_off(profile, found["status"]) if "status" in found else ()
    return _Look(source, raw, found, repeated, once, same, called_off)


def _without_brackets(name: str) -> str:
    return re.sub(r"[(\[（].*?[)\]）]", "", name)


def _amount_of_lines(profile: Profile, found: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether orders of several rows state their amount on one row alone, or the same amount on each."""
    order, amount = (
        identifier(found["order_id"]),
        given(identifier(found["amount"]), profile.raw.columns[found["amount"]]),
    )
    several, once, same = profile.database.row(
        f"""
        SELECT count(*), count(*) FILTER (stated = 1), count(*) FILTER (stated = rows AND amounts = 1)
        FROM (SELECT count(*) AS rows, count({amount}) AS stated, count(DISTINCT {amount}) AS amounts
              FROM {profile.raw.relation} WHERE {order} IS NOT NULL GROUP BY {order} HAVING count(*) > 1)
        """
    )
    return bool(several and once >= _MOST * several), bool(several and same >= _MOST * several)


def _called_off(profile: Profile, name: str) -> tuple[str, ...]:
    """The values of a status that say an order never was one; none where a status is no closed list."""
    values = profile.database.rows(
        f"SELECT DISTINCT CAST({identifier(name)} AS VARCHAR) FROM {profile.raw.relation} LIMIT 30"
    )
    said = sorted(value for (value,) in values if value is not None)
    return tuple(value for value in said if re.search(CALLED_OFF, value, re.IGNORECASE)) if len(said) < 30 else ()


def _role(meaning: str) -> Role:
    if meaning in ("unit_price", "email", "status"):
        return "money" if meaning == "unit_price" else "text"
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
    return [_known_alike(taken[table], taken, looks) for table in TABLES if table in taken]


def _known_alike(found: Guess, taken: Mapping[str, Guess], looks: Sequence[_Look]) -> Guess:
    """Where orders know customers by e-mail alone, the table of customers has to name them so too."""
    look = next(look for look in looks if look.source == found.source)
    orders = taken.get("orders")
    if found.table != "customers" or orders is None or "email" not in look.found:
        return found
    if not orders.columns["customer_id"].startswith(_HASHED):
        return found
    columns = {**found.columns, "customer_id": _by_email(look)}
    return replace(found, columns=columns, unused=_unused(look, columns))


def _by_email(look: _Look) -> str:
    return f"{_HASHED}{_name(look.found['email'])})))"


def _tables_of(look: _Look) -> Iterator[Guess]:
    """The tables one kind of file may be; orders that come as lines are both."""
    named = _named_table(look)
    amount = _amount(look)
    if (
        named in (None, "order_lines")
        and (look.has("customer_id") or look.has("email"))
        and look.has("happened_at")
        and amount
    ):
        yield from _orders(look, amount)
        return
    table = named or _table_by_content(look)
    if table:
        if table == "order_lines" and not amount and not look.has("quantity"):
            amount = look.found.get("unit_price")  # a row a unit: its price is what was paid
        columns = _columns(look, table, amount)
        required = [column.name for column in TABLES[table].columns if column.required]
        missing = tuple(name for name in required if name not in columns)
        yield Guess(table, look.source, columns, unused=_unused(look, columns), missing=missing)


def _orders(look: _Look, amount: str) -> Iterator[Guess]:
    """Orders; where a row is a line of one, the lines too."""
    lines, priced = "order_id" in look.repeated, _priced(look)
    notes = []
    if lines and look.has("amount") and look.once:
        amount = f"coalesce({_name(look.found['amount'])}, 0)"
    elif lines and look.has("amount") and look.same:
        if priced:
            amount = priced
        else:
            notes.append(f"{look.found['amount']} is the same on every row of an order: added up it counts too often")
    if "customer_id" not in look.found:
        notes.append("customers are known by e-mail alone: its hash is their id, here and in the service's calls")
    where = ""
    if look.called_off:
        listed = ", ".join("'" + value.replace("'", "''") + "'" for value in look.called_off)
        where = f"coalesce({_name(look.found['status'])}, '') NOT IN ({listed})"
    columns = _columns(look, "orders", amount)
    group = ("order_id",) if lines else ()
    yield Guess("orders", look.source, columns, group, where, tuple(notes), _unused(look, columns))
    if lines and look.has("product_id"):
        columns = _columns(look, "order_lines", priced or amount)
        yield Guess("order_lines", look.source, columns, (), where, (), _unused(look, columns))


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
    return _priced(look)


def _priced(look: _Look) -> str | None:
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
        elif column.name == "customer_id" and "email" in look.found:
            columns[column.name] = _by_email(look)
        elif plain(column.name) in own and (column.name != "source" or column.required):
            columns[column.name] = own[plain(column.name)]
    return columns


def _unused(look: _Look, columns: dict[str, str]) -> tuple[str, ...]:
    said = " ".join(columns.values())
    return tuple(name for name in look.raw.columns if name not in said)
