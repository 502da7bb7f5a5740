"""What a person should look at before trusting a draft, in sentences."""

from collections.abc import Iterator

from features.ingest.guessing.file_profile import Look
from features.ingest.guessing.values.amounts import leaves_out

_EDGE = 0.02  # a smaller share of moments with a zone, or without one, is a slip


def notes_of(look: Look, lines: bool) -> tuple[str, ...]:
    """Everything worth a look about the orders of one kind of file; `lines` says that rows are parts of orders."""
    return (*_people(look), *_rows(look, lines), *_states(look), *_moments(look), *_amounts(look))


def _people(look: Look) -> Iterator[str]:
    people = look.hints.people
    if not look.has("customer_id"):
        yield "customers are known by e-mail alone: its hash is their id, here and in the service's calls"
    if people.staff:
        nothing_else = look.found.get("customer_id") == people.staff
        taken = "it is the customer here because nothing else is" if nothing_else else "it is no customer here"
        yield f"{people.staff} has a handful of values on many rows each, as tills and cashiers have: {taken}"
    if people.nobody and not people.email_knows:
        shared = ", ".join(value for value in people.nobody)
        yield f"guests seem to share the id {shared}: their orders count as nobody's"
    if people.once:
        yield (
            f"most values of {look.found['customer_id']} have a single order: a marketplace's ids may change with "
            "each, and then nobody comes back"
        )
    if people.names:
        yield f"{look.found['customer_id']} holds names: two people of one name are one customer here"
    for column in look.hints.clipped:
        yield (
            f"{column} is written like 8.61E+12: a spreadsheet has cut its digits, and many people or orders became "
            "one. Export it again with that column as text; check refuses such rows"
        )


def _rows(look: Look, lines: bool) -> Iterator[str]:
    hints = look.hints
    if hints.together:
        same = "in one session" if hints.bought and look.has("session_id") else "at one moment"
        yield f"no column numbers orders: what a customer buys {same} is taken for one"
    if "order_id" in look.by_values:
        yield f"{look.found['order_id']} numbers orders by its values, not its name"
    if look.number:
        yield (
            f"{look.found['order_id']} starts again, with several customers or months between: an order's number is "
            f"{look.number}"
        )
    if hints.of_orders:
        yield f"one row of each order says {look.found['type']} = {hints.of_orders}: that row is the order"
    if hints.continued:
        yield (
            "rows below an order's first leave its number, customer and date blank: the first row is the order, and "
            "the products of the others cannot be read without them. Export with these columns repeated to have lines"
        )
    elif lines and hints.amounts.once and not hints.of_orders:
        yield f"one row of each order states its {hints.amounts.total}: that row is the order, all are its lines"


def _states(look: Look) -> Iterator[str]:
    hints = look.hints
    if hints.called_off:
        kept = [state for state in hints.states if state not in hints.called_off]
        yield f"left out as no orders: {look.found['status']} {', '.join(hints.called_off)}; kept: {', '.join(kept)}"
    elif len(hints.states) > 1:
        yield f"all states count as orders: {look.found['status']} {', '.join(hints.states)}"
    for column, values in hints.undone:
        yield f"left out as no orders: {column} {', '.join(values)}"
    for column, values in () if hints.unnamed_state[0] else hints.untaken:
        yield (
            f"{column} says {', '.join(values)}, and such rows count as orders: leave them out with where if they are "
            "none"
        )
    column, sums = hints.sums
    if sums:
        yield f"left out as sums of other rows, or a header again: {column} {', '.join(sums[:5])}"
    if look.has("called_off_at"):
        yield f"left out as no orders: rows with a {look.found['called_off_at']}"


def _moments(look: Look) -> Iterator[str]:
    zoned = look.hints.zoned
    if _EDGE < zoned < 1 - _EDGE:
        yield (
            f"{zoned:.0%} of {look.found['happened_at']} carry a zone and the others none: the two may be hours apart. "
            "Those without are taken as local to the timezone above"
        )
    elif zoned:
        yield "moments carry their zone and become local to the timezone above: name the shop's own"
    days = look.hints.days
    if days.either:
        yield (
            f"{look.found['happened_at']} writes some days first and some months first: {days.either:,} dates "
            "could be either. Export them in one way"
        )
    elif days.unsure and not days.ways:
        yield f"{days.unsure:,} dates of {look.found['happened_at']} could be read day first or month first"
    if look.has("known_at") and not look.hints.late:
        yield (
            f"{look.found['known_at']} is not when rows became known: it does not follow what happened, as a column "
            "of the last load or change does not"
        )


def _amounts(look: Look) -> Iterator[str]:
    hints = look.hints
    if hints.refunds:
        yield (
            f"{look.found['refunded']} says what was given back, not when: taken off the amount it would be known too "
            "early. Returns come from rows of their own, negative, with their date"
        )
    if len(hints.currencies) > 1:
        yield f"amounts are in {', '.join(hints.currencies)}: convert them or leave out all but one"
    taken = hints.amounts.total or hints.amounts.line
    if taken and leaves_out(taken):
        yield f"{taken} is by its name without tax, shipping or another part of what was paid: no column is the whole"
    if hints.amounts.pieces:
        yield f"{hints.amounts.pieces} has small whole numbers alone: it seems to count pieces or points, not money"
