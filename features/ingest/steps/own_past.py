"""Months of orders unlike the shop's others: amounts in another unit, guests that were customers, a feed cut."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from features.ingest.facts import Finding
from features.ingest.steps.step import IngestStep

_FEWEST_MONTHS, _FEWEST_ORDERS = 4, 30
_TIMES, _POINTS = 3.0, 0.25


@dataclass(frozen=True)
class _Month:
    begin: datetime
    orders: int
    customers: int
    guests: int
    amount: float  # median of an order's amount


def unlike_its_past(step: IngestStep) -> list[Finding]:
    """Warnings about months that differ from the shop's others by more than seasons do.

    The first and the last month may not be whole: their numbers of orders are not compared, what an order is like is.
    """
    months = [month for month in _months(step) if month.orders >= _FEWEST_ORDERS]
    if len(months) < _FEWEST_MONTHS:
        return []
    return [*_amounts(months), *_guests(months), *_crowd(months), *_emptied(step, months)]


def _months(step: IngestStep) -> Iterator[_Month]:
    rows = step.database.rows(
        f"""SELECT date_trunc('month', happened_at), count(*), count(DISTINCT customer_id),
                   count(*) FILTER (customer_id IS NULL), median(CAST(amount AS DOUBLE))
            FROM {step.name("joined")} WHERE kind = 'order' GROUP BY 1 ORDER BY 1"""
    )
    for begin, orders, customers, guests, amount in rows:
        yield _Month(begin, orders, customers, guests, amount)


def _amounts(months: Sequence[_Month]) -> Iterator[Finding]:
    usual = median(month.amount for month in months)
    odd = [m for m in months if usual > 0 and not usual / _TIMES <= m.amount <= usual * _TIMES]
    if odd and len(odd) * 2 < len(months):
        reason = f"{odd[0].amount / usual:.2g} times the usual amount, {_told(odd)} (another unit or currency?)"
        yield Finding("orders", "amount", reason, sum(m.orders for m in odd), "", "warning")


def _guests(months: Sequence[_Month]) -> Iterator[Finding]:
    usual = median(month.guests / month.orders for month in months)
    odd = [m for m in months if abs(m.guests / m.orders - usual) > _POINTS]
    if odd and len(odd) * 2 < len(months):
        share = odd[0].guests / odd[0].orders
        reason = f"{share:.0%} of orders nobody's where {usual:.0%} is usual, {_told(odd)} (are ids missing?)"
        yield Finding("orders", "customer_id", reason, sum(m.orders for m in odd), "", "warning")


def _crowd(months: Sequence[_Month]) -> Iterator[Finding]:
    """Orders a customer and month: far more where ids were cut or shared."""
    busy = [(m, (m.orders - m.guests) / m.customers) for m in months if m.customers]
    usual = median([one for _, one in busy] or [0.0])
    odd = [m for m, one in busy if one > _TIMES * usual]
    if odd and len(odd) * 2 < len(months):
        reason = f"far more orders a customer than usual, {_told(odd)} (ids cut or shared?)"
        yield Finding("orders", "customer_id", reason, sum(m.orders for m in odd), "", "warning")


def _emptied(step: IngestStep, months: Sequence[_Month]) -> Iterator[Finding]:
    """Whole months with far fewer orders than both of their neighbours: seasons come and go more slowly."""
    whole = list(_months(step))[1:-1]
    for before, here, after in zip(whole, whole[1:], whole[2:], strict=False):
        beside = min(before.orders, after.orders)
        if here.orders * _TIMES < beside and beside >= _FEWEST_ORDERS:
            around = f"between {before.orders:,} and {after.orders:,} (a part of the export missing?)"
            reason = f"only {here.orders:,} orders in {here.begin:%Y-%m}, {around}"
            yield Finding("orders", "happened_at", reason, here.orders, "", "warning")


def _told(months: Sequence[_Month]) -> str:
    first, last = months[0].begin, months[-1].begin
    return f"in {first:%Y-%m}" if len(months) == 1 else f"in {len(months)} months from {first:%Y-%m} to {last:%Y-%m}"
