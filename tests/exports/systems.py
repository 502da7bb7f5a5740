"""One history as six systems export it: `SYSTEMS["shopify"](sales)` gives file names and their bytes."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from tests.exports.history import FIRST_NAMES, PRODUCTS, Line, Sale, email

Files = dict[str, bytes]
Row = Mapping[str, object]

_BILLING = ("Name", "Street", "Address1", "Address2", "Company", "City", "Zip", "Province", "Country", "Phone")


def shopify(sales: Sequence[Sale]) -> Files:
    """Orders export: a row a line item, an order's own values on its first row; zones with summer time; BOM."""
    return {"orders_export_1.csv": _text(_shopify_rows(sales), bom=True), "customers_export.csv": _text(_people(sales))}


def _shopify_rows(sales: Sequence[Sale]) -> Iterable[Row]:
    for sale in sales:
        who = "" if sale.customer is None else email(sale.customer)
        at = _zoned(sale.moment)
        status = {"refunded": "refunded", "part": "partially_refunded", "cancelled": "voided"}.get(sale.fate, "paid")
        for place, line in enumerate(sale.lines):
            first = place == 0
            sku, name, _, _ = PRODUCTS[line.product]
            yield {
                "Name": f"#{sale.number}",
                "Email": who.upper() if sale.number % 17 == 0 else who,
                "Financial Status": status if first else "",
                "Paid at": at if first and status != "voided" else "",
                "Fulfillment Status": ("unfulfilled" if status == "voided" else "fulfilled") if first else "",
                "Fulfilled at": at if first and status != "voided" else "",
                "Accepts Marketing": ("yes" if sale.number % 3 else "no") if first else "",
                "Currency": "EUR" if first else "",
                "Subtotal": f"{max(sale.goods - sale.discount, 0):.2f}" if first else "",
                "Shipping": f"{sale.shipping:.2f}" if first else "",
                "Taxes": f"{sale.total * 0.16:.2f}" if first else "",
                "Total": f"{sale.total:.2f}" if first else "",
                "Discount Code": ("HELLO5" if sale.discount else "") if first else "",
                "Discount Amount": f"{sale.discount:.2f}" if first else "",
                "Shipping Method": "DHL" if first else "",
                "Created at": at,
                "Lineitem quantity": line.quantity,
                "Lineitem name": name,
                "Lineitem price": f"{line.price:.2f}",
                "Lineitem compare at price": "",
                "Lineitem sku": f"'{sku}" if sale.number % 2 else sku,
                "Lineitem requires shipping": "true",
                "Lineitem fulfillment status": "fulfilled",
                **{f"Billing {part}": "" for part in _BILLING},
                "Notes": "bitte klingeln 🔔\nzweimal" if first and sale.number % 29 == 0 else "",
                "Cancelled at": at if first and status == "voided" else "",
                "Payment Method": ("manual" if sale.fate == "test" else "Shopify Payments") if first else "",
                "Refunded Amount": f"{sale.returned:.2f}" if first else "",
                "Vendor": "Perennial GmbH",
                "Id": 5_000_000_000 + sale.number if first else "",
                "Tags": ("test" if sale.fate == "test" else "") if first else "",
                "Source": "web" if first else "",
                "Phone": "",
            }


def _people(sales: Sequence[Sale]) -> Iterable[Row]:
    for person in sorted({sale.customer for sale in sales if sale.customer is not None}):
        yield {
            "Customer ID": f"'{7_000_000_000 + person}",
            "First Name": FIRST_NAMES[person % len(FIRST_NAMES)],
            "Last Name": "Muster",
            "Email": email(person).title() if person % 11 == 0 else email(person),
            "Accepts Email Marketing": "yes" if person % 3 else "no",
            "Default Address City": ("Köln", "Wien", "Zürich")[person % 3],
            "Default Address Country Code": "DE",
            "Total Spent": "0.00",
            "Total Orders": 1,
            "Note": "",
            "Tax Exempt": "no",
            "Tags": "",
        }


