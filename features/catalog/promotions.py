"""Promotions: how much of what a customer buys is on display, in a mailer or under a coupon.

A line under k promotions gives each of them a credit of 1/k, so that credits add up to promoted lines.
"""

import ibis
import ibis.expr.types as ir

from features.catalog.expressions import days_since, placed, share
from features.feature import feature, ratio

ALL_KINDS = ("on_display", "in_mailer", "with_coupon")


def _kinds(order_lines: ir.Table) -> ir.Value:
    flags = [order_lines[kind].fill_null(False).cast("int64") for kind in ALL_KINDS]
    return flags[0] + flags[1] + flags[2]


def _promoted(order_lines: ir.Table) -> ir.BooleanValue:
    return placed(order_lines) & (_kinds(order_lines) > 0)


def _credit(order_lines: ir.Table, kind: str) -> ir.Value:
    each = ratio(ibis.literal(1.0, "float64"), _kinds(order_lines))
    return each.sum(where=placed(order_lines) & order_lines[kind])


@feature(table="order_lines", windows=("90d", "365d"), unit="share", needs=("on_display",))
def display_share(order_lines: ir.Table) -> ir.Value:
    """Share of lines bought while on display in the store. Missing without a line."""
    return share(order_lines, order_lines.on_display, placed(order_lines))


@feature(table="order_lines", windows=("90d", "365d"), unit="share", needs=("in_mailer",))
def mailer_share(order_lines: ir.Table) -> ir.Value:
    """Share of lines bought while in a mailer. Missing without a line."""
    return share(order_lines, order_lines.in_mailer, placed(order_lines))


@feature(table="order_lines", windows=("90d", "365d"), unit="share", needs=("with_coupon",))
def coupon_share(order_lines: ir.Table) -> ir.Value:
    """Share of lines bought with a coupon. Missing without a line."""
    return share(order_lines, order_lines.with_coupon, placed(order_lines))


@feature(table="order_lines", windows=("90d", "365d"), unit="share", needs=ALL_KINDS)
def promoted_share(order_lines: ir.Table) -> ir.Value:
    """Share of lines bought under any promotion. Missing without a line."""
    return share(order_lines, _kinds(order_lines) > 0, placed(order_lines))


@feature(table="order_lines", windows=("365d",), unit="share", needs=(*ALL_KINDS, "amount"))
def promoted_spend_share(order_lines: ir.Table) -> ir.Value:
    """Share of the money that went into lines under any promotion. Missing where nothing was spent."""
    spent = order_lines.amount.sum(where=placed(order_lines))
    return ratio(order_lines.amount.sum(where=_promoted(order_lines)), spent)


@feature(table="order_lines", windows=("90d", "all"), unit="lines", empty=0, needs=ALL_KINDS)
def promoted_lines(order_lines: ir.Table) -> ir.Value:
    """Lines bought under any promotion: the sum of the three credits. No orders means 0."""
    return order_lines.count(where=_promoted(order_lines))


@feature(table="order_lines", windows=("90d", "all"), unit="lines", empty=0, needs=ALL_KINDS)
def display_credit(order_lines: ir.Table) -> ir.Value:
    """Promoted lines credited to displays. No orders means 0."""
    return _credit(order_lines, "on_display")


@feature(table="order_lines", windows=("90d", "all"), unit="lines", empty=0, needs=ALL_KINDS)
def mailer_credit(order_lines: ir.Table) -> ir.Value:
    """Promoted lines credited to mailers. No orders means 0."""
    return _credit(order_lines, "in_mailer")


@feature(table="order_lines", windows=("90d", "all"), unit="lines", empty=0, needs=ALL_KINDS)
def coupon_credit(order_lines: ir.Table) -> ir.Value:
    """Promoted lines credited to coupons. No orders means 0."""
    return _credit(order_lines, "with_coupon")


@feature(table="order_lines", unit="days", needs=("with_coupon",))
def days_since_coupon(order_lines: ir.Table) -> ir.Value:
    """Days since a coupon was last used. Missing where none ever was."""
    return days_since(order_lines, placed(order_lines) & order_lines.with_coupon)
