"""Rows that are pieces, lines or parts of an order."""

from tests.exports.cases.situation import PLAIN, by_line, code, goods, iso, situation, sku, text, truth

_HEAD = {k: v for k, v in PLAIN.items() if k != "total"}


@situation
def a_scan_a_row(sales):
    rows = [
        row
        for sale in sales
        for line in sale.lines
        for row in line.quantity
        * by_line([sale], _HEAD, {"sku": lambda _, n, at=line: sku(at), "price": lambda _, n, at=line: at.price})[:1]
    ]
    return {"scans.csv": text(rows)}, truth(sales, goods)


@situation
def net_line_and_tax(sales):
    """A line's amount without tax beside the order's with it."""
    rows = by_line(
        sales,
        {**_HEAD, "order_total_incl_tax": lambda s: round(goods(s) * 1.2, 2)},
        {
            "sku": lambda _, n: sku(n),
            "qty": lambda _, n: n.quantity,
            "line_total_excl_tax": lambda _, n: round(n.quantity * n.price, 2),
        },
    )
    return {"lines.csv": text(rows)}, truth(sales, lambda s: round(goods(s) * 1.2, 2))


@situation
def shipping_as_a_line(sales):
    rows = []
    for sale in sales:
        rows += by_line(
            [sale],
            _HEAD,
            {
                "sku": lambda _, n: sku(n),
                "quantity": lambda _, n: n.quantity,
                "line_total": lambda _, n: round(n.quantity * n.price, 2),
            },
        )
        if sale.shipping:
            rows.append(
                {
                    "order_id": sale.number,
                    "customer_id": code(sale),
                    "date": iso(sale),
                    "sku": "SHIPPING",
                    "quantity": 1,
                    "line_total": sale.shipping,
                }
            )
    return {"lines.csv": text(rows)}, truth(sales, lambda s: round(goods(s) + s.shipping, 2))


@situation
def no_order_number(sales):
    rows = by_line(
        sales,
        {"Customer": code, "Purchase Date": iso},
        {"Item Code": lambda _, n: sku(n), "Qty": lambda _, n: n.quantity, "Unit Price": lambda _, n: n.price},
    )
    return {"purchases.csv": text(rows)}, truth(sales, goods)
