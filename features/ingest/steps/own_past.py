"""Months of orders unlike the shop's others: amounts in another unit, guests that were customers, a feed cut."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from features.ingest.facts import Finding
from features.ingest.reading.casts import cast, given
from features.ingest.steps.step import IngestStep

_FEWEST_MONTHS, _FEWEST_ORDERS = 4, 30
_TIMES, _POINTS = 3.0, 0.25
_SETTLED, _NEARLY_ALL = 3, 0.8  # months after which most customers are known; a share of strangers that is none then


@dataclass(frozen=True)
class _Month:
    begin: datetime
    orders: int
    customers: int
    guests: int
    strangers: int  # customers who were not seen before
    amount: float  # median of an order's amount


def unlike_its_past(step: IngestStep) -> list[Finding]:
    """Warnings about months that differ from the shop's others by more than seasons do.

    The first and the last month may not be whole: their numbers of orders are not compared, what an order is like is.
    """
    months = [month for month in _months(step) if month.orders >= _FEWEST_ORDERS]
    if len(months) < _FEWEST_MONTHS:
        return []
    return [
        *_amounts(months), *_guests(months), *_crowd(months), *_strangers(months), *_emptied(step, months),
        *_called_off(step),
    ]  # fmt: skip


def _months(step: IngestStep) -> Iterator[_Month]:
    rows = step.database.rows(
        f"""WITH sold AS (SELECT *, date_trunc('month', happened_at) AS month FROM {step.name("joined")}
                          WHERE kind = 'order'),
            seen AS (SELECT month, count(*) AS strangers
                     FROM (SELECT min(month) AS month FROM sold WHERE customer_id IS NOT NULL GROUP BY customer_id)
                     GROUP BY 1)
            SELECT month, count(*), count(DISTINCT customer_id), count(*) FILTER (customer_id IS NULL),
                   coalesce(any_value(strangers), 0), median(CAST(amount AS DOUBLE))
            FROM sold LEFT JOIN seen USING (month) GROUP BY 1 ORDER BY 1"""
    )
    for begin, orders, customers, guests, strangers, amount in rows:
        yield _Month(begin, orders, customers, guests, strangers, amount)


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


def _strangers(months: Sequence[_Month]) -> Iterator[Finding]:
    """Nearly all customers are new long after the beginning: their ids were given anew."""
    later = [(month, month.strangers / month.customers) for month in months[_SETTLED:] if month.customers]
    usual = median([share for _, share in later] or [1.0])
    odd = [month for month, share in later if share > max(_NEARLY_ALL, usual + 2 * _POINTS)]
    if odd and len(odd) * 2 < len(later):
        share = odd[0].strangers / odd[0].customers
        reason = f"{share:.0%} of customers never seen before where {usual:.0%} is usual, {_told(odd)} (new ids?)"
        yield Finding("orders", "customer_id", reason, sum(m.orders for m in odd), "", "warning")


def _called_off(step: IngestStep) -> Iterator[Finding]:
    """Months of which `where` leaves out far more than of the others, or nothing: a state is written anew."""
    where, when = step.mapping.where, next((m for m in step.mapping.columns if m.column.name == "happened_at"), None)
    if where is None or when is None:
        return
    view = step.mapping.view.over(step.raw.relation, tuple(dict.fromkeys((*where.sources, *when.sources))))
    moment = cast("moment", when.kind, "moment", step.timezone, when.style)
    # Months of nothing are left out below: a filter here would be pushed into each place that names the value.
    rows = step.database.rows(
        f"""WITH given AS MATERIALIZED (SELECT {given(when.value, when.kind)} AS moment,
                                               coalesce({where.value}, false) AS kept FROM {view})
            SELECT date_trunc('month', {moment}) AS month, count(*), count(*) FILTER (NOT kept)
            FROM given GROUP BY 1 ORDER BY 1"""
    )
    shares = [(begin, off, off / all_rows) for begin, all_rows, off in rows if begin and all_rows >= _FEWEST_ORDERS]
    usual = median([share for _, _, share in shares] or [0.0])
    odd = [(begin, off, share) for begin, off, share in shares if abs(share - usual) > _POINTS]
    if len(shares) >= _FEWEST_MONTHS and odd and len(odd) * 2 < len(shares):
        begin, off, share = odd[0]
        reason = (
            f"{share:.0%} of rows left out by where in {begin:%Y-%m}, and {usual:.0%} is usual (new words for states?)"
        )
        yield Finding("orders", "happened_at", reason, off, "", "warning")


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
