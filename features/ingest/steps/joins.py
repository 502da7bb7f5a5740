"""Seventh step, across tables: what a row takes from another table, and references that lead nowhere."""

from collections.abc import Mapping

from features.ingest.facts import Finding
from features.ingest.reading.casts import cast, given
from features.ingest.source.database import identifier, literal
from features.ingest.steps.step import IngestStep, key_text, leave_out, refuse, refused_whole
from features.known import WITHHELD
from features.tables import Column

# Lines without an order were refused before.
_LINE = ("order_lines", "order_id")
_FROM_PRODUCTS = ("category", "department", "brand")
NO_RESPONSE = "the number of a message that was withheld (arm control): nobody can respond to it"


def join(step: IngestStep, steps: Mapping[str, IngestStep]) -> None:
    """Leave the relation `joined`: given and derived columns, `_lines`."""
    if step.table.name == "order_lines":
        _lines_from_orders(step, steps)
    elif step.table.name == "responses":
        _responses_from_messages(step, steps)
    elif step.table.name == "customers":
        _leave(step, f"SELECT *, known_at AS happened_at FROM {step.name('named')}")
    else:
        _leave(step, f"SELECT * FROM {step.name('named')}")


def dangling(step: IngestStep, steps: Mapping[str, IngestStep]) -> list[Finding]:
    """References to rows that are not there: a warning with a count, the rows stay."""
    found = []
    for column in step.table.columns:
        other = steps.get(column.refers or "")
        if other is not None and column.name in step.mapping.names and (step.table.name, column.name) != _LINE:
            count, example = _unknown(step, column, other)
            if count:
                reason = f"a value unknown in table '{column.refers}'"
                found.append(Finding(step.table.name, column.name, reason, count, example or "", "warning"))
    return found


def _unknown(step: IngestStep, column: Column, other: IngestStep) -> tuple[int, str | None]:
    name, key = identifier(column.name), identifier(other.table.key[0])
    count, example = step.database.row(
        f"""
        SELECT coalesce(sum(_lines), 0), min({key_text(step.table)}) FROM {step.name("joined")} AS j
        WHERE {name} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {other.name("named")} AS o WHERE o.{key} = j.{name})
        """
    )
    return int(count), example


def _leave(step: IngestStep, query: str) -> None:
    step.database.run(f"CREATE {'TABLE' if step.table.joined_from else 'VIEW'} {step.name('joined')} AS {query}")


def _lines_from_orders(step: IngestStep, steps: Mapping[str, IngestStep]) -> None:
    """Lines take customer and clocks from their order: a negative line from the return, if one has its number."""
    named, orders = step.name("named"), steps["orders"].name("named")
    lost = f"(SELECT * FROM {named} AS l WHERE NOT EXISTS (SELECT 1 FROM {orders} AS o WHERE o.order_id = l.order_id))"
    if lost_with_orders := _filtered_orders(steps["orders"]):
        left = f"(SELECT * FROM {lost} WHERE order_id IN ({lost_with_orders}))"
        (lines,) = step.database.row(f"SELECT coalesce(sum(_lines), 0) FROM {left}")
        leave_out(step, "filtered", int(lines))
        lost = f"(SELECT * FROM {lost} WHERE order_id NOT IN ({lost_with_orders}))"
    refuse(step, refused_whole("order_id", "the number of no accepted order", step.table, lost))
    taken = ("customer_id", "kind", "happened_at", "known_at", "channel", "store_id")
    product, products = ", ".join(f"NULL::VARCHAR AS {name}" for name in _FROM_PRODUCTS), ""
    if "products" in steps:
        product = ", ".join(f"p.{name}" for name in _FROM_PRODUCTS)
        products = f"LEFT JOIN {steps['products'].name('named')} AS p USING (product_id)"
    row = ", ".join(f"{name} := {name}" for name in taken)
    first = f"arg_min(struct_pack({row}), (known_at, happened_at, customer_id, amount))"
    firsts = ", ".join(
        f"{first} FILTER (kind = '{kind}') AS {name}" for kind, name in (("order", "sold"), ("return", "returned"))
    )
    _leave(
        step,
        f"""
        SELECT l.* EXCLUDE (_order), {", ".join(f"l._order.{name} AS {name}" for name in taken)}, {product}
        FROM (SELECT l.*, CASE WHEN coalesce(l.amount, l.quantity, 0) < 0 THEN coalesce(o.returned, o.sold)
                               ELSE coalesce(o.sold, o.returned) END AS _order
              FROM {named} AS l
              JOIN (SELECT order_id, {firsts} FROM {orders} GROUP BY order_id) AS o USING (order_id)) AS l
        {products}
        """,
    )


def _filtered_orders(orders: IngestStep) -> str | None:
    """SQL of the numbers of orders that the shop's own `where` leaves out; None where nothing is left out.

    Their lines often lie in a file that has no column to leave them out by.
    """
    number = next((m for m in orders.mapping.columns if m.column.name == "order_id"), None)
    if orders.mapping.where is None or number is None:
        return None
    raw = orders.mapping.view.over(orders.raw.relation, number.sources)
    read = cast(given(number.value, number.kind), number.kind, "id", orders.timezone, number.style)
    kept = f"SELECT order_id FROM {orders.name('refused')} WHERE order_id IS NOT NULL"
    return f"SELECT DISTINCT number FROM (SELECT {read} AS number FROM {raw}) WHERE number IS NOT NULL EXCEPT {kept}"


def _responses_from_messages(step: IngestStep, steps: Mapping[str, IngestStep]) -> None:
    """Responses take customer and channel from their message; one to a message that was withheld cannot be."""
    nothing = "NULL::VARCHAR AS customer_id, NULL::VARCHAR AS channel, NULL::VARCHAR AS campaign_id, "
    taken, joined, kept = nothing + "NULL::TIMESTAMP AS sent_at", "", step.name("named")
    if "messages" in steps:
        messages = steps["messages"].name("named")
        withheld = f"(SELECT message_id FROM {messages} WHERE arm = '{WITHHELD}')"
        answered = f"(SELECT * FROM {kept} WHERE message_id IN {withheld})"
        refuse(step, refused_whole("message_id", NO_RESPONSE, step.table, answered))
        kept = f"(SELECT * FROM {kept} WHERE message_id NOT IN {withheld})"
        taken = "m.customer_id, m.channel, m.campaign_id, m.happened_at AS sent_at"
        joined = f"LEFT JOIN {messages} AS m USING (message_id)"
    _leave(step, f"SELECT r.*, {taken} FROM {kept} AS r {joined}")


def broken_lines(step: IngestStep) -> None:
    """Refuse lines of text files that have more or fewer cells than the header."""
    if step.raw.broken:
        reason, nobody = "more or fewer cells than the header", "NULL, NULL, NULL, NULL"
        refuse(step, f"SELECT {literal('(whole line)')}, {literal(reason)}, NULL, NULL, {step.raw.broken}, {nobody}")
