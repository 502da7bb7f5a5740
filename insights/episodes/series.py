"""What is watched day by day: shares and rates by channel, device, store, step, reason and product family.

Most are shares of a whole that seasons and growth move alike – a store's part of the orders, not their number –, so
that a festival is no story, and a store that is closed is one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from features.clocks import add_days
from insights.known import Known, Period
from insights.relations import rows_of
from insights.visits import STEPS, visits

Floats = NDArray[np.float64]
Place = tuple[tuple[str, str], ...]  # (kind of place, its name), in a fixed order
Counts = Callable[[ir.Table], Mapping[str, ir.Value]]
_FOLLOWS_DAYS = 3  # within which a withdrawal is written down after an unsubscribe
_FEWEST = 200  # of the whole, below which a series is not looked at
_LATE_STEPS = ("cart", "checkout", "payment")  # the earlier ones move with how many of a season come to buy
_LEVELS: tuple[tuple[str, ...], ...] = ((), ("channel",), ("channel", "device"))


@dataclass(frozen=True)
class DailySeries:
    """Counts day by day.

    Attributes
    ----------
    what : str          payment_failures, reasons, steps, traffic, orders, lines, unsubscribes, consents, cases
    place : Place       where: of channel, device, store, department, step, reason, topic
    part, whole : array (n_days,)
    """

    what: str
    place: Place
    part: Floats
    whole: Floats


def every_series(known: Known, since: datetime, until: datetime | None = None) -> list[DailySeries]:
    """All series of [since, until), by default until the cutoff, that the shop's tables allow, each with its days."""
    period = Period(since, known.at if until is None else until)
    found: list[DailySeries] = []
    if known.shop.has("touchpoints"):
        found += _of_visits(known, period)
    found += [*_of_orders(known, period), *_of_lines(known, period), *_of_people(known, period)]
    return [one for one in found if one.whole.sum() >= _FEWEST and one.part.sum() > 0]


class _Cells:
    """Counts by day and place, summed up to whatever places are asked for."""

    def __init__(self, known: Known, rows: ir.Table, period: Period, dims: Sequence[str], counts: Counts) -> None:
        rows = rows.filter(period.holds(rows))
        told = rows.group_by(*dims, day=rows.happened_at.truncate("D")).aggregate(**counts(rows))
        self.days = period.days
        self._cells: list[dict[str, Any]] = known.engine.arrow(told).to_pylist()
        for row in self._cells:
            row["day"] = (row["day"] - period.since).days

    def by(self, level: Sequence[str], count: str) -> dict[Place, Floats]:
        """One count by the places of a level; rows that do not state them are left out."""
        found: dict[Place, Floats] = defaultdict(lambda: np.zeros(self.days))
        for row in self._cells:
            if all(row[name] is not None for name in level):
                found[tuple((name, row[name]) for name in level)][row["day"]] += float(row[count] or 0)
        return found


def _ratios(what: str, cells: _Cells, part: str, whole: str, levels: Sequence[Sequence[str]], *also: tuple[str, str]
            ) -> Iterator[DailySeries]:  # fmt: skip
    """One count as a share of another at the same place."""
    for level in levels:
        wholes = cells.by(level, whole)
        for place, counts in cells.by(level, part).items():
            yield DailySeries(what, (*place, *also), counts, wholes[place])


def _shares(
    what: str, cells: _Cells, count: str, level: Sequence[str], within: Sequence[str] = ()
) -> Iterator[DailySeries]:
    """A place's part of all places that share the names of `within`; none where there is but one."""
    whole: dict[Place, Floats] = defaultdict(lambda: np.zeros(cells.days))
    sizes: dict[Place, int] = defaultdict(int)
    parts = cells.by(level, count)
    for place, counts in parts.items():
        above = tuple(one for one in place if one[0] in within)
        whole[above] += counts
        sizes[above] += 1
    for place, counts in parts.items():
        above = tuple(one for one in place if one[0] in within)
        if sizes[above] > 1:
            yield DailySeries(what, place, counts, whole[above])


