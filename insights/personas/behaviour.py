"""What people did in the year before a cutoff, as numbers that groups can be made of: a row a person, a column a trait.

Shares are shrunk to the shop's by four orders, so that one order is not a habit. A trait whose table the shop does not
give, or in which people hardly differ, is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.clocks import add_days
from features.known import known_before, took_place
from insights.known import Known, Period

Floats = NDArray[np.float64]
YEAR = 365
_OWN = 4.0  # orders by which a share is shrunk to the shop's
_WIDEST = 3.0  # standard deviations: who is further out counts as that far out
_EVENING, _FRIDAY = 18, 4
_LEAST_SPREAD = 1e-6
_LARGE_CHANNEL = 0.1  # of the orders
THROUGH = "through "  # begins the trait of a sales channel


@dataclass(frozen=True)
class Behaviour:
    """Everybody who ordered in the year before a cutoff.

    Attributes
    ----------
    customers : pa.Array            person ids, rising, n of them
    traits : tuple of str           m of TRAITS, and "through " with a sales channel's name
    values : array (n, m)           in standard deviations from the shop's mean, within three
    """

    customers: pa.Array
    traits: tuple[str, ...]
    values: Floats


def behaviour_at(known: Known, at: datetime) -> Behaviour:
    """The traits of everybody who ordered in [at − 365 d, at), from what was known before `at`.

    Parameters
    ----------
    at : datetime       local midnight, not after `known.at`
    """
    year = Period(add_days(at, -YEAR), at)
    orders = _rows(known, "orders", year)
    bought = orders.filter(orders.kind == "order")
    people = known.engine.arrow(bought.group_by("customer_id").aggregate(orders=bought.count()).order_by("customer_id"))
    customers, counts = people["customer_id"].combine_chunks(), people["orders"].to_numpy().astype(np.float64)
    found: dict[str, Floats] = {}
    asked = {**{name: trait(known, year) for name, trait in TRAITS.items()}, **_through(known, year)}
    for name, rows in asked.items():
        if rows is not None and len(customers):
            found[name] = _told(known, rows, customers, counts)
    spread = {name: column for name, column in found.items() if column.std() > _LEAST_SPREAD}
    columns = [np.clip((column - column.mean()) / column.std(), -_WIDEST, _WIDEST) for column in spread.values()]
    values = np.column_stack(columns) if columns else np.zeros((len(customers), 0))
    return Behaviour(customers, tuple(spread), values)


def _rows(known: Known, table: str, year: Period) -> ir.Table:
    """A table's rows of the year that were known by its end, guests left out."""
    rows = took_place(known_before(known.rows(table), year.until), table)
    return rows.filter(year.holds(rows) & rows.customer_id.notnull())


def _told(known: Known, rows: ir.Table, customers: pa.Array, orders: Floats) -> Floats:
    """A trait in the order of `customers`; rows are customer_id and `amount`, or `part` of `whole`."""
    table = known.engine.arrow(rows)
    place = pc.index_in(customers, table["customer_id"].combine_chunks())
    columns = {
        name: np.asarray(pc.fill_null(table[name].combine_chunks().cast("float64").take(place), 0.0))
        for name in table.column_names
        if name != "customer_id"
    }
    if "amount" in columns:
        return np.asarray(np.log1p(np.maximum(columns["amount"], 0.0)))
    part, whole = columns["part"], columns["whole"]
    usual = part.sum() / max(whole.sum(), 1.0)
    return np.asarray((part + _OWN * usual) / (whole + _OWN))


def _orders(known: Known, year: Period) -> ir.Table:
    rows = _rows(known, "orders", year)
    return rows.filter(rows.kind == "order")


def _share(rows: ir.Table, holds: ir.BooleanValue) -> ir.Table:
    return rows.group_by("customer_id").aggregate(part=holds.fill_null(False).sum(), whole=rows.count())


def _often(known: Known, year: Period) -> ir.Table:
    rows = _orders(known, year)
    return rows.group_by("customer_id").aggregate(amount=rows.count())


def _dear(known: Known, year: Period) -> ir.Table:
    rows = _orders(known, year)
    return rows.group_by("customer_id").aggregate(amount=rows.amount.cast("float64").mean())


def _weekend(known: Known, year: Period) -> ir.Table:
    rows = _orders(known, year)
    return _share(rows, rows.happened_at.day_of_week.index() > _FRIDAY)


def _evening(known: Known, year: Period) -> ir.Table:
    rows = _orders(known, year)
    return _share(rows, rows.happened_at.hour() >= _EVENING)


def _through(known: Known, year: Period) -> Mapping[str, ir.Table]:
    """By sales channel that takes a tenth of the orders or more: each person's share of orders through it."""
    if not known.has("orders", "channel"):
        return {}
    rows = _orders(known, year).filter(ibis._.channel.notnull())
    counted = known.engine.arrow(rows.group_by("channel").aggregate(orders=rows.count()).order_by("channel"))
    whole = sum(counted["orders"].to_pylist())
    large = [one["channel"] for one in counted.to_pylist() if one["orders"] >= _LARGE_CHANNEL * whole]
    return {THROUGH + name: _share(rows, rows.channel == name) for name in large}


def _saves(known: Known, year: Period) -> ir.Table | None:
    stated = [one for one in ("on_display", "in_mailer", "with_coupon") if known.has("order_lines", one)]
    if stated:
        lines = _rows(known, "order_lines", year)
        lines = lines.filter(lines.kind == "order")
        return _share(lines, ibis.or_(*(lines[one].fill_null(False) for one in stated)))
    if known.has("orders", "discount"):
        rows = _orders(known, year)
        return _share(rows, rows.discount > 0)
    return None


def _looks(known: Known, year: Period) -> ir.Table | None:
    """Days with a touch for each order: who looks around much and who comes to buy."""
    if not known.shop.has("touchpoints"):
        return None
    rows, orders = _rows(known, "touchpoints", year), _orders(known, year)
    days = rows.group_by("customer_id").aggregate(days=rows.happened_at.truncate("D").nunique())
    met = orders.group_by("customer_id").aggregate(orders=orders.count()).left_join(days, "customer_id")
    return met.select("customer_id", amount=met.days.fill_null(0) / met.orders)


def _answers(known: Known, year: Period) -> ir.Table | None:
    if not (known.shop.has("messages") and known.shop.has("responses")):
        return None
    sent = _rows(known, "messages", year)
    clicks = _rows(known, "responses", year).filter((ibis._.kind == "click") & ~ibis._.is_machine.fill_null(False))
    answered = clicks.select(clicked="message_id").distinct()
    met = sent.left_join(answered, sent.message_id == answered.clicked)
    return _share(met, met.clicked.notnull())


def _returns(known: Known, year: Period) -> ir.Table:
    rows = _rows(known, "orders", year)
    return rows.group_by("customer_id").aggregate(
        part=(rows.kind == "return").sum(), whole=(rows.kind == "order").sum()
    )


TRAITS: Mapping[str, Callable[[Known, Period], ir.Table | None]] = MappingProxyType(
    {
        "often": _often,
        "dear": _dear,
        "saves": _saves,
        "weekend": _weekend,
        "evening": _evening,
        "looks": _looks,
        "answers": _answers,
        "returns": _returns,
    }
)