def woocommerce(sales: Sequence[Sale]) -> Files:
    """Orders, items and refunds as rows of their own with a parent; guests are customer 0; two lines came twice."""
    orders: list[Row] = []
    items: list[Row] = []
    for sale in sales:
        orders.append(_woo_order(sale, sale.number, sale.moment, sale.total, 0))
        for line in sale.lines:
            items.append(_woo_item(len(items), sale.number, line, 1))
        if sale.returned:
            back = 500_000 + sale.number
            orders.append(_woo_order(sale, back, sale.moment + timedelta(days=6), -sale.returned, sale.number))
            items += [_woo_item(len(items) + i, back, line, -1) for i, line in enumerate(_back(sale))]
    return {"wc_orders.csv": _text([*orders, *orders[5:7]]), "wc_order_items.csv": _text(items)}


def _woo_order(sale: Sale, number: int, at: datetime, total: float, parent: int) -> Row:
    status = {"cancelled": "wc-cancelled", "test": "wc-checkout-draft"}.get(sale.fate, "wc-completed")
    return {
        "order_id": number,
        "parent_order_id": parent,
        "type": "shop_order_refund" if parent else "shop_order",
        "order_date": f"{at:%Y-%m-%d %H:%M:%S}",
        "status": status,
        "customer_id": 0 if sale.customer is None else sale.customer + 1,
        "billing_email": "gast@example.org" if sale.customer is None else email(sale.customer),
        "currency": "EUR",
        "shipping_total": f"{0 if parent else sale.shipping:.2f}",
        "discount_total": f"{0 if parent else sale.discount:.2f}",
        "order_total": f"{total:.2f}",
        "coupon": "",
    }


def _woo_item(number: int, order: int, line: Line, sign: int) -> Row:
    sku, name, _, _ = PRODUCTS[line.product]
    return {
        "order_item_id": number,
        "order_id": order,
        "order_item_name": name,
        "product_id": int(sku),
        "sku": sku,
        "qty": sign * line.quantity,
        "line_total": f"{sign * line.quantity * line.price:.2f}",
    }


def _back(sale: Sale) -> tuple[Line, ...]:
    return sale.lines if sale.fate == "refunded" else sale.lines[:1]


def german(sales: Sequence[Sale]) -> Files:
    """Merchandise management: Windows-1252, semicolons, decimal commas, credit notes as positive amounts."""
    heads: list[Row] = []
    positions: list[Row] = []
    for sale in sales:
        heads.append(_beleg(sale, f"R{sale.number}", "Rechnung", sale.moment, sale.total))
        positions += [_position(f"R{sale.number}", line) for line in sale.lines]
        if sale.returned:
            heads.append(_beleg(sale, f"G{sale.number}", "Gutschrift", sale.moment + timedelta(days=9), sale.returned))
            positions += [_position(f"G{sale.number}", line) for line in _back(sale)]
    articles = [
        {"Artikelnummer": sku, "Bezeichnung": _latin(name), "Warengruppe": kind, "Verkaufspreis": _comma(price)}
        for sku, name, kind, price in PRODUCTS
    ]
    files = {"belege.csv": heads, "belegpositionen.csv": positions, "artikel.csv": articles}
    return {name: _text(rows, ";", "cp1252") for name, rows in files.items()}


def _beleg(sale: Sale, number: str, kind: str, at: datetime, amount: float) -> Row:
    return {
        "Belegnummer": number,
        "Belegart": kind,
        "Belegdatum": f"{at:%d.%m.%Y}",
        "Uhrzeit": f"{at:%H:%M}",
        "Kundennummer": "" if sale.customer is None else f"{sale.customer:06}",
        "Kunde": "Laufkundschaft" if sale.customer is None else _latin(FIRST_NAMES[sale.customer % 10]),
        "Filiale": f"{1 + sale.number % 3:02}",
        "Bruttobetrag": f"{_comma(amount)} €",
        "Rabatt": _comma(sale.discount),
        "Versandkosten": _comma(sale.shipping),
        "Status": {"cancelled": "storniert", "test": "TEST"}.get(sale.fate, "gebucht"),
        "Bemerkung": "",
    }


