"""Guesses how the rows of one kind of file make orders, and their lines."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from features.ingest.guessing.file_profile import Look
from features.ingest.guessing.headers.vocabulary import BOUGHT, EVENTS, named
from features.ingest.guessing.inferred import Guess, columns_of, paid
from features.ingest.guessing.notes import notes_of
from features.ingest.guessing.questions import questions_of
from features.ingest.guessing.values.currencies import only_one
from features.ingest.source.database import literal


def orders_of(look: Look) -> Iterator[Guess]:
    """Orders; where a row is a line of one, the lines too."""
    lines = "order_id" in look.repeated or look.hints.together
    conditions, of_lines = _not_called_off(look), _not_called_off(look)
    amounts, product = look.hints.amounts, paid(look)
    amount = look.found.get("amount") or product or ""
    says: dict[str, Any] = {"group": ("order_id",) if lines else ()}
    if look.hints.of_orders:
        conditions, of_lines = [_is(look, look.hints.of_orders), *conditions], [_is(look, look.hints.of_lines)]
        says["group"] = ()
    elif look.hints.continued:
        conditions, of_lines = [f"{look.named('happened_at')} IS NOT NULL", *conditions], []
        says["group"] = ()
    elif lines and amounts.once:
        # The row that states the amount states all that belongs to the order; its lines follow what becomes of it.
        conditions, of_lines = [f"{look.named('amount')} IS NOT NULL", *conditions], []
        says["group"] = ()
    elif lines:
        amount = amounts.total if amounts.same else amounts.line or product or amount
    columns = columns_of(look, "orders", amount) | _of_returns(look, amount)
    if says["group"]:
        stated = {*look.hints.same, *(("amount",) if amounts.same and amount == amounts.total else ())}
        says["once"] = tuple(name for name in ("amount", "discount", "shipping") if name in stated & columns.keys())
    alike = lines and _rows_are_pieces(look)
    orders = Guess(
        "orders", look.source, columns, where=_all(conditions), notes=notes_of(look, lines), 
        currency=only_one(look.hints.currencies),
        keeps_alike=alike, **says,
    )  # fmt: skip
    yield replace(orders, questions=questions_of(look, orders))
    if (
        lines
        and look.has("product_id")
        and not look.hints.continued
        and (look.hints.of_lines or not look.hints.of_orders)
    ):
        columns = columns_of(look, "order_lines", amounts.line or product or (None if amounts.total else amount))
        if amounts.once and not look.hints.of_orders:  # the row of the order's total may have no product of its own
            of_lines.append(f"{_in_words(columns['product_id'], look)} IS NOT NULL")
        yield Guess("order_lines", look.source, columns, where=_all(of_lines), keeps_alike=alike)
    if look.hints.bought:
        said = () if look.has("channel") else ("the channel of these contacts is a guess: web, app, store …",)
        yield Guess("touchpoints", look.source, _touches(look), notes=said)


def products_of(look: Look) -> Iterator[Guess]:
    """The products that lines tell of, where no file of their own does: rows that are alike count once."""
    if look.hints.of_products:
        columns = {name: look.found[name] for name in ("product_id", *look.hints.of_products)}
        yield Guess("products", look.source, columns)


def _rows_are_pieces(look: Look) -> bool:
    """Rows without a quantity, many of them alike: a till's scans, a unit a row."""
    return look.hints.alike >= 0.02 and not look.has("quantity")


def _is(look: Look, kind: str) -> str:
    return f"{look.named('type')} = {literal(kind)}"


def _not_called_off(look: Look) -> list[str]:
    listed = _texts(look.hints.called_off)
    conditions = [f"coalesce({look.named('status')}, '') NOT IN ({listed})"] if listed else []
    for column, values in look.hints.undone:
        # In brackets of its own: a flag of 0 and 1 is read as a number, and no text stands beside it.
        conditions.append(f"NOT coalesce({named(column)} IN ({_texts(values)}), false)")
    column, values = look.hints.sums
    if values:
        conditions.append(f"coalesce({named(column)}, '') NOT IN ({_texts(values)})")
    if look.has("called_off_at"):
        conditions.append(f"{look.named('called_off_at')} IS NULL")
    if look.hints.bought:
        conditions.append(f"{look.named('event')} IN ({', '.join(literal(one) for one in look.hints.bought)})")
    return conditions


def _in_words(text: str, look: Look) -> str:
    return named(text) if text in look.raw.columns else text


def _texts(values: Sequence[str]) -> str:
    return ", ".join(literal(value) for value in values)


def _touches(look: Look) -> dict[str, str]:
    """Every row of a log of events as a contact, its event by our names; the channel is for a person to say."""
    event, cases = look.named("event"), ""
    for kind, pattern in {"purchase": BOUGHT, **EVENTS}.items():
        own = [one for one in look.hints.events if kind != one and re.search(pattern, one, re.IGNORECASE)]
        own = [one for one in own if not re.search("remove|delete|cancel", one, re.IGNORECASE)]
        if own:
            cases += f"WHEN {event} IN ({', '.join(literal(one) for one in own)}) THEN {literal(kind)} "
    columns = columns_of(look, "touchpoints", None)
    return {**columns, "channel": columns.get("channel", "'web'"), "kind": f"CASE {cases}ELSE {event} END"}


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(conditions)


def _of_returns(look: Look, amount: str) -> dict[str, str]:
    """Where a column says what kind of document a row is, returns are negative whatever their sign."""
    if not look.hints.given_back:
        return {}
    returned = f"{look.named('type')} IN ({', '.join(literal(value) for value in look.hints.given_back)})"
    known = _in_words(amount, look)
    return {
        "kind": f"if({returned}, 'return', 'order')",
        "amount": f"if({returned}, -abs({known}), {known})",
    }
