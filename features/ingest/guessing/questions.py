"""What an export leaves open, with what each answer would mean."""

from collections.abc import Iterator
from dataclasses import replace

from features.ingest.guessing.file_profile import Look
from features.ingest.guessing.headers.vocabulary import named
from features.ingest.guessing.inferred import AnswerOption, Guess, OpenQuestion, both, by_email, paid, without_guests
from features.ingest.guessing.values.days import read_by
from features.ingest.guessing.values.states import not_understood
from features.ingest.source.database import literal

_RECOGNISED = "was recognised by its values, not its name"
_NO_CENTS = {"JPY", "KRW", "VND", "IDR", "CLP", "ISK", "PYG", "HUF", "TWD", "COP"}


def questions_of(look: Look, orders: Guess) -> tuple[OpenQuestion, ...]:
    """The questions that a guess of orders answers one way and could answer another."""
    return (
        *_days(look), *_amount(look, orders), *_price(look, orders), *_cents(look, orders), *_customer(look),
        *_crowd(look), *_padded(look, orders), *_by_values(look), *_unnamed_state(look, orders),
        *_states(look, orders), *_alike(look, orders),
    )  # fmt: skip


def _days(look: Look) -> Iterator[OpenQuestion]:
    """Whether 3/4 is in March or in April, where days above 12 are too few to tell."""
    days = look.hints.days
    if not days.ways or look.hints.time_apart or look.hints.zoned:
        return
    column = look.named("happened_at")
    first, other = (
        AnswerOption(
            f"{'day' if way[0].index('%d') < way[0].index('%m') else 'month'} first",
            {"happened_at": read_by(column, way)},
        )
        for way in days.ways
    )
    asks = f"{days.unsure:,} dates of {look.found['happened_at']} could be read both ways: day or month first?"
    yield OpenQuestion(asks, (replace(first, proof=days.proof), other))


def _amount(look: Look, orders: Guess) -> Iterator[OpenQuestion]:
    """Where several columns could be what an order came to."""
    amounts = look.hints.amounts
    options = [AnswerOption(f"amount = {orders.columns['amount']}", proof=amounts.proof if amounts.total else "")]
    told = "amount" in look.by_values
    asks = f"how much is an order? {look.by_values['amount'][0]} {_RECOGNISED}" if told else "how much is an order?"
    if look.hints.given_back:
        if told:
            yield OpenQuestion(asks, tuple(options))
        return
    if orders.group and amounts.same:
        rows = amounts.line or paid(look)
        if rows:
            without = tuple(name for name in orders.once if name != "amount")
            options.append(AnswerOption(f"what its rows come to: {rows}", {"amount": rows}, {"once": without}))
    for other in (*((amounts.pieces,) if amounts.pieces else ()), *amounts.others[:2]):
        options.append(AnswerOption(f"amount = {other}", {"amount": other}))
    if len(options) > 1 or told:
        yield OpenQuestion(asks, tuple(replace(option, proof="") for option in options) if told else tuple(options))


def _by_values(look: Look) -> Iterator[OpenQuestion]:
    """Which column a customer or a moment is where no name says it, and the values of some could be."""
    for meaning, asks in {"customer_id": "who is a customer?", "happened_at": "when was an order?"}.items():
        if meaning not in look.by_values:
            continue
        taken, *others = look.by_values[meaning]
        options = [AnswerOption(f"{meaning} = {taken}")]
        options += [AnswerOption(f"{meaning} = {other}", {meaning: other}) for other in others[:2]]
        yield OpenQuestion(f"{asks} {taken} {_RECOGNISED}", tuple(options))


def _price(look: Look, orders: Guess) -> Iterator[OpenQuestion]:
    """Whether a price is of one piece or of the whole quantity, where an order's amount hangs on it."""
    if not look.has("quantity", "unit_price") or look.hints.amounts.total or look.hints.amounts.line:
        return
    price, pieces = look.named("unit_price"), look.named("quantity")
    each = AnswerOption(f"{price} is of one piece", {"amount": f"{pieces} * {price}"})
    whole = AnswerOption(f"{price} is of the whole row", {"amount": look.found["unit_price"]})
    taken, other = (whole, each) if look.hints.amounts.price_of_row else (each, whole)
    yield OpenQuestion(
        "is a price of one piece or of the row?",
        (AnswerOption(taken.says, taken.columns, proof=look.hints.amounts.proof), other),
    )


