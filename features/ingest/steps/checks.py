"""What a row may be refused for: each fault names a column, says why, and is one SQL condition."""

from dataclasses import dataclass

from features.ingest.reading.mapping import Mapped, TableMapping
from features.ingest.reading.texts import CLIPPED, is_text
from features.ingest.source.database import identifier, literal
from features.tables import Column, Table

# Older moments are default values of some system, not purchases.
EARLIEST = "TIMESTAMP '1971-01-01'"
# Of larger amounts neither sums nor squares can be held for every customer: one mistake would end a whole night.
LARGEST = "999999999.9999"
FUTURE = "a moment in the future"
BACKWARDS = "a moment before happened_at"
CUT = "an id in scientific notation, whose digits a spreadsheet has cut (export that column as text)"
# A bare date says only the day, and lies at its beginning.
_NOT_THAT_DAY = "known_at <> date_trunc('day', happened_at)"


@dataclass(frozen=True)
class Fault:
    """One way in which a row breaks its contract.

    Attributes
    ----------
    column : str
    reason : str
    condition : str     SQL over canonical columns, and source values as `input_name(column)`
    """

    column: str
    reason: str
    condition: str


def input_name(column: str) -> str:
    """The source's value a canonical column is read from, beside it in the same row."""
    return identifier(f"{column}\x1finput")


def unread_name(column: str) -> str:
    """Whether a source's text column, read as a number, holds something that is none."""
    return identifier(f"{column}\x1funread")


def faults(table: Table, mapping: TableMapping, latest: str) -> tuple[Fault, ...]:
    """Everything checked on a row of `table` alone, the first that holds giving the reason.

    Parameters
    ----------
    latest : str        SQL of the moment after which nothing can have happened yet
    """
    found: list[Fault] = []
    if mapping.where is not None:
        found += [_unread(name, name) for name in mapping.where.numbers]
    for mapped in mapping.columns:
        found += _of_column(table, mapped)
    for clock in ("happened_at", "known_at"):
        if clock in mapping.names:
            name = identifier(clock)
            found.append(Fault(clock, "a moment before 1971", f"{name} < {EARLIEST}"))
            found.append(Fault(clock, FUTURE, f"{name} > {latest}"))
    if {"happened_at", "known_at"} <= mapping.names:
        found.append(Fault("known_at", BACKWARDS, f"known_at < happened_at AND {_NOT_THAT_DAY}"))
    if table.name == "orders" and "kind" in mapping.names:
        found.append(Fault("amount", "a positive amount on a return", "kind = 'return' AND amount > 0"))
    return tuple(found)


def _of_column(table: Table, mapped: Mapped) -> list[Fault]:
    column, name = mapped.column, identifier(mapped.column.name)
    found = [_unread(column.name, source) for source in mapped.numbers]
    unread = f"{name} IS NULL AND {input_name(column.name)} IS NOT NULL"
    if is_text(mapped.kind):
        unread += f" AND trim({input_name(column.name)}) <> ''"
    found.append(Fault(column.name, _unreadable(column, mapped), unread))
    if column.role == "id" and is_text(mapped.kind):
        found.append(
            Fault(column.name, CUT, f"contains({name}, '+') AND regexp_full_match({name}, {literal(CLIPPED)})")
        )
    if column.required and not (column.name == "customer_id" and table.guests):
        found.append(Fault(column.name, "no value", f"{name} IS NULL"))
    if column.values:
        # No IN: of a long list DuckDB makes a join.
        allowed = " OR ".join(f"{name} = {literal(value)}" for value in column.values)
        found.append(Fault(column.name, f"a value that is none of {', '.join(column.values)}", f"NOT ({allowed})"))
    if column.role == "money":
        beyond = f"{name} NOT BETWEEN -{LARGEST} AND {LARGEST}"
        found.append(Fault(column.name, f"an amount beyond {LARGEST}", beyond))
    if column.low is not None:
        found.append(Fault(column.name, f"a value below {column.low:g}", f"{name} < {column.low}"))
    if column.above is not None:
        found.append(Fault(column.name, f"a value not above {column.above:g}", f"{name} <= {column.above}"))
    if column.high is not None:
        found.append(Fault(column.name, f"a value above {column.high:g}", f"{name} > {column.high}"))
    return found


def _unread(column: str, source: str) -> Fault:
    return Fault(column, f"text that is not a number in source column {source}", unread_name(source))


def _unreadable(column: Column, mapped: Mapped) -> str:
    expected = {
        "money": "an amount of money", "number": "a number", "moment": "a date or time", "flag": "true or false",
    }.get(column.role, "text")  # fmt: skip
    if mapped.style.mixed:
        return "a date that could be day first or month first, for both occur"
    what = "text that is not" if is_text(mapped.kind) else "a value that is not"
    return f"{what} {expected}"