def _of_visits(known: Known, period: Period) -> Iterator[DailySeries]:
    rows = visits(known)
    stated = known.engine.arrow(rows.filter(rows.reason.notnull()).select("reason").distinct().order_by("reason"))
    reasons = [reason for reason in stated["reason"].to_pylist() if reason]
    cells = _Cells(known, rows, period, ("channel", "device"), partial(_visit_counts, reasons=reasons))
    yield from _ratios("payment_failures", cells, "failed", "checkout", _LEVELS)
    for reason in reasons:
        yield from _ratios("reasons", cells, f"reason {reason}", "decided", _LEVELS, ("reason", reason))
    for step, following in pairwise(_LATE_STEPS):
        yield from _ratios("steps", cells, following, step, _LEVELS[1:], ("step", step))
    yield from _shares("traffic", cells, "visits", ("channel",))
    yield from _shares("traffic", cells, "visits", ("channel", "device"), ("channel",))


def _visit_counts(rows: ir.Table, reasons: Sequence[str]) -> dict[str, ir.Value]:
    return {
        "visits": rows.count(),
        **{step: (rows.reached >= place).sum() for place, step in enumerate(STEPS) if place},
        "failed": rows.failed_payment.sum(),
        "decided": ((rows.reached >= STEPS.index("cart")) | rows.reason.notnull()).sum(),
        **{f"reason {reason}": (rows.reason == reason).sum() for reason in reasons},
    }


def _of_orders(known: Known, period: Period) -> Iterator[DailySeries]:
    rows = known.orders
    dims = [name for name in ("channel", "store_id") if known.has("orders", name)]
    if not dims:
        return
    rows = rows.rename(store="store_id") if "store_id" in dims else rows
    named = ["store" if name == "store_id" else name for name in dims]
    cells = _Cells(known, rows, period, named, lambda rows: {"orders": rows.count()})
    for name in named:
        yield from _shares("orders", cells, "orders", (name,))


def _of_lines(known: Known, period: Period) -> Iterator[DailySeries]:
    if not (known.shop.has("order_lines") and known.has("products", "department")):
        return
    rows = known.rows("order_lines")
    rows = rows.filter(rows.kind == "order")
    dims = ("channel", "department") if known.has("orders", "channel") else ("department",)
    cells = _Cells(known, rows, period, dims, lambda rows: {"lines": rows.count()})
    yield from _shares("lines", cells, "lines", ("department",))
    if len(dims) > 1:
        yield from _shares("lines", cells, "lines", dims, ("channel",))


def _of_people(known: Known, period: Period) -> Iterator[DailySeries]:
    """What people say to messages, forms and service."""
    if known.shop.has("messages") and known.shop.has("responses"):
        rows = rows_of(known, "sends")
        cells = _Cells(known, rows, period, ("channel",), _send_counts)
        yield from _ratios("unsubscribes", cells, "unsubscribes", "sends", ((), ("channel",)))
    orders = _Cells(known, known.orders, period, (), lambda rows: {"orders": rows.count()}).by((), "orders")[()]
    if known.shop.has("consents"):
        rows = _unasked(known)
        cells = _Cells(known, rows, period, ("channel",), lambda rows: {"rows": rows.count()})
        people = np.full(period.days, float(_people(known)))
        for place, counts_of in cells.by(("channel",), "rows").items():
            yield DailySeries("consents", place, counts_of, people)
    if known.shop.has("tickets"):
        rows = rows_of(known, "cases")
        cells = _Cells(known, rows, period, ("topic",), lambda rows: {"cases": rows.count()})
        for place, counts_of in cells.by(("topic",), "cases").items():
            yield DailySeries("cases", place, counts_of, orders)


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


def _send_counts(rows: ir.Table) -> dict[str, ir.Value]:
    return {"sends": rows.count(), "unsubscribes": rows.unsubscribes.sum()}


def _people(known: Known) -> int:
    orders = known.orders
    return int(known.engine.arrow(orders.aggregate(people=orders.customer_id.nunique()))["people"][0].as_py())


def window(known: Known, since: datetime, days: int) -> datetime:
    """The midnight from which days are looked back on: `days` before the period, or the first whole day of data."""
    begin = known.first.replace(hour=0, minute=0, second=0, microsecond=0)
    return max(add_days(since, -days), add_days(begin, 1))
