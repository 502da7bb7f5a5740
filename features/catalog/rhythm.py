"""Rhythm: the pace a customer keeps, how regular it is, and when in the day, week, month and year they shop."""

import ibis
import ibis.expr.types as ir

from features.catalog.expressions import concentration, days_since, local_day, placed, share
from features.feature import days_between, feature, ratio


def _pace(orders: ir.Table) -> ir.Value:
    first = orders.happened_at.min(where=placed(orders)).truncate("D")
    last = orders.happened_at.max(where=placed(orders)).truncate("D")
    gaps = local_day(orders).nunique(where=placed(orders)) - ibis.literal(1, "int64")
    return ratio(days_between(last, first), gaps)


@feature(table="orders", windows=("90d", "365d"), unit="days")
def gap_mean(orders: ir.Table) -> ir.Value:
    """Mean days between one shopping day and the next, both in the window. Missing with fewer than two."""
    return _pace(orders)


@feature(table="orders", windows=("365d",), unit="times the usual gap")
def overdue_ratio(orders: ir.Table) -> ir.Value:
    """Days since the latest order over the mean gap: above 1 the next order is late. Missing without a gap."""
    return ratio(days_since(orders, placed(orders)), _pace(orders))


@feature(table="order_days", windows=("365d",), unit="days")
def gap_median(order_days: ir.Table) -> ir.Value:
    """Median days between one shopping day and the next. Missing with fewer than two shopping days."""
    return order_days.gap_days.median()


@feature(table="order_days", windows=("365d",), unit="days")
def gap_p90(order_days: ir.Table) -> ir.Value:
    """Gap that nine of ten gaps do not exceed, interpolated. Missing with fewer than two shopping days."""
    return order_days.gap_days.quantile(0.9)


@feature(table="order_days", windows=("365d",), unit="days")
def gap_max(order_days: ir.Table) -> ir.Value:
    """Longest gap from which the customer came back. Missing with fewer than two shopping days."""
    return order_days.gap_days.max()


@feature(table="order_days", windows=("365d",), unit="days")
def gap_spread(order_days: ir.Table) -> ir.Value:
    """Standard deviation of the gaps: 0 is a clockwork. Missing with fewer than two shopping days."""
    return order_days.gap_days.std(how="pop")


@feature(table="order_days", unit="days")
def gap_last(order_days: ir.Table) -> ir.Value:
    """Gap before the latest shopping day. Missing with fewer than two shopping days."""
    return order_days.gap_days.argmax(order_days.happened_at)


@feature(table="order_days", windows=("365d",), unit="standard deviations")
def overdue_spreads(order_days: ir.Table) -> ir.Value:
    """How far today's silence lies above the mean gap, in standard deviations of the gaps (at least one day).

    Missing with fewer than two shopping days.
    """
    spread = ibis.greatest(order_days.gap_days.std(how="pop"), ibis.literal(1.0, "float64"))
    return ratio(days_since(order_days) - order_days.gap_days.mean(), spread)


@feature(table="order_days", windows=("365d",), unit="times the longest gap")
def silence_ratio(order_days: ir.Table) -> ir.Value:
    """Days since the latest order over the longest gap so far: above 1 the silence is without example."""
    return ratio(days_since(order_days), order_days.gap_days.max())


@feature(table="order_days", unit="times", empty=0)
def comebacks(order_days: ir.Table) -> ir.Value:
    """How often the customer came back after 90 days or more. No orders means 0."""
    return order_days.count(where=order_days.gap_days >= 90)


@feature(table="order_days", unit="share")
def season_share(order_days: ir.Table) -> ir.Value:
    """Share of shopping days in the calendar month that begins at, or holds, the cutoff. Missing without an order."""
    return share(order_days, order_days.happened_at.month() == order_days.cutoff.month())


@feature(table="orders", windows=("365d",), unit="share")
def weekend_share(orders: ir.Table) -> ir.Value:
    """Share of orders on a Saturday or Sunday. Missing without an order."""
    return share(orders, orders.happened_at.day_of_week.index() >= 5, placed(orders))


@feature(table="orders", windows=("365d",), unit="concentration")
def weekday_concentration(orders: ir.Table) -> ir.Value:
    """How much the orders keep to the same weekdays: 1 is always one weekday, 1/7 is any. Missing without an order."""
    weekday = orders.happened_at.day_of_week.index()
    return concentration(orders, [weekday == day for day in range(7)], placed(orders))


@feature(table="orders", windows=("365d",), unit="share")
def morning_share(orders: ir.Table) -> ir.Value:
    """Share of orders before noon. Missing without an order."""
    return share(orders, orders.happened_at.hour() < 12, placed(orders))


@feature(table="orders", windows=("365d",), unit="share")
def evening_share(orders: ir.Table) -> ir.Value:
    """Share of orders at 18:00 or later. Missing without an order."""
    return share(orders, orders.happened_at.hour() >= 18, placed(orders))


@feature(table="orders", windows=("365d",), unit="share")
def payday_share(orders: ir.Table) -> ir.Value:
    """Share of orders around payday, from the 25th to the 5th. Missing without an order."""
    day = orders.happened_at.day()
    return share(orders, (day >= 25) | (day <= 5), placed(orders))
