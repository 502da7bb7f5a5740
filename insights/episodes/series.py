"""What is watched day by day: shares and rates by channel, device, store, step, reason and product family.

Most are shares of a whole that seasons and growth move alike – a store's part of the orders, not their number –, so
that a festival is no story, and a store that is closed is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import numpy as np

from features.clocks import add_days
from insights.episodes.daily import Cells, DailySeries
from insights.funnel.visits import STEPS, visits
from insights.known import Known, Period
from insights.kpis.relations import rows_of

_FOLLOWS_DAYS = 3  # within which a withdrawal is written down after an unsubscribe
_FEWEST = 200  # of the whole, below which a series is not looked at
_LATE_STEPS = ("cart", "checkout", "payment")  # the earlier ones move with how many of a season come to buy
_LEVELS: tuple[tuple[str, ...], ...] = ((), ("channel",), ("channel", "device"))


def every_series(known: Known, since: datetime, until: datetime | None = None) -> list[DailySeries]:
    """All series of [since, until), by default until the cutoff, that the shop's tables allow, each with its days."""
    period = Period(since, known.at if until is None else until)
    found: list[DailySeries] = []
    if known.shop.has("touchpoints"):
        found += _of_visits(known, period)
    found += [*_of_orders(known, period), *_of_lines(known, period), *_of_people(known, period)]
    return [one for one in found if one.whole.sum() >= _FEWEST and one.part.sum() > 0]


def _of_visits(known: Known, period: Period) -> Iterator[DailySeries]:
    rows = visits(known)
    stated = known.engine.arrow(rows.filter(rows.reason.notnull()).select("reason").distinct().order_by("reason"))
    reasons = [reason for reason in stated["reason"].to_pylist() if reason]
    cells = Cells(known, rows, period, ("channel", "device"), "session_id", _of_visit(rows, reasons))
    yield from cells.ratios("payment_failures", "failed", "checkout", _LEVELS)
    for reason in reasons:
        yield from cells.ratios("reasons", f"reason {reason}", "decided", _LEVELS, ("reason", reason))
    for step, following in pairwise(_LATE_STEPS):
        yield from cells.ratios("steps", following, step, _LEVELS[1:], ("step", step))
    yield from cells.shares("traffic", "visits", ("channel",))
    yield from cells.shares("traffic", "visits", ("channel", "device"), ("channel",))


def _of_visit(rows: ir.Table, reasons: Sequence[str]) -> Mapping[str, ir.BooleanValue]:
    return {
        "visits": ibis.literal(True),
        **{step: rows.reached >= place for place, step in enumerate(STEPS) if place},
        "failed": rows.failed_payment,
        "decided": (rows.reached >= STEPS.index("cart")) | rows.reason.notnull(),
        **{f"reason {reason}": rows.reason == reason for reason in reasons},
    }


def _of_orders(known: Known, period: Period) -> Iterator[DailySeries]:
    rows = known.orders
    dims = [name for name in ("channel", "store_id") if known.has("orders", name)]
    if not dims:
        return
    rows = rows.rename(store="store_id") if "store_id" in dims else rows
    named = ["store" if name == "store_id" else name for name in dims]
    cells = Cells(known, rows, period, named, "order_id", {"orders": ibis.literal(True)})
    for name in named:
        yield from cells.shares("orders", "orders", (name,))


def _of_lines(known: Known, period: Period) -> Iterator[DailySeries]:
    if not (known.shop.has("order_lines") and known.has("products", "department")):
        return
    rows = known.rows("order_lines")
    rows = rows.filter(rows.kind == "order")
    dims = ("channel", "department") if known.has("orders", "channel") else ("department",)
    cells = Cells(known, rows, period, dims, "order_id", {"lines": ibis.literal(True)})
    yield from cells.shares("lines", "lines", ("department",))
    if len(dims) > 1:
        yield from cells.shares("lines", "lines", dims, ("channel",))


def _of_people(known: Known, period: Period) -> Iterator[DailySeries]:
    """What people say to messages, forms and service."""
    if known.shop.has("messages") and known.shop.has("responses"):
        rows = rows_of(known, "sends")
        flags = {"sends": ibis.literal(True), "unsubscribes": rows.unsubscribes}
        cells = Cells(known, rows, period, ("channel",), "message_id", flags)
        yield from cells.ratios("unsubscribes", "unsubscribes", "sends", ((), ("channel",)))
    if known.shop.has("consents"):
        rows = _unasked(known)
        cells = Cells(known, rows, period, ("channel",), "channel", {"rows": ibis.literal(True)})
        yield from cells.rates("consents", "rows", ("channel",), np.full(period.days, float(_people(known))))
    if known.shop.has("tickets"):
        orders = Cells(known, known.orders, period, (), "order_id", {"orders": ibis.literal(True)}).by((), "orders")
        rows = rows_of(known, "cases")
        cells = Cells(known, rows, period, ("topic",), "ticket_id", {"cases": ibis.literal(True)})
        yield from cells.rates("cases", "cases", ("topic",), orders[()])


def _unasked(known: Known) -> ir.Table:
    """Consents to be contacted that were withdrawn without an unsubscribe or complaint just before."""
    rows = known.rows("consents").filter((ibis._.purpose == "contact") & ~ibis._.granted)
    if not (known.shop.has("messages") and known.shop.has("responses")):
        return rows
    said = known.rows("responses").filter(ibis._.kind.isin(("unsubscribe", "complaint")))
    said = said.select("customer_id", "channel", said_at="happened_at")
    after = [
        rows.customer_id == said.customer_id, rows.channel == said.channel, rows.happened_at >= said.said_at,
        rows.happened_at <= said.said_at + ibis.interval(days=_FOLLOWS_DAYS),
    ]  # fmt: skip
    return rows.anti_join(said, after)


def _people(known: Known) -> int:
    orders = known.orders
    return int(known.engine.arrow(orders.aggregate(people=orders.customer_id.nunique()))["people"][0].as_py())


def window(known: Known, since: datetime, days: int) -> datetime:
    """The midnight from which days are looked back on: `days` before the period, or the first whole day of data."""
    begin = known.first.replace(hour=0, minute=0, second=0, microsecond=0)
    return max(add_days(since, -days), add_days(begin, 1))