def _position(number: str, line: Line) -> Row:
    sku, name, _, _ = PRODUCTS[line.product]
    return {
        "Belegnummer": number,
        "Artikelnummer": sku,
        "Bezeichnung": _latin(name),
        "Menge": f"{line.quantity},000",
        "Einzelpreis": _comma(line.price),
        "Betrag": _comma(line.quantity * line.price),
    }


def chinese(sales: Sequence[Sale]) -> Files:
    """A marketplace in GB18030: tabs behind numbers, full-width signs, refunds in a column, two sorts of dates."""
    rows = []
    for sale in sales:
        at = sale.moment + timedelta(hours=8)
        for line in sale.lines:
            sku, name, kind, _ = PRODUCTS[line.product]
            rows.append(
                {
                    "订单编号": f"{20_250_000_000_000 + sale.number}\t",
                    "会员编号": "" if sale.customer is None else f"会员{sale.customer:05}",
                    "下单时间": f"{at:%Y/%m/%d %H:%M:%S}" if sale.number % 4 else f"{at:%Y年%m月%d日 %H:%M}",
                    "商品编号": sku,
                    "商品名称": name,
                    "类目": kind,
                    "数量": line.quantity,
                    "单价": f"￥{line.price:,.2f}",
                    "实付金额": f"￥{sale.total:,.2f}",
                    "优惠金额": f"{sale.discount:.2f}",
                    "运费": f"{sale.shipping:.2f}",
                    "退款金额": f"{sale.returned:.2f}",
                    "订单状态": {"cancelled": "交易关闭", "test": "测试单"}.get(sale.fate, "交易成功"),
                    "买家留言": "",
                }
            )
    return {"订单报表.csv": _text(rows, encoding="gb18030")}


def plain(sales: Sequence[Sale]) -> Files:
    """One file a spreadsheet saved: days as its serial numbers, American money, leading zeros, a few rows twice."""
    epoch = datetime(1899, 12, 30)
    rows: list[Row] = []
    for sale in sales:
        who = "" if sale.customer is None else f"{sale.customer:05}"
        serial = (sale.moment - epoch) / timedelta(days=1)
        rows.append({"order_id": sale.number, "customer_id": who, "happened_at": f"{serial:.5f}", "amount": sale.total})
        if sale.returned:
            returned = {"order_id": f"{sale.number}-R", "customer_id": who, "happened_at": f"{serial + 7:.5f}"}
            rows.append({**returned, "amount": f"-{sale.returned}"})
    return {"orders.csv": _text([*rows, *rows[100:120]])}


SYSTEMS: Mapping[str, Callable[[Sequence[Sale]], Files]] = {
    "shopify": shopify,
    "woocommerce": woocommerce,
    "german": german,
    "chinese": chinese,
    "plain": plain,
}


def _text(rows: Iterable[Row], delimiter: str = ",", encoding: str = "utf-8", bom: bool = False) -> bytes:
    rows = list(rows)
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows)
    return ("\ufeff" if bom else "").encode(encoding) + text.getvalue().encode(encoding)


def _zoned(moment: datetime) -> str:
    """Central European time, summer from April to October: near enough."""
    hours = 2 if 4 <= moment.month <= 10 else 1
    return f"{moment + timedelta(hours=hours):%Y-%m-%d %H:%M:%S} +0{hours}00"


def _comma(amount: float) -> str:
    return f"{amount:,.2f}".translate({ord(","): ".", ord("."): ","})


def _latin(text: str) -> str:
    return text.encode("cp1252", "replace").decode("cp1252")
