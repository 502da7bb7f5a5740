"""A guess of what makes one table, and the expressions that make its columns."""

from dataclasses import dataclass

from features.ingest.guessing.file_profile import Look
from features.ingest.guessing.vocabulary import plain
from features.ingest.source.database import literal
from features.tables import TABLES

HASHED = "sha256(lower(trim("


@dataclass(frozen=True)
class Guess:
    """What one table is probably made of.

    Attributes
    ----------
    table, source : str
    columns : dict              canonical column → expression
    group : tuple of str        not empty where rows add up to orders
    where : str                 leaves out rows that are no orders; empty where all are
    notes : tuple of str        what a person should look at before trusting the guess
    unused : tuple of str       source columns that no table was guessed to need, said at the source's first table
    missing : tuple of str      required columns no source column was found for
    currency : str              the one all amounts are in, where a column says so
    """

    table: str
    source: str
    columns: dict[str, str]
    group: tuple[str, ...] = ()
    where: str = ""
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    currency: str = ""


def columns_of(look: Look, table: str, amount: str | None) -> dict[str, str]:
    """Canonical column → expression, for the columns of a table that the file has; `amount` is decided already."""
    own = {plain(name): name for name in look.raw.columns}
    columns = {}
    for column in TABLES[table].columns:
        if column.name == "amount" and amount:
            columns[column.name] = amount
        elif column.name == "happened_at" and look.hints.time_apart:
            columns[column.name] = f"{look.named('happened_at')} || ' ' || {look.named('time')}"
        elif column.name == "order_id" and look.hints.together and table in ("orders", "order_lines"):
            columns[column.name] = together(look)
        elif column.name == "customer_id" and look.hints.nobody:
            columns[column.name] = f"nullif({look.named('customer_id')}, {literal(look.hints.nobody)})"
        elif column.name in look.found:
            columns[column.name] = look.found[column.name]
        elif column.name == "customer_id" and "email" in look.found:
            columns[column.name] = by_email(look)
        elif plain(column.name) in own and (column.name != "source" or column.required):
            columns[column.name] = own[plain(column.name)]
    return {name: text for name, text in columns.items() if text not in look.empty}


def priced(look: Look) -> str | None:
    """Quantity × price, if the file has both."""
    if look.has("quantity", "unit_price"):
        return f"{look.named('quantity')} * {look.named('unit_price')}"
    return None


def paid(look: Look) -> str | None:
    """What a row without an amount comes to: quantity × price, or the price where a row is a unit."""
    if priced(look) or look.has("quantity") or not look.has("product_id"):
        return priced(look)
    return look.found.get("unit_price")


def together(look: Look) -> str:
    """The order number of rows without one: a session's purchases, else a customer's at one moment."""
    customer = look.named("customer_id" if look.has("customer_id") else "email")
    by_session = look.hints.bought and look.has("session_id")
    return f"coalesce({customer}, '') || ' ' || {look.named('session_id' if by_session else 'happened_at')}"


def by_email(look: Look) -> str:
    """The customer_id of who is known by e-mail alone."""
    return f"{HASHED}{look.named('email')})))"
