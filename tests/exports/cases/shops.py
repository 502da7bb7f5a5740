"""Shop systems' own exports: their documented headers and habits."""

from tests.exports.cases.situation import (
    at,
    by_line,
    by_order,
    code,
    goods,
    iso,
    mail,
    name,
    share,
    situation,
    sku,
    text,
    truth,
)


@situation
def shopify_continuation(sales):
    """Orders export: an order's values on its first row alone; e-mail on each."""
    rows = []
    for sale in sales:
        for place, line in enumerate(sale.lines):
            first = place == 0
            rows.append(
                {
                    "Name": f"#{sale.number}",
                    "Email": mail(sale),
                    "Financial Status": "paid" if first else "",
                    "Paid at": at(sale, "%Y-%m-%d %H:%M:%S +0100") if first else "",
                    "Currency": "EUR" if first else "",
                    "Subtotal": f"{goods(sale) - sale.discount:.2f}" if first else "",
                    "Shipping": f"{sale.shipping:.2f}" if first else "",
                    "Taxes": "1.00" if first else "",
                    "Total": f"{sale.total:.2f}" if first else "",
                    "Created at": at(sale, "%Y-%m-%d %H:%M:%S +0100"),
                    "Lineitem quantity": line.quantity,
                    "Lineitem name": name(line),
                    "Lineitem price": line.price,
                    "Lineitem sku": "",
                    "Cancelled at": "",
                    "Refunded Amount": "0.00" if first else "",
                    "Id": 5_000_000_000_000 + sale.number if first else "",
                    "Tags": "",
                    "Risk Level": "Low" if first else "",
                }
            )
    return {"orders_export_1.csv": text(rows)}, truth(sales)


