"""Files as programs leave them: titles, unit rows, odd names, odd bytes."""

import csv
import io

from tests.exports.cases.situation import PLAIN, by_order, grouped, iso, share, situation, text, truth


def _rows(sales, **more):
    return by_order(sales, {**PLAIN, **more})


@situation
def utf16_without_mark(sales):
    return {"orders.csv": text(_rows(sales), encoding="utf-16-le")}, truth(sales)


@situation
def utf16_tabs(sales):
    return {"orders.csv": b"\xff\xfe" + text(_rows(sales), "\t", "utf-16-le")}, truth(sales)


@situation
def sep_line(sales):
    return {"orders.csv": b"sep=;\r\n" + text(_rows(sales), ";")}, truth(sales)


@situation
def preamble(sales):
    return {
        "orders.csv": b'Report: Orders\r\nFrom 2025-09-01 to 2026-06-30\r\nStore: "Main, Berlin"\r\n\r\n'
        + text(_rows(sales))
    }, truth(sales)


@situation
def units_below_the_header(sales):
    """A second line under the header names units."""
    lines = text(_rows(sales)).split(b"\r\n")
    return {"orders.csv": b"\r\n".join([lines[0], b",,yyyy-mm-dd,EUR", *lines[1:]])}, truth(sales)


@situation
def header_over_two_lines(sales):
    rows = by_order(sales, {k if k != "total" else "total\n(EUR)": v for k, v in PLAIN.items()})
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def groups_above_the_header(sales):
    """Merged cells above the header: a name for several columns."""
    return {"orders.csv": b"Order,,,\r\n" + text(_rows(sales))}, truth(sales)


@situation
def header_again_within(sales):
    """Files glued together: the header stands again in the middle."""
    lines = text(_rows(sales)).split(b"\r\n")
    return {"orders.csv": b"\r\n".join([*lines[:60], lines[0], *lines[60:]])}, truth(sales)


@situation
def delimiter_behind_rows_alone(sales):
    lines = text(_rows(sales)).split(b"\r\n")
    return {"orders.csv": b"\r\n".join([lines[0], *(line + b"," for line in lines[1:] if line)])}, truth(sales)


@situation
def sums_at_months_ends(sales):
    rows, month, held = [], None, 0.0
    for sale in sales:
        if month and f"{sale.moment:%Y-%m}" != month:
            rows.append(
                {"order_id": f"Subtotal {month}", "customer_id": "", "date": f"{month}-28", "total": round(held, 2)}
            )
            held = 0.0
        month, held = f"{sale.moment:%Y-%m}", held + sale.total
        rows += _rows([sale])
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def sum_of_all(sales):
    rows = [
        *_rows(sales),
        {"order_id": "", "customer_id": "Summe", "date": "", "total": round(sum(s.total for s in sales), 2)},
    ]
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def brackets_in_the_name(sales):
    return {"orders [final] (2).csv": text(_rows(sales))}, truth(sales)


@situation
def browser_copies(sales):
    third = len(sales) // 3
    parts = [sales[:third], sales[third : 2 * third], sales[2 * third :]]
    names = ("orders.csv", "orders (1).csv", "orders (2).csv")
    return {name: text(_rows(part)) for name, part in zip(names, parts, strict=True)}, truth(sales)


@situation
def months_with_overlap(sales):
    cut = len(sales) // 2
    return {
        "export_2025-12.csv": text(_rows(sales[: cut + 20])),
        "export_2026-06.csv": text(_rows(sales[cut:])),
    }, truth(sales)


@situation
def copies_with_other_columns(sales):
    """A later export has a column more."""
    cut = len(sales) // 2
    return {
        "orders_1.csv": text(_rows(sales[:cut])),
        "orders_2.csv": text(_rows(sales[cut:], note=lambda _: "x")),
    }, truth(sales)


@situation
def reserved_words(sales):
    """Columns named as SQL speaks."""
    rows = by_order(
        sales,
        {
            "order": PLAIN["order_id"],
            "select": lambda _: "a",
            "group": lambda _: "b",
            "user": PLAIN["customer_id"],
            "value": lambda _: "x",
            "key": lambda _: "k",
            "id": lambda s: s.number + 9,
            "date": PLAIN["date"],
            "from": lambda _: "web",
            "total": PLAIN["total"],
            'a "quoted" one': lambda _: "",
            "semi;colon": lambda _: "",
            "o'clock": lambda _: "",
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def german_csv(sales):
    rows = by_order(
        sales,
        {
            "Auftrags-Nr.": PLAIN["order_id"],
            "Kunden-Nr.": PLAIN["customer_id"],
            "Auftragsdatum": iso,
            "Gesamtbetrag (brutto)": lambda s: grouped(s.total, ".", ",") + " €",
            "Anzahl Positionen": lambda s: len(s.lines),
        },
    )
    return {"aufträge.csv": text(rows, ";", "cp1252")}, truth(sales)


@situation
def italian_csv(sales):
    rows = by_order(
        sales,
        {
            "N. ordine": PLAIN["order_id"],
            "Codice cliente": PLAIN["customer_id"],
            "Data ordine": iso,
            "Totale ordine": lambda s: grouped(s.total, ".", ","),
            "Stato": lambda s: "Annullato" if share(s, 6) else "Evaso",
        },
    )
    return {"ordini.csv": text(rows, ";")}, truth([s for s in sales if not share(s, 6)])


@situation
def dutch_csv(sales):
    rows = by_order(
        sales,
        {
            "Bestelnummer": PLAIN["order_id"],
            "Klantnummer": PLAIN["customer_id"],
            "Besteldatum": iso,
            "Totaalbedrag": lambda s: f"€ {grouped(s.total, '.', ',')}",
        },
    )
    return {"bestellingen.csv": text(rows, ";")}, truth(sales)


@situation
def polish_csv(sales):
    rows = by_order(
        sales,
        {
            "Numer zamówienia": PLAIN["order_id"],
            "ID klienta": PLAIN["customer_id"],
            "Data zamówienia": iso,
            "Wartość zamówienia": lambda s: grouped(s.total, " ", ","),
        },
    )
    return {"zamowienia.csv": text(rows, ";")}, truth(sales)


@situation
def quoted_notes(sales):
    made = io.StringIO()
    table = csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow([*PLAIN, "note"])
    table.writerows(
        [*(make(s) for make in PLAIN.values()), 'ring "twice"\nthen, wait' if share(s, 7) else ""] for s in sales
    )
    return {"orders.csv": made.getvalue().encode()}, truth(sales)
