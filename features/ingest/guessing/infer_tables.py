"""Guesses which tables the files of a folder are and what makes their columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from features.errors import ShopError
from features.ingest.guessing.file_profile import Look, looks
from features.ingest.guessing.headers.vocabulary import FILES, plain
from features.ingest.guessing.infer_orders import orders_of, products_of
from features.ingest.guessing.inferred import HASHED, Guess, by_email, columns_of, paid
from features.ingest.guessing.other_orders import left_out
from features.tables import TABLES

_SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
_FEWEST = ("customer_id", "happened_at", "amount")


def guess(folder: Path) -> tuple[tuple[Guess, ...], tuple[str, ...]]:
    """What the CSV and Parquet files of a folder are.

    Returns
    -------
    (guesses, others)       the tables found, in the contract's order; files that were not understood

    Raises
    ------
    ShopError       if no file looks like orders: a customer, a date and an amount a row
    """
    seen = list(looks(folder))
    guesses = _guesses(folder, seen)
    if not _has_orders(guesses) and seen:
        by_names = seen
        seen = _looks_by_values(folder, by_names)
        guesses = _guesses(folder, seen)
        seen = seen if _has_orders(guesses) else by_names
    if not _has_orders(guesses):
        raise ShopError(_no_orders(folder, seen))
    used = {found.source for found in guesses}
    return tuple(guesses), tuple(look.source for look in seen if look.source not in used)


def _has_orders(guesses: Sequence[Guess]) -> bool:
    return any(found.table == "orders" for found in guesses)


def _looks_by_values(folder: Path, by_names: Sequence[Look]) -> list[Look]:
    """Again, with the values of those files that by their names are nearest to orders."""
    nearest = max(_known(look) for look in by_names)
    by_values = {look.source: look for look in looks(folder, by_values=True)}
    return [by_values[look.source] if _known(look) == nearest else look for look in by_names]


def _no_orders(folder: Path, seen: Sequence[Look]) -> str:
    said = [
        f"No file in {folder} looks like orders, which need a customer, a date and an amount (or quantity and "
        "price) in each row.",
        *(f"  {_lacks(look)}" for look in sorted(seen, key=lambda look: -_known(look))[:5]),
    ]
    if not seen:
        said.append("  There is no CSV or Parquet file.")
    other = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in _SPREADSHEETS)
    if other:
        said.append(f"  {', '.join(other[:5])}: save such a spreadsheet as CSV (UTF-8) and run again.")
    return "\n".join([*said, "Write shop.toml by hand; docs/guide/own-data.md shows how."])


def _known(look: Look) -> int:
    return sum(1 for meaning in _FEWEST if look.has(meaning))


def _lacks(look: Look) -> str:
    """What of an order a file has, and what it lacks."""
    names = {"customer_id": "customer", "happened_at": "date", "amount": "amount"}
    parts = []
    for meaning, name in names.items():
        if look.has(meaning):
            parts.append(f"{name} {look.found[meaning]}")
        elif look.unread.get(meaning) in look.empty:
            parts.append(f"no {name}: {look.unread[meaning]} is empty")
        elif meaning in look.unread:
            parts.append(f"no {name}: most values of {look.unread[meaning]} cannot be read as one")
        else:
            parts.append(f"no {name}")
    return f"{look.source}: {', '.join(parts)}"


def _guesses(folder: Path, seen: Sequence[Look]) -> list[Guess]:
    taken: dict[str, Guess] = {}
    further: list[tuple[Guess, Look]] = []
    for look in sorted(seen, key=lambda look: -look.raw.rows):
        for found in _tables_of(look):
            if taken.setdefault(found.table, found) is not found and found.table == "orders" and not found.missing:
                further.append((found, look))
    if further:
        orders = taken["orders"]
        asked = left_out(folder, orders, _look_of(orders, seen), further)
        taken["orders"] = replace(orders, questions=(*asked, *orders.questions))
    lines = taken.get("order_lines")
    if lines is not None and "products" not in taken:
        taken |= {found.table: found for found in products_of(_look_of(lines, seen))}
    guesses = [_known_alike(taken[table], taken, seen) for table in TABLES if table in taken]
    return [_with_unused(found, guesses, seen) for found in guesses]


def _known_alike(found: Guess, taken: Mapping[str, Guess], seen: Sequence[Look]) -> Guess:
    """Where orders know customers by e-mail alone, the table of customers has to name them so too."""
    look = _look_of(found, seen)
    orders = taken.get("orders")
    if found.table != "customers" or orders is None or "email" not in look.found:
        return found
    if not orders.columns["customer_id"].startswith(HASHED):
        return found
    return replace(found, columns={**found.columns, "customer_id": by_email(look)})


def _with_unused(found: Guess, guesses: Sequence[Guess], seen: Sequence[Look]) -> Guess:
    same = [other for other in guesses if other.source == found.source]
    if found is not same[0]:
        return found
    look = _look_of(found, seen)
    said = " ".join(text for other in same for text in (*other.columns.values(), other.where))
    return replace(found, unused=tuple(name for name in look.raw.columns if name not in said))


def _look_of(found: Guess, seen: Sequence[Look]) -> Look:
    return next(look for look in seen if look.source == found.source)


def _tables_of(look: Look) -> Iterator[Guess]:
    """The tables one kind of file may be; orders that come as lines are both."""
    named = _named_table(look)
    amount = look.found.get("amount") or paid(look)
    known = look.has("customer_id") or look.has("email")
    if named in (None, "order_lines", "products") and known and look.has("happened_at") and amount:
        yield from orders_of(look)
        return
    table = named or _table_by_content(look)
    if table:
        columns = columns_of(look, table, amount)
        required = [column.name for column in TABLES[table].columns if column.required]
        missing = tuple(name for name in required if name not in columns)
        yield Guess(table, look.source, columns, missing=missing)


def _named_table(look: Look) -> str | None:
    name = plain(Path(look.source).name.split(".")[0])
    fitting = (table for table, words in FILES.items() if any(word in name for word in (plain(table), *words)))
    return next(fitting, None)


def _table_by_content(look: Look) -> str | None:
    if look.has("order_id", "product_id"):
        return "order_lines"
    if look.has("product_id") and "product_id" not in look.repeated:
        return "products"
    if look.has("customer_id") and "customer_id" not in look.repeated:
        return "customers"
    return None