@situation
def woo_analytics(sales):
    """Analytics, orders: revenue once formatted, once as a number; a person's name is all there is."""
    rows = by_order(
        sales,
        {
            "Date": iso,
            "Order #": lambda s: s.number,
            "N. Revenue (formatted)": lambda s: f"{s.total:.2f}€",
            "N. Revenue": lambda s: f"{s.total:.2f}",
            "Status": lambda _: "completed",
            "Customer": lambda s: f"Ada No{s.customer}",
            "Customer type": lambda _: "returning",
            "Product(s)": lambda _: "2× Tea",
            "Items sold": lambda s: len(s.lines),
            "Coupon(s)": lambda _: "",
            "Attribution": lambda _: "Direct",
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def woo_plugin(sales):
    """An export plugin: a row a line, the order's own amounts on each."""
    rows = by_line(
        sales,
        {
            "Order Number": lambda s: s.number,
            "Order Status": lambda s: "Cancelled" if share(s, 9) else "Completed",
            "Order Date": lambda s: at(s, "%Y-%m-%d %H:%M"),
            "First Name (Billing)": lambda _: "A",
            "Email (Billing)": mail,
            "Order Subtotal Amount": goods,
            "Order Shipping Amount": lambda s: s.shipping,
            "Order Refund Amount": lambda _: 0,
            "Order Total Amount": lambda s: s.total,
        },
        {"SKU": lambda _, n: sku(n), "Quantity (- Refund)": lambda _, n: n.quantity, "Item Cost": lambda _, n: n.price},
    )
    return {"orders-2026.csv": text(rows)}, truth([s for s in sales if not share(s, 9)])


@situation
def magento_grid(sales):
    """The grid of orders: the date in words, totals in the shop's and the buyer's money."""
    rows = by_order(
        sales,
        {
            "ID": lambda s: f"{s.number:09}",
            "Purchase Point": lambda _: "Main Website\nMain Store",
            "Purchase Date": lambda s: at(s, "%b %-d, %Y, %-I:%M:%S %p"),
            "Bill-to Name": lambda _: "A B",
            "Ship-to Name": lambda _: "A B",
            "Grand Total (Base)": lambda s: f"€{s.total:,.2f}",
            "Grand Total (Purchased)": lambda s: f"€{s.total:,.2f}",
            "Status": lambda s: "Canceled" if share(s, 8) else "Pending Payment" if share(s, 11) else "Complete",
            "Billing Address": lambda _: "Street 1",
            "Customer Email": mail,
            "Customer Group": lambda _: "General",
            "Subtotal": lambda s: f"€{goods(s):,.2f}",
            "Shipping and Handling": lambda s: f"€{s.shipping:.2f}",
            "Total Refunded": lambda _: "",
        },
    )
    return {"export.csv": text(rows)}, truth([s for s in sales if not share(s, 8) and not share(s, 11)])


@situation
def prestashop(sales):
    """French list of orders: an initial and a name, a narrow blank between thousands."""
    rows = by_order(
        sales,
        {
            "ID": lambda s: s.number,
            "Référence": lambda s: f"XK{s.number}",
            "Nouveau client": lambda _: "Non",
            "Livraison": lambda _: "France",
            "Client": lambda s: f"J. Nom{s.customer}",
            "Total": lambda s: f"{s.total * 30:,.2f}".replace(",", "\u202f").replace(".", ",") + " €",
            "Paiement": lambda _: "Carte bancaire",
            "État": lambda s: "Annulée" if share(s, 7) else "Paiement accepté",
            "Date": lambda s: at(s, "%d/%m/%Y %H:%M:%S"),
        },
    )
    kept = [s for s in sales if not share(s, 7)]
    return {"order_2026.csv": text(rows, ";")}, truth(kept, worth=lambda s: s.total * 30)


@situation
def bigcommerce(sales):
    """Day and time apart, totals with and without tax, states of payment."""
    rows = by_order(
        sales,
        {
            "Order ID": lambda s: s.number,
            "Customer ID": lambda s: s.customer + 1,
            "Customer Name": lambda _: "x",
            "Customer Email": mail,
            "Order Date": lambda s: at(s, "%d/%m/%Y"),
            "Order Time": lambda s: at(s, "%H:%M:%S"),
            "Order Status": lambda s: "Declined" if share(s, 6) else "Incomplete" if share(s, 13) else "Shipped",
            "Subtotal (inc tax)": goods,
            "Shipping Cost (inc tax)": lambda s: s.shipping,
            "Order Total (inc tax)": lambda s: s.total,
            "Order Total (ex tax)": lambda s: round(s.total / 1.2, 2),
            "Order Currency Code": lambda _: "GBP",
            "Total Quantity": lambda s: len(s.lines),
        },
    )
    return {"orders.csv": text(rows)}, truth([s for s in sales if not share(s, 6) and not share(s, 13)])


@situation
def odoo_continuation(sales):
    """An order's fields on its first line alone."""
    rows = []
    for sale in sales:
        for place, line in enumerate(sale.lines):
            first = place == 0
            rows.append(
                {
                    "Order Reference": f"S{sale.number}" if first else "",
                    "Order Date": iso(sale) if first else "",
                    "Customer": f"Person {sale.customer}" if first else "",
                    "Total": sale.total if first else "",
                    "Status": "Sales Order" if first else "",
                    "Order Lines/Product": name(line),
                    "Order Lines/Quantity": line.quantity,
                    "Order Lines/Unit Price": line.price,
                }
            )
    return {"sale.order.csv": text(rows)}, truth(sales)


@situation
def odoo_quotations(sales):
    """Quotations are no orders."""
    rows = by_order(
        sales,
        {
            "Order Reference": lambda s: f"S{s.number}",
            "Creation Date": iso,
            "Customer/ID": code,
            "Salesperson": lambda s: f"Seller {s.number % 3}",
            "Total": lambda s: s.total,
            "Status": lambda s: "Quotation" if share(s, 5) else "Quotation Sent" if share(s, 7) else "Sales Order",
        },
    )
    return {"sale_order.csv": text(rows)}, truth([s for s in sales if not share(s, 5) and not share(s, 7)])


@situation
def shopware(sales):
    """Camel-case names, the invoice's amount with and without tax."""
    rows = by_order(
        sales,
        {
            "orderId": lambda s: s.number - 1000,
            "orderNumber": lambda s: s.number,
            "customerId": lambda s: s.customer + 1,
            "orderStatusDescription": lambda s: "Storniert / Abgelehnt" if share(s, 9) else "Komplett abgeschlossen",
            "invoiceAmount": lambda s: s.total,
            "invoiceAmountNet": lambda s: round(s.total / 1.19, 2),
            "invoiceShipping": lambda s: s.shipping,
            "orderTime": iso,
            "currency": lambda _: "EUR",
        },
    )
    return {"orders.csv": text(rows, ";")}, truth([s for s in sales if not share(s, 9)])


@situation
def nuvemshop(sales):
    """A Brazilian shop system: states of order and payment apart, decimal commas."""
    rows = by_order(
        sales,
        {
            "Número do Pedido": lambda s: s.number,
            "E-mail": mail,
            "Data": lambda s: at(s, "%d/%m/%Y %H:%M:%S"),
            "Status do Pedido": lambda s: "Cancelado" if share(s, 8) else "Aberto",
            "Moeda": lambda _: "BRL",
            "Subtotal": lambda s: f"{goods(s):.2f}".replace(".", ","),
            "Desconto": lambda s: f"{s.discount:.2f}".replace(".", ","),
            "Valor do Frete": lambda s: f"{s.shipping:.2f}".replace(".", ","),
            "Total": lambda s: f"{s.total:.2f}".replace(".", ","),
        },
    )
    return {"vendas.csv": text(rows, ";", "cp1252")}, truth([s for s in sales if not share(s, 8)])


@situation
def squarespace(sales):
    """Shopify's names, the customer's e-mail, a row an order."""
    rows = by_order(
        sales,
        {
            "Order ID": lambda s: f"{s.number:05}",
            "Email": mail,
            "Financial Status": lambda _: "PAID",
            "Paid at": lambda s: at(s, "%Y-%m-%d %H:%M:%S -0500"),
            "Fulfillment Status": lambda _: "FULFILLED",
            "Currency": lambda _: "USD",
            "Subtotal": goods,
            "Shipping": lambda s: s.shipping,
            "Taxes": lambda _: "0.00",
            "Amount Refunded": lambda _: "0.00",
            "Total": lambda s: s.total,
            "Created at": lambda s: at(s, "%Y-%m-%d %H:%M:%S -0500"),
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)
