"""Exports of platforms as their own screens write them today; each was read wrongly, or not at all, at first."""

from tests.exports.cases.situation import PLAIN, at, by_order, code, goods, grouped, iso, mail, situation, text, truth


def _of(sales, columns, stands=lambda sale: True, delimiter=",", **more):
    rows = by_order(sales, columns)
    return {"orders.csv": text(rows, delimiter)}, truth([sale for sale in sales if stands(sale)], **more)


def _state(*words):
    """One of these words for each sale."""
    return lambda sale: words[sale.number * 31 % len(words)]


@situation
def shopify_sales_report(sales):
    """A report of sales by order: the number is called the order's name, discounts are negative."""
    columns = {
        "Day": lambda s: at(s, "%Y-%m-%d"), "Order name": lambda s: f"#{s.number}",
        "Customer ID": lambda s: 7_000_000_000_000 + s.customer, "Gross sales": goods,
        "Discounts": lambda s: -s.discount, "Returns": lambda _: 0,
        "Net sales": lambda s: round(s.total - s.shipping, 2), "Shipping charges": lambda s: s.shipping,
        "Total sales": lambda s: s.total,
    }  # fmt: skip
    return _of(sales, columns)


@situation
def woo_table(sales):
    """The table of orders itself: pending means that nobody has paid."""
    state = _state(*["wc-completed"] * 8, "wc-cancelled", "wc-pending", "wc-checkout-draft", "wc-processing")
    columns = {
        "id": lambda s: s.number, "status": state, "currency": lambda _: "EUR", "type": lambda _: "shop_order",
        "total_amount": lambda s: f"{s.total:.8f}", "customer_id": lambda s: s.customer + 1 if s.customer % 3 else 0,
        "billing_email": mail, "date_created_gmt": iso, "parent_order_id": lambda _: 0,
    }  # fmt: skip
    return _of(sales, columns, lambda s: state(s) in ("wc-completed", "wc-processing"))


@situation
def woo_german(sales):
    state = _state(*["Abgeschlossen"] * 8, "Storniert", "Zahlung ausstehend", "In Bearbeitung")
    columns = {
        "Bestellnummer": lambda s: s.number, "Bestelldatum": lambda s: at(s, "%d.%m.%Y %H:%M"),
        "Bestellstatus": state, "Gesamtsumme der Bestellung": lambda s: grouped(s.total, ".", ","),
        "E-Mail (Rechnung)": mail,
    }  # fmt: skip
    return _of(sales, columns, lambda s: state(s) in ("Abgeschlossen", "In Bearbeitung"), ";")


@situation
def clover_payments(sales):
    """Whether a payment went through stands in a column of results."""
    columns = {
        "Payment Date": lambda s: at(s, "%d-%b-%Y %I:%M %p"), "Order ID": lambda s: f"O{s.number}",
        "Result": lambda s: "SUCCESS" if s.number % 8 else "FAIL", "Amount": lambda s: s.total, "Customer ID": code,
    }  # fmt: skip
    return _of(sales, columns, lambda s: s.number % 8)


@situation
def dutch_totals(sales):
    """The total without tax alone was known by its words."""
    state = _state(*["Verzonden"] * 7, "Geannuleerd", "Wacht op betaling")
    columns = {
        "Ordernummer": lambda s: s.number, "Besteldatum": lambda s: at(s, "%d-%m-%Y %H:%M"), "Klant e-mail": mail,
        "Totaal incl. btw": lambda s: "€ " + grouped(s.total, ".", ","),
        "Totaal excl. btw": lambda s: "€ " + grouped(s.total / 1.21, ".", ","), "Status": state,
    }  # fmt: skip
    return _of(sales, columns, lambda s: state(s) == "Verzonden", ";")


@situation
def gumroad(sales):
    """What is left after fees stands beside what was paid."""
    columns = {
        "Sale ID": lambda s: f"g{s.number}", "Purchase Date": lambda s: at(s, "%Y-%m-%d"), "Purchase Email": mail,
        "Sale Price ($)": lambda s: s.total, "Fees ($)": lambda s: round(s.total * 0.1, 2),
        "Net Total ($)": lambda s: round(s.total * 0.9, 2), "Refunded?": lambda _: 0,
    }  # fmt: skip
    return _of(sales, columns)


@situation
def trendyol(sales):
    columns = {
        "Sipariş Numarası": lambda s: s.number, "Sipariş Tarihi": lambda s: at(s, "%d.%m.%Y %H:%M"),
        "Müşteri No": code, "Faturalanacak Tutar": lambda s: grouped(s.total, ".", ",") + " TL",
        "Sipariş Statüsü": lambda s: "Teslim Edildi" if s.number % 9 else "İptal Edildi",
    }  # fmt: skip
    return _of(sales, columns, lambda s: s.number % 9, ";")


@situation
def salla(sales):
    state = _state(*["تم التوصيل"] * 7, "ملغي", "بانتظار الدفع")
    columns = {
        "رقم الطلب": lambda s: s.number, "تاريخ الطلب": iso, "رقم الجوال": lambda s: f"96650000{s.customer:04}",
        "إجمالي الطلب": lambda s: s.total, "حالة الطلب": state,
    }  # fmt: skip
    return _of(sales, columns, lambda s: state(s) == "تم التوصيل")


@situation
def allegro(sales):
    columns = {
        "Numer zamówienia": lambda s: f"a-{s.number}", "Data zakupu": lambda s: at(s, "%d.%m.%Y %H:%M"),
        "Login kupującego": code, "Razem do zapłaty": lambda s: grouped(s.total, " ", ",") + " zł",
        "Status zamówienia": lambda s: "Wysłane" if s.number % 9 else "Anulowane",
    }  # fmt: skip
    return _of(sales, columns, lambda s: s.number % 9, ";")


@situation
def turned_by_a_spreadsheet(sales):
    """It took 3/4 for March and wrote it its own way; what it could not read it left."""
    columns = {
        **PLAIN,
        "date": lambda s: at(s, "%d/%m/%Y %H:%M") if s.moment.day > 12 else at(s, "%Y-%d-%m %H:%M:00"),
    }
    return _of(sales, columns, said="day first or month first")
