"""Products: how much, how varied and how dear the baskets are. Lines of returns are left out."""

import ibis.expr.types as ir

from features.catalog.expressions import placed, trend
from features.feature import feature, ratio


@feature(table="order_lines", windows=("30d", "90d", "365d"), unit="lines", empty=0)
def lines(order_lines: ir.Table) -> ir.Value:
    """Lines bought: one product in one order each. No orders means 0."""
    return order_lines.count(where=placed(order_lines))


@feature(table="order_lines", windows=("30d", "90d", "365d"), unit="items", empty=0)
def items(order_lines: ir.Table) -> ir.Value:
    """Items bought, by quantity. No orders means 0."""
    return order_lines.quantity.sum(where=placed(order_lines))


@feature(table="order_lines", windows=("365d",), unit="position")
def lines_trend(order_lines: ir.Table, days: int) -> ir.Value:
    """Where in the window the lines lie, −1 to 1: below 0 the baskets empty. Missing without a line."""
    return trend(order_lines, days, placed(order_lines))


@feature(table="order_lines", windows=("90d", "365d"), unit="lines")
def basket_size(order_lines: ir.Table) -> ir.Value:
    """Mean lines in an order. Missing without a line."""
    bought = placed(order_lines)
    return ratio(order_lines.count(where=bought), order_lines.order_id.nunique(where=bought))


@feature(table="order_lines", windows=("90d", "365d"), unit="products", empty=0)
def product_variety(order_lines: ir.Table) -> ir.Value:
    """Different products bought. No orders means 0."""
    return order_lines.product_id.nunique(where=placed(order_lines))


@feature(table="order_lines", windows=("90d", "365d"), unit="share")
def repeat_share(order_lines: ir.Table) -> ir.Value:
    """Share of lines whose product the window holds already: the habit in the basket. Missing without a line."""
    bought = placed(order_lines)
    count = order_lines.count(where=bought)
    return ratio(count - order_lines.product_id.nunique(where=bought), count)


@feature(table="order_lines", windows=("90d", "365d"), unit="categories", empty=0, needs=("category",))
def category_variety(order_lines: ir.Table) -> ir.Value:
    """Different product categories bought. No orders means 0."""
    return order_lines.category.nunique(where=placed(order_lines))


@feature(table="order_lines", windows=("365d",), unit="departments", empty=0, needs=("department",))
def department_variety(order_lines: ir.Table) -> ir.Value:
    """Different departments bought from. No orders means 0."""
    return order_lines.department.nunique(where=placed(order_lines))


@feature(table="order_lines", windows=("365d",), unit="brands", empty=0, needs=("brand",))
def brand_variety(order_lines: ir.Table) -> ir.Value:
    """Different brands bought. No orders means 0."""
    return order_lines.brand.nunique(where=placed(order_lines))


@feature(table="order_lines", windows=("90d", "365d"), unit="currency", needs=("amount",))
def item_price(order_lines: ir.Table) -> ir.Value:
    """Mean price paid for an item: the level the customer buys at. Missing where nothing was bought."""
    bought = placed(order_lines)
    return ratio(order_lines.amount.sum(where=bought), order_lines.quantity.sum(where=bought))


@feature(table="order_lines", windows=("365d",), unit="currency", needs=("amount",))
def line_value_spread(order_lines: ir.Table) -> ir.Value:
    """Standard deviation of what a line costs: cheap and dear mixed, or all alike. Missing without a line."""
    return order_lines.amount.cast("float64").std(where=placed(order_lines), how="pop")


@feature(table="departments", unit="share", needs=("category",))
def top_department_share(departments: ir.Table) -> ir.Value:
    """Share of the past 365 days' lines that went to the favourite department (or category, where none is stated).

    Missing without a line in a department.
    """
    return ratio(departments.bought.max(), departments.bought.sum())