def _cents(look: Look, orders: Guess) -> Iterator[OpenQuestion]:
    """Whether whole numbers are cents, where no name says so and the currency has some."""
    amount = orders.columns["amount"]
    if not look.hints.amounts.cents or amount not in look.raw.columns or _NO_CENTS & set(look.hints.currencies):
        return
    whole = AnswerOption(f"{amount} is in whole money")
    cents = AnswerOption(f"{amount} is in cents", {"amount": f"{named(amount)} / 100"})
    yield OpenQuestion(f"{amount} has whole numbers alone: are they cents, a hundredth each?", (whole, cents))


def _crowd(look: Look) -> Iterator[OpenQuestion]:
    """Whether an id that very many rows have is one person, where no word says that it is nobody."""
    crowd = look.hints.people.crowd
    if not crowd or look.hints.people.email_knows:
        return
    listed, verb = ", ".join(crowd), "stands" if len(crowd) == 1 else "stand"
    nobody = AnswerOption("their orders are nobody's", {"customer_id": without_guests(look)})
    people = AnswerOption("each is one customer", {"customer_id": without_guests(look, crowd=False)})
    yield OpenQuestion(f"{listed} {verb} on far more rows than any other id: many people, or one?", (nobody, people))


def _padded(look: Look, orders: Guess) -> Iterator[OpenQuestion]:
    """Whether 00123 and 123 are one: a spreadsheet takes the zeros before a number."""
    people = look.hints.people
    if not people.padded or people.email_knows:
        return
    column = orders.columns["customer_id"]
    value = look.named("customer_id") if column == look.found["customer_id"] else column
    same = AnswerOption("they are one", {"customer_id": f"ltrim({value}, '0')"})
    asks = f"{people.padded:,} ids stand there with zeros before them and without, as 00123 and 123: the same people?"
    yield OpenQuestion(asks, (same, AnswerOption("they are two", {"customer_id": column})))


def _customer(look: Look) -> Iterator[OpenQuestion]:
    people = look.hints.people
    if not people.email_knows:
        return
    column = look.found["customer_id"]
    own = {"customer_id": without_guests(look)} if people.nobody else {"customer_id": column}
    yield OpenQuestion(
        "who is a customer?",
        (
            AnswerOption(
                "known by e-mail",
                {"customer_id": by_email(look)},
                proof=f"{people.by_email:,} people; by {column} {people.known:,}, {people.guests:,} rows nobody's",
            ),
            AnswerOption(f"known by {column}", own),
        ),
    )


def _states(look: Look, orders: Guess) -> Iterator[OpenQuestion]:
    """Whether orders stand whose state says nothing that is known here."""
    kept = [state for state in look.hints.states if state not in look.hints.called_off]
    unknown = not_understood(kept)
    if not unknown or len(look.hints.states) == 1:
        return
    left = unknown if len(unknown) < len(kept) else unknown[1:]  # the most frequent are orders, if any are
    if not left:
        return
    listed = ", ".join(literal(state) for state in left)
    without = f"coalesce({look.named('status')}, '') NOT IN ({listed})"
    orders_all = AnswerOption("they are orders")
    none = AnswerOption("they are none", changes={"where": both(orders.where, without)})
    yield OpenQuestion(f"{look.found['status']} {', '.join(left[:8])}: orders that stand, or none?", (orders_all, none))


def _unnamed_state(look: Look, orders: Guess) -> Iterator[OpenQuestion]:
    """Whether a column that only its values tell is an order's state."""
    column, off = look.hints.unnamed_state
    if column:
        listed = ", ".join(map(literal, off))
        without = f"coalesce({named(column)}, '') NOT IN ({listed})"
        none = AnswerOption("they are none", changes={"where": both(orders.where, without)})
        stand = AnswerOption("they are orders", changes={"where": orders.where})
        yield OpenQuestion(f"{column} {', '.join(off[:8])}: orders, or none? It {_RECOGNISED}", (none, stand))


def _alike(look: Look, orders: Guess) -> Iterator[OpenQuestion]:
    if look.hints.alike < 0.01 or not (orders.group or look.hints.together):
        return
    several = AnswerOption("rows alike are several pieces", changes={"keeps_alike": True})
    again = AnswerOption("rows alike came twice", changes={"keeps_alike": False})
    taken, other = (several, again) if orders.keeps_alike else (again, several)
    asks = f"{look.hints.alike:.0%} of the rows repeat another in every column: pieces, or sent twice?"
    yield OpenQuestion(asks, (taken, other))
