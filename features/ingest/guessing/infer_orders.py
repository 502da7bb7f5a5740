"""Guesses how the rows of one kind of file make orders, and their lines."""

import re
from collections.abc import Iterator, Sequence

from features.ingest.guessing.file_profile import Look
from features.ingest.guessing.inferred import Guess, columns_of, paid
from features.ingest.guessing.vocabulary import BOUGHT, EVENTS
from features.ingest.source.database import literal


def orders_of(look: Look) -> Iterator[Guess]:
    """Orders; where a row is a line of one, the lines too."""
    lines, product, notes = "order_id" in look.repeated or look.hints.together, paid(look), _notes(look)
    amount, group = look.found.get("amount") or product, ("order_id",) if lines else ()
    conditions = _not_called_off(look)
    of_lines = conditions
    if lines and "amount" in look.hints.once:
        # The row that states the amount states all that belongs to the order; its lines follow what becomes of it.
        group, conditions, of_lines = (), [f"{look.named('amount')} IS NOT NULL", *conditions], []
        notes += (f"one row of each order states its {look.found['amount']}: that row is the order, all are its lines",)
    elif lines and "amount" in look.hints.same:
        amount = product or amount
        if not product:
            notes += (f"{amount} is the same on every row of an order: added up it counts too often",)
    columns = columns_of(look, "orders", amount)
    if group:
        columns = {name: text for name, text in columns.items() if name == "amount" or name not in look.hints.same}
    columns |= _of_returns(look, columns["amount"])
    yield Guess("orders", look.source, columns, group, _all(conditions), notes, currency=_currency(look))
    if lines and look.has("product_id"):
        columns = columns_of(look, "order_lines", product or amount)
        yield Guess("order_lines", look.source, columns, (), _all(of_lines))
    if look.hints.bought:
        said = () if look.has("channel") else ("the channel of these contacts is a guess: web, app, store …",)
        yield Guess("touchpoints", look.source, _touches(look), notes=said)


def products_of(look: Look) -> Iterator[Guess]:
    """The products that lines tell of, where no file of their own does: rows that are alike count once."""
    if look.hints.of_products:
        columns = {name: look.found[name] for name in ("product_id", *look.hints.of_products)}
        yield Guess("products", look.source, columns)


def _not_called_off(look: Look) -> list[str]:
    listed = ", ".join(literal(value) for value in look.hints.called_off)
    conditions = [f"coalesce({look.named('status')}, '') NOT IN ({listed})"] if listed else []
    if look.hints.bought:
        conditions.append(f"{look.named('event')} IN ({', '.join(literal(one) for one in look.hints.bought)})")
    return conditions


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
    amount = look.named("amount") if amount == look.found.get("amount") else amount
    return {
        "kind": f"if({returned}, 'return', 'order')",
        "amount": f"if({returned}, -abs({amount}), {amount})",
    }


def _notes(look: Look) -> tuple[str, ...]:
    notes = []
    if not look.has("customer_id"):
        notes.append("customers are known by e-mail alone: its hash is their id, here and in the service's calls")
    if look.hints.together:
        same = "in one session" if look.hints.bought and look.has("session_id") else "at one moment"
        notes.append(f"no column numbers orders: what a customer buys {same} is taken for one")
    if look.hints.zoned:
        notes.append("moments carry their zone and become local to the timezone above: name the shop's own")
    if look.hints.nobody:
        notes.append(f"guests seem to share the id {look.hints.nobody}: their orders count as nobody's")
    if look.hints.refunds:
        notes.append(
            f"{look.found['refunded']} says what was given back, not when: taken off the amount it would be known too "
            "early. Returns come from rows of their own, negative, with their date"
        )
    if len(look.hints.currencies) > 1:
        notes.append(f"amounts are in {', '.join(look.hints.currencies)}: convert them or leave out all but one")
    return tuple(notes)


def _currency(look: Look) -> str:
    return look.hints.currencies[0] if len(look.hints.currencies) == 1 else ""
