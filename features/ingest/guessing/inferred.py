"""A guess of what makes one table, and the expressions that make its columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from features.ingest.guessing.file_profile import Look
from features.ingest.guessing.headers.vocabulary import named, plain
from features.ingest.source.database import literal
from features.tables import TABLES

# Money counted in its smallest piece, as programs keep it.
_CENTS = (
    r"(?<![^\W_])(cents?|centavos|centimes|pence|pennies|kopecks|minor( ?units?)?|subunits?)(?![^\W_])"
    r"|Cents$|[(（]分[)）]"
)
HASHED = "sha256(lower(trim("


@dataclass(frozen=True)
class AnswerOption:
    """One way to read something that an export leaves open.

    Attributes
    ----------
    says : str          what it takes the rows for
    columns : mapping   canonical column → expression, where they differ from the guess's own
    changes : mapping   further fields of the Guess
    proof : str         what in the data shows it; empty where nothing does
    """

    says: str
    columns: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    proof: str = ""


@dataclass(frozen=True)
class OpenQuestion:
    """What had to be chosen; the first option is the one taken."""

    asks: str
    options: tuple[AnswerOption, ...]

    @property
    def open(self) -> bool:
        """Whether nothing in the data proves what was taken."""
        return not self.options[0].proof


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
    once : tuple of str         canonical columns that rows of one order state alike
    keeps_alike : bool          rows alike are several
    questions : tuple of OpenQuestion
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
    once: tuple[str, ...] = ()
    keeps_alike: bool = False
    questions: tuple[OpenQuestion, ...] = ()

    def taking(self, option: AnswerOption) -> "Guess":
        """The guess as it would be with another option."""
        return replace(self, **{"columns": {**self.columns, **option.columns}, **option.changes})


def both(one: str, other: str) -> str:
    """SQL of two conditions, each of which may be empty."""
    return " AND ".join(condition for condition in (one, other) if condition)


def columns_of(look: Look, table: str, amount: str | None) -> dict[str, str]:
    """Canonical column → expression, for the columns of a table that the file has; `amount` is decided already."""
    own = {plain(name): name for name in look.raw.columns}
    columns = {}
    for column in TABLES[table].columns:
        if column.name == "amount" and amount:
            columns[column.name] = in_whole(amount) if amount in look.raw.columns else amount
        elif column.name == "happened_at" and look.hints.time_apart:
            columns[column.name] = f"{look.named('happened_at')} || ' ' || {look.named('time')}"
        elif column.name == "order_id" and look.number:
            columns[column.name] = look.number
        elif column.name == "order_id" and look.hints.together and table in ("orders", "order_lines"):
            columns[column.name] = together(look)
        elif column.name == "customer_id" and look.hints.people.email_knows:
            columns[column.name] = by_email(look)
        elif column.name == "customer_id" and (look.hints.people.nobody or look.hints.people.crowd):
            columns[column.name] = without_guests(look)
        elif column.name == "product_id" and look.hints.no_product:
            columns[column.name] = f"coalesce({look.named('product_id')}, {look.named('product_name')})"
        elif column.name == "known_at" and "known_at" in look.found and not look.hints.late:
            continue
        elif column.name in look.found:
            columns[column.name] = look.found[column.name]
        elif column.name == "customer_id" and "email" in look.found:
            columns[column.name] = by_email(look)
        elif plain(column.name) in own and (column.name != "source" or column.required):
            columns[column.name] = own[plain(column.name)]
    return {name: text for name, text in columns.items() if text not in look.empty}


def paid(look: Look) -> str | None:
    """What a row comes to where no column says it: quantity × price, or the price where it is of the whole row."""
    price = in_whole(look.found["unit_price"]) if look.has("unit_price") else None
    if price and look.has("quantity") and not look.hints.amounts.price_of_row:
        return f"{look.named('quantity')} * {look.named('unit_price') if price == look.found['unit_price'] else price}"
    if look.hints.amounts.price_of_row or (look.has("product_id") and not look.has("quantity")):
        return price
    return None


def in_whole(column: str) -> str:
    """A column of amounts, divided by a hundred where its name says that it counts cents."""
    return f"{named(column)} / 100" if re.search(_CENTS, column, re.IGNORECASE) else column


def without_guests(look: Look, crowd: bool = True) -> str:
    """The customer_id, NULL for the ids that guests share; also for those that only seem to be of a crowd."""
    people = look.hints.people
    nobody = (*people.nobody, *(people.crowd if crowd else ()))
    if not nobody:
        return look.found["customer_id"]
    column = look.named("customer_id")
    if len(nobody) == 1:
        return f"nullif({column}, {literal(nobody[0])})"
    return f"if({column} IN ({', '.join(literal(value) for value in nobody)}), NULL, {column})"


def together(look: Look) -> str:
    """The order number of rows without one: a session's purchases, else a customer's at one moment."""
    customer = look.named("customer_id" if look.has("customer_id") else "email")
    by_session = look.hints.bought and look.has("session_id")
    return f"coalesce({customer}, '') || ' ' || {look.named('session_id' if by_session else 'happened_at')}"


def by_email(look: Look) -> str:
    """The customer_id of who is known by e-mail alone."""
    return f"{HASHED}{look.named('email')})))"
