"""Tills, payment services and merchandise management."""

from tests.exports.cases.situation import (
    at,
    by_line,
    by_order,
    code,
    goods,
    grouped,
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
def square_items(sales):
    """Item sales: a row an item, day and time apart, the year in two digits."""
    rows = by_line(
        sales,
        {
            "Date": lambda s: at(s, "%m/%d/%y"),
            "Time": lambda s: at(s, "%H:%M:%S"),
            "Time Zone": lambda _: "Eastern Time (US & Canada)",
            "Category": lambda _: "Tea",
        },
        {
            "Item": lambda _, n: name(n),
            "Qty": lambda _, n: f"{n.quantity}.0",
            "SKU": lambda _, n: sku(n),
            "Gross Sales": lambda _, n: f"${n.quantity * n.price:,.2f}",
            "Discounts": lambda *_: "$0.00",
            "Net Sales": lambda _, n: f"${n.quantity * n.price:,.2f}",
            "Tax": lambda *_: "$0.00",
            "Transaction ID": lambda s, _: f"T{s.number}",
            "Payment ID": lambda s, _: f"P{s.number}",
            "Event Type": lambda *_: "Payment",
            "Location": lambda *_: "Main",
            "Customer ID": lambda s, _: code(s),
            "Customer Name": lambda *_: "A B",
        },
    )
    return {"items-2026-01-01-2026-12-31.csv": text(rows)}, truth(sales, worth=goods)


@situation
def square_transactions(sales):
    """Payments and refunds; a refund's amount carries its minus before the sign of money."""

    def sign(s):
        return "-" if share(s, 10) else ""

    rows = by_order(
        sales,
        {
            "Date": lambda s: at(s, "%m/%d/%y"),
            "Time": lambda s: at(s, "%-I:%M:%S %p"),
            "Time Zone": lambda _: "Eastern",
            "Gross Sales": lambda s: f"{sign(s)}${goods(s):,.2f}",
            "Discounts": lambda _: "$0.00",
            "Net Sales": lambda s: f"{sign(s)}${goods(s):,.2f}",
            "Tip": lambda _: "$0.00",
            "Total Collected": lambda s: f"{sign(s)}${goods(s):,.2f}",
            "Card": lambda _: "$0.00",
            "Fees": lambda _: "-$0.30",
            "Net Total": lambda s: f"{sign(s)}${goods(s) - 0.3:,.2f}",
            "Transaction ID": lambda s: f"T{s.number}",
            "Event Type": lambda s: "Refund" if share(s, 10) else "Payment",
            "Customer ID": code,
        },
    )
    return {"transactions.csv": text(rows)}, truth(sales, worth=lambda s: goods(s) * (-1 if share(s, 10) else 1))


@situation
def lightspeed_ledger(sales):
    """A sale's row, a row a line, a row a payment."""
    rows = []
    for sale in sales:
        head = {
            "Sale Date": iso(sale),
            "Receipt Number": sale.number,
            "Line Type": "Sale",
            "Customer Code": code(sale),
            "Quantity": "",
            "Total": sale.total,
            "Paid": "",
            "Sku": "",
            "User": f"cashier {sale.number % 2}",
            "Register": "Main",
        }
        rows.append(head)
        rows += [
            head
            | {"Line Type": "Sale Line", "Quantity": n.quantity, "Total": round(n.quantity * n.price, 2), "Sku": sku(n)}
            for n in sale.lines
        ]
        rows.append(head | {"Line Type": "Payment", "Total": "", "Paid": sale.total})
    return {"sales.csv": text(rows)}, truth(sales)


@situation
def stripe_payments(sales):
    """A charge's number is its id; failed charges were never paid."""
    rows = by_order(
        sales,
        {
            "id": lambda s: f"ch_{s.number}",
            "Created (UTC)": iso,
            "Amount": lambda s: s.total,
            "Amount Refunded": lambda _: "0.00",
            "Currency": lambda _: "eur",
            "Captured": lambda _: "true",
            "Converted Amount": lambda s: s.total,
            "Fee": lambda _: "0.55",
            "Status": lambda s: "Failed" if share(s, 9) else "Paid",
            "Customer ID": lambda s: f"cus_{s.customer}",
            "Customer Email": mail,
        },
    )
    return {"unified_payments.csv": text(rows)}, truth([s for s in sales if not share(s, 9)])


@situation
def paypal_activity(sales):
    """Gross, fee and net; payouts to the bank are no orders of anybody."""
    rows = by_order(
        sales,
        {
            "Date": lambda s: at(s, "%d/%m/%Y"),
            "Time": lambda s: at(s, "%H:%M:%S"),
            "TimeZone": lambda _: "Europe/Berlin",
            "Name": lambda _: "A B",
            "Type": lambda _: "Website Payment",
            "Status": lambda s: "Denied" if share(s, 9) else "Completed",
            "Currency": lambda _: "EUR",
            "Gross": lambda s: f"{s.total:.2f}".replace(".", ","),
            "Fee": lambda _: "-0,35",
            "Net": lambda s: f"{s.total - 0.35:.2f}".replace(".", ","),
            "From Email Address": mail,
            "To Email Address": lambda _: "shop@example.org",
            "Transaction ID": lambda s: f"8X{s.number}",
        },
    )
    return {"Download.CSV": text(rows, bom=True)}, truth([s for s in sales if not share(s, 9)])


@situation
def navision(sales):
    """German posted invoices in Windows-1252; the debtor's number has zeros before it."""
    rows = by_order(
        sales,
        {
            "Nr.": lambda s: f"VR{s.number}",
            "Verk. an Deb.-Nr.": lambda s: f"{s.customer:06}",
            "Verk. an Name": lambda _: "Müller",
            "Buchungsdatum": lambda s: at(s, "%d.%m.%y"),
            "Betrag": lambda s: grouped(s.total / 1.19 * 20, ".", ","),
            "Betrag inkl. MwSt.": lambda s: grouped(s.total * 20, ".", ","),
            "Währungscode": lambda _: "EUR",
        },
    )
    return {"Gebuchte Verkaufsrechnungen.csv": text(rows, ";", "cp1252")}, truth(sales, worth=lambda s: s.total * 20)


@situation
def sap_list(sales):
    """A list of sales documents: credit memos carry their minus behind the amount."""
    rows = by_order(
        sales,
        {
            "Verkaufsbeleg": lambda s: f"{s.number:010}",
            "Auftraggeber": lambda s: f"{s.customer:010}",
            "Belegdatum": lambda s: at(s, "%d.%m.%Y"),
            "Nettowert": lambda s: grouped(s.total, ".", ",") + ("-" if share(s, 10) else ""),
            "Währung": lambda _: "EUR",
        },
    )
    return {"VA05.csv": text(rows, ";", "cp1252")}, truth(sales, worth=lambda s: s.total * (-1 if share(s, 10) else 1))


@situation
def kassenbuch(sales):
    """A till's journal below a report's title, with a line of sums at its end."""
    rows = by_order(
        sales,
        {
            "Bon-Nr.": lambda s: s.number,
            "Datum": lambda s: at(s, "%d.%m.%Y %H:%M"),
            "Kundennr.": lambda s: f"{s.customer:04}",
            "Bediener": lambda s: f"Kasse {s.number % 2}",
            "Summe": lambda s: f"{s.total:.2f}".replace(".", ",") + " EUR",
        },
    )
    body = text(rows, ";").decode()
    total = f"{sum(s.total for s in sales):.2f}".replace(".", ",")
    report = f"Kassenjournal\r\nZeitraum;01.09.2025 - 30.06.2026\r\n\r\n{body}Gesamt;;;;{total} EUR\r\n"
    return {"journal.csv": report.encode("cp1252")}, truth(sales)


@situation
def receipts_start_again(sales):
    """Receipt numbers start again in each branch: a number alone is no order."""
    rows = by_line(
        sales,
        {
            "receipt_no": lambda s: s.number // 3,
            "store": lambda s: f"S{s.number % 3}",
            "customer_id": code,
            "date": iso,
            "receipt_total": lambda s: s.total,
        },
        {"sku": lambda _, n: sku(n), "qty": lambda _, n: n.quantity},
    )
    return {"receipts.csv": text(rows)}, truth(sales)


@situation
def receipts_start_again_yearly(sales):
    """And each month, where no column names the branch."""
    rows = by_order(
        sales,
        {
            "receipt_no": lambda s: s.number % 60,
            "customer_id": code,
            "date": iso,
            "total": lambda s: s.total,
        },
    )
    return {"receipts.csv": text(rows)}, truth(sales)
