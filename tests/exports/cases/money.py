"""Amounts as countries and programs write them."""

from tests.exports.cases.situation import PLAIN, by_line, by_order, goods, grouped, share, situation, sku, text, truth


def _of(sales, write, worth=lambda sale: sale.total, column="total", delimiter=";", **more):
    rows = by_order(sales, {**{k: v for k, v in PLAIN.items() if k != "total"}, column: write})
    return {"orders.csv": text(rows, delimiter)}, truth(sales, worth, **more)


@situation
def swiss(sales):
    return _of(sales, lambda s: "CHF " + grouped(s.total * 30, "'", "."), lambda s: s.total * 30)


@situation
def swiss_curly(sales):
    return _of(sales, lambda s: grouped(s.total * 30, "’", "."), lambda s: s.total * 30)


@situation
def lakh(sales):
    def write(s):
        whole, cents = f"{s.total * 5000:.2f}".split(".")
        head, parts = whole[:-3], [whole[-3:]]
        while head:
            head, parts = head[:-2], [head[-2:], *parts]
        return f"₹{','.join(parts)}.{cents}"

    return _of(sales, write, lambda s: s.total * 5000)


@situation
def rupiah_plain(sales):
    """1.234.000 beside 75.000: no sign of money, no cents."""
    return _of(sales, lambda s: grouped(round(s.total * 20) * 1000, ".", ",", 0), lambda s: round(s.total * 20) * 1000)


@situation
def rupiah_thousands_alone(sales):
    """75.000 throughout: nothing has two points."""
    return _of(
        sales, lambda s: grouped(max(1, round(s.total)) * 1000, ".", ",", 0), lambda s: max(1, round(s.total)) * 1000
    )


@situation
def real(sales):
    return _of(sales, lambda s: f"R$ {grouped(s.total * 30, '.', ',')}", lambda s: s.total * 30)


@situation
def brackets(sales):
    """Bookkeeping: what was given back stands in brackets."""
    return _of(
        sales,
        lambda s: f"({s.total:,.2f})" if share(s, 9) else f"{s.total:,.2f}",
        lambda s: -s.total if share(s, 9) else s.total,
    )


@situation
def minus_behind(sales):
    return _of(
        sales,
        lambda s: f"{grouped(s.total, '.', ',')}-" if share(s, 9) else grouped(s.total, ".", ","),
        lambda s: -s.total if share(s, 9) else s.total,
    )


@situation
def currency_behind(sales):
    return _of(sales, lambda s: f"{grouped(s.total * 40, ' ', ',')} zł", lambda s: s.total * 40)


@situation
def won(sales):
    return _of(sales, lambda s: f"₩{round(s.total * 1300):,}", lambda s: round(s.total * 1300))


@situation
def cents_by_name(sales):
    """Programs keep money in whole cents and say so in the column's name."""
    return _of(sales, lambda s: round(s.total * 100), column="total_cents")


@situation
def cents_beside_decimals(sales):
    rows = by_order(
        sales, {**PLAIN, "total": lambda s: round(s.total * 100), "total_decimal": lambda s: f"{s.total:.2f}"}
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def cents_unsaid(sales):
    """Whole numbers with nothing that says cents: a question."""
    return _of(sales, lambda s: round(s.total * 100), said="hundredth|cents")


@situation
def net_and_gross(sales):
    rows = by_order(
        sales,
        {
            **{k: v for k, v in PLAIN.items() if k != "total"},
            "net_total": lambda s: round(s.total / 1.19, 2),
            "vat": lambda s: round(s.total - s.total / 1.19, 2),
            "gross_total": lambda s: s.total,
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def pieces_called_amount(sales):
    rows = by_order(
        sales,
        {
            **{k: v for k, v in PLAIN.items() if k != "total"},
            "amount": lambda s: sum(n.quantity for n in s.lines),
            "sales": lambda s: f"{s.total:.2f}",
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def points_called_amount(sales):
    """Points are hundreds, and the money is beside them under an unusual name."""
    rows = by_order(
        sales,
        {
            **{k: v for k, v in PLAIN.items() if k != "total"},
            "points": lambda s: round(s.total * 10),
            "paid": lambda s: f"{s.total:.2f}",
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def order_total_on_each_line(sales):
    rows = by_line(
        sales,
        {**{k: v for k, v in PLAIN.items() if k != "total"}, "order_total": lambda s: s.total},
        {
            "sku": lambda _, n: sku(n),
            "quantity": lambda _, n: n.quantity,
            "unit_price": lambda _, n: n.price,
            "line_total": lambda _, n: round(n.quantity * n.price, 2),
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def price_of_the_piece(sales):
    rows = by_line(
        sales,
        {k: v for k, v in PLAIN.items() if k != "total"},
        {"sku": lambda _, n: sku(n), "quantity": lambda _, n: n.quantity, "price": lambda _, n: n.price},
    )
    return {"orders.csv": text(rows)}, truth(sales, goods)


@situation
def two_currencies(sales):
    rows = by_order(sales, {**PLAIN, "currency": lambda s: "CHF" if share(s, 5) else "EUR"})
    return {"orders.csv": text(rows)}, truth(sales, said="CHF")


@situation
def two_currencies_by_sign(sales):
    """No column names the currency: the amounts' own signs do."""
    return _of(sales, lambda s: f"${s.total:.2f}" if share(s, 5) else f"€{s.total:.2f}", said="[$]")
