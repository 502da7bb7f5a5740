"""The rows KPIs are made of: visits, touchpoints, orders, deliveries, buyers, sends and cases, each with its places.

A relation is there for the shops whose tables it is read from. Its `places` are the columns by which it can be told
apart, besides the month and the customer's segment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from features.promises import deliveries_known
from insights.funnel.visits import visits
from insights.known import Known


@dataclass(frozen=True)
class Relation:
    """Rows of one kind.

    Attributes
    ----------
    tables : tuple of str       canonical tables that the shop must give
    places : mapping            place → column of the rows
    derive : callable           the rows as known: customer_id, happened_at, shown_at, place columns, measures
    guest : str                 column that stands for the person of a guest's row
    of_people : bool            summed up to a row a person, period and place before it is reduced
    """

    tables: tuple[str, ...]
    places: Mapping[str, str]
    derive: Callable[[Known], ir.Table]
    guest: str
    of_people: bool = False


def _visits(known: Known) -> ir.Table:
    return visits(known)


def _touchpoints(known: Known) -> ir.Table:
    """Touchpoints, with whether the shop ever records a payment that failed."""
    rows = known.rows("touchpoints")
    failed = rows.filter(rows.kind == "payment_failed").limit(1)
    return rows.mutate(tells_failures=ibis.literal(known.engine.arrow(failed.select("kind")).num_rows > 0))


def _orders(known: Known) -> ir.Table:
    """One row an order or return: items, and whether it is the person's first order or that of somebody invited."""
    rows = known.rows("orders")
    bought = rows.kind == "order"
    first = rows.happened_at.min(where=bought).over(ibis.window(group_by="customer_id"))
    rows = rows.mutate(
        is_order=bought,
        tells_returns=(~bought).any().over(ibis.window()),
        is_first=(bought & rows.customer_id.notnull() & (rows.happened_at == first)).fill_null(False),
        amount=rows.amount.cast("float64"),
    )
    return _with_invited(known, _with_items(known, rows))


def _with_items(known: Known, rows: ir.Table) -> ir.Table:
    if not known.shop.has("order_lines"):
        return rows.mutate(items=ibis.null("float64"))
    lines = known.rows("order_lines").filter(ibis._.kind == "order")
    items = lines.group_by("order_id").aggregate(items=lines.product_id.nunique().cast("float64"))
    return rows.left_join(items, "order_id").drop("order_id_right")


def _with_invited(known: Known, rows: ir.Table) -> ir.Table:
    if not known.has("customers", "referred_by"):
        return rows.mutate(is_invited=ibis.null("boolean"))
    people = known.rows("customers")
    invited = people.group_by("customer_id").aggregate(is_invited=people.referred_by.notnull().any())
    met = rows.left_join(invited, "customer_id").drop("customer_id_right")
    return met.mutate(is_invited=met.is_invited.fill_null(False))


def _deliveries(known: Known) -> ir.Table:
    """One row an order that has arrived, at the moment it did; one that is under way is none yet."""
    rows = deliveries_known(known.rows("orders"), ibis.literal(known.at, "timestamp(6)"))
    return rows.mutate(shown_at=ibis.greatest(rows.shown_at, rows.happened_at))


def _sends(known: Known) -> ir.Table:
    """One row a message that was sent; what a mail scanner opened was not opened."""
    messages = known.rows("messages")
    messages = messages.filter((messages.arm != "control").fill_null(True))
    responses = known.rows("responses").filter(~ibis._.is_machine)
    kinds = ("bounce", "open", "click", "unsubscribe")
    answered = responses.group_by("message_id").aggregate(
        **{f"{kind}s": (responses.kind == kind).any() for kind in kinds}
    )
    met = messages.left_join(answered, "message_id").drop("message_id_right")
    met = met.mutate(**{f"{kind}s": met[f"{kind}s"].fill_null(False) for kind in kinds})
    of_channel = ibis.window(group_by="channel")
    return met.mutate(**{f"tells_{kind}s": met[f"{kind}s"].any().over(of_channel) for kind in kinds[1:]})


def _cases(known: Known) -> ir.Table:
    """One row a service case or survey, as its latest version has it."""
    rows = known.rows("tickets")
    newest = ibis.window(group_by="ticket_id", order_by=[rows.known_at.desc(), rows.happened_at.desc()])
    rows = rows.mutate(back=ibis.row_number().over(newest))
    rows = rows.filter(rows.back == 0).drop("back")
    closed = rows.closed_at < ibis.literal(known.at, "timestamp(6)")
    return rows.mutate(tells_closing=closed.any().over(ibis.window()))


_SOLD_AT = MappingProxyType({"channel": "channel", "store": "store_id"})

_TOUCHED_AT = MappingProxyType({"channel": "channel", "touchpoint": "kind", "store": "store_id", "device": "device"})

RELATIONS: Mapping[str, Relation] = MappingProxyType(
    {
        "visits": Relation(
            ("touchpoints",), {"channel": "channel", "store": "store_id", "device": "device"}, _visits, "session_id"
        ),
        "touchpoints": Relation(("touchpoints",), _TOUCHED_AT, _touchpoints, "session_id"),
        "orders": Relation(("orders",), _SOLD_AT, _orders, "order_id"),
        "deliveries": Relation(("orders",), _SOLD_AT, _deliveries, "order_id"),
        "buyers": Relation(
            ("orders",), _SOLD_AT, lambda known: rows_of(known, "orders"), "customer_id", of_people=True
        ),
        "sends": Relation(("messages", "responses"), {"channel": "channel"}, _sends, "message_id"),
        "cases": Relation(("tickets",), {"channel": "channel", "touchpoint": "touchpoint"}, _cases, "ticket_id"),
    }
)


def rows_of(known: Known, name: str) -> ir.Table:
    """The rows of a relation, derived once and kept."""
    if name not in known.kept:
        known.kept[name] = known.engine.keep(RELATIONS[name].derive(known))
    return known.kept[name]
