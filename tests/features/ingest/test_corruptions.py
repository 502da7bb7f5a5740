"""Fifty corruptions in one delivery of all twelve tables: each is named by table, column and count, and no more."""

import csv
import io
import itertools
import math
import random
from datetime import datetime, timedelta

import pytest

from features.shop import Finding
from features.tables import TABLES
from tests.features.ingest.exports import opened

START = datetime.fromisoformat("2020-01-01")
ORDERS, OTHERS = 6_000, 800


def delivery():
    """Sound rows of every table; orders between 8 and 20 o'clock, lines that add up to them."""
    chance = random.Random(11)
    usual = [math.exp(chance.gauss(3.5, 0.5)) for _ in range(300)]
    orders = []
    for number in range(ORDERS):
        at = START + timedelta(days=number % 150, hours=8 + number % 12, minutes=number % 60)
        orders.append(
            {
                "order_id": f"o{number}", "customer_id": f"c{number % 300}", "happened_at": f"{at:%Y-%m-%d %H:%M}",
                "known_at": f"{at + timedelta(days=1):%Y-%m-%d %H:%M}", "kind": "order",
                "amount": f"{usual[number % 300] * math.exp(chance.gauss(0, 0.3)):.2f}", "of_order_id": "",
                "discount": "0", "shipping": "4.90", "channel": "web", "store_id": f"s{number % 9}",
                "fulfilment": "delivery",
            }
        )  # fmt: skip
    some = range(OTHERS)
    day = [f"{START + timedelta(days=number % 150):%Y-%m-%d} 12:00" for number in some]
    return {
        "orders": orders,
        "order_lines": [
            {"order_id": order["order_id"], "product_id": f"p{number % 50}", "quantity": "1", "amount": order["amount"],
             "on_display": "true"}
            for number, order in enumerate(orders)
        ],
        "products": [{"product_id": f"p{n}", "price": f"{n}.90", "available_from": "2019-01-01"} for n in some],
        "customers": [
            {"customer_id": f"c{n}", "joined_at": "2019-05-01", "birth_year": "1980", "latitude": "48.1"} for n in some
        ],
        "identities": [
            {"source": "web", "source_customer_id": f"c{n}", "kind": "email", "value": f"c{n}@x.example"} for n in some
        ],
        "touchpoints": [
            {"customer_id": f"c{n}", "happened_at": day[n], "channel": "web", "kind": "visit", "dwell_seconds": f"{n}"}
            for n in some
        ],
        "messages": [
            {"message_id": f"m{n}", "customer_id": f"c{n}", "happened_at": day[n], "channel": "email", "cost": "0.01",
             "propensity": "0.5"}
            for n in some
        ],
        "responses": [
            {"message_id": f"m{n}", "kind": "open", "item": f"i{n}", "happened_at": f"2020-08-01 {n % 24}:00"}
            for n in some
        ],
        "tickets": [
            {"ticket_id": f"t{n}", "customer_id": f"c{n}", "happened_at": day[n], "closed_at": "", "satisfaction": "4"}
            for n in some
        ],
        "consents": [
            {"customer_id": f"c{n}", "channel": "email", "purpose": "contact", "granted": "yes", "happened_at": day[n]}
            for n in some
        ],
        "stores": [{"store_id": f"s{n}", "name": f"Store {n}", "longitude": "11.5"} for n in some],
        "stock": [
            {"store_id": f"s{n % 9}", "product_id": f"p{n % 50}", "quantity": "3",
             "happened_at": day[n][:-2] + f"{n % 60:02}"}
            for n in some
        ],
        "decisions": [
            {"decision_id": f"d{n}", "customer_id": f"c{n}", "happened_at": day[n], "action": "call",
             "propensity": "0.5", "cost": "1.00"}
            for n in some
        ],
    }  # fmt: skip


# table, column, what the corruption writes there, in how many rows, what is said of it
NOT_UTF8 = "bytes that are not UTF-8 in a file that is, read by its country's code page"
NO_RESPONSE = "a value that is none of delivered, bounce, open, click, convert, unsubscribe, complaint"
POSITIVE_RETURN = "a positive amount on a return"
UNLIKE_ORDER = "an amount that does not add up to its order's, as it does elsewhere"
CORRUPTIONS = [
    ("orders", "amount", "lots", 3, "text that is not an amount of money"),
    ("orders", "amount", "", 2, "no value"),
    ("orders", "happened_at", "soon", 2, "text that is not a date or time"),
    ("orders", "happened_at", "", 1, "no value"),
    ("orders", "happened_at", "2199-12-31 10:00", 2, "a moment in the future"),
    ("orders", "happened_at", "1900-01-01", 2, "a moment before 1971"),
    ("orders", "known_at", "2019-12-01", 3, "a moment before happened_at"),
    ("orders", "known_at", "2199-12-31", 2, "a moment in the future"),
    ("orders", "known_at", "later", 1, "text that is not a date or time"),
    ("orders", "order_id", "", 2, "no value"),
    ("orders", "order_id", "o0", 3, "the order_id of another row, but other content"),
    ("orders", "kind", "gift", 2, "a value that is none of order, return"),
    ("orders", "kind", "return", 1, POSITIVE_RETURN),
    ("orders", "shipping", "-4.90", 2, "a value below 0"),
    ("orders", "shipping", "free", 3, "text that is not an amount of money"),
    ("orders", "discount", "10%", 1, "text that is not an amount of money"),
    ("orders", "fulfilment", "drone", 1, "a value that is none of delivery, pick_up, in_store"),
    ("orders", "store_id", "s9999", 3, "a value unknown in table 'stores'"),
    ("orders", "of_order_id", "o9999999", 2, "a value unknown in table 'orders'"),
    ("orders", "channel", "Zürich".encode("latin-1"), 2, NOT_UTF8),
    ("orders", "amount", "*100", 4, "an amount more than 20 times the usual (cents, or another currency?)"),
    ("orders", "happened_at", "+12h", 5, "a time at which the shop is otherwise silent (hours 23)"),
    ("orders", "(whole line)", None, 2, "more or fewer cells than the header"),
    ("order_lines", "order_id", "o9999999", 3, "the number of no accepted order"),
    ("order_lines", "product_id", "", 2, "no value"),
    ("order_lines", "product_id", "p9999", 4, "a value unknown in table 'products'"),
    ("order_lines", "quantity", "a few", 2, "text that is not a number"),
    ("order_lines", "amount", "?", 1, "text that is not an amount of money"),
    ("order_lines", "amount", "*100", 6, UNLIKE_ORDER),
    ("order_lines", "on_display", "perhaps", 2, "text that is not true or false"),
    ("products", "product_id", "p7", 2, "the product_id of another row, but other content"),
    ("products", "price", "-1", 1, "a value below 0"),
    ("products", "price", "cheap", 1, "text that is not an amount of money"),
    ("products", "available_from", "spring", 1, "text that is not a date or time"),
    ("customers", "customer_id", "", 1, "no value"),
    ("customers", "birth_year", "1700", 2, "a value below 1880"),
    ("customers", "latitude", "95", 1, "a value above 90"),
    ("customers", "joined_at", "long ago", 2, "text that is not a date or time"),
    ("identities", "kind", "", 1, "no value"),
    ("touchpoints", "dwell_seconds", "-5", 2, "a value below 0"),
    ("touchpoints", "channel", "", 1, "no value"),
    ("touchpoints", "happened_at", "2199-01-01", 1, "a moment in the future"),
    ("messages", "message_id", "m7", 1, "the message_id of another row, but other content"),
    ("messages", "propensity", "1.5", 2, "a value above 1"),
    ("messages", "propensity", "0", 1, "a value not above 0"),
    ("messages", "cost", "one cent", 1, "text that is not an amount of money"),
    ("responses", "kind", "licked", 2, NO_RESPONSE),
    ("responses", "message_id", "m9999", 3, "a value unknown in table 'messages'"),
    ("tickets", "satisfaction", "9", 1, "a value above 5"),
    ("tickets", "closed_at", "open", 1, "text that is not a date or time"),
    ("consents", "granted", "maybe", 1, "text that is not true or false"),
    ("consents", "purpose", "fun", 1, "a value that is none of contact, profiling"),
    ("stores", "store_id", "s7", 1, "the store_id of another row, but other content"),
    ("stores", "longitude", "200", 1, "a value above 180"),
    ("stock", "quantity", "", 1, "no value"),
    ("stock", "product_id", "p9999", 1, "a value unknown in table 'products'"),
    ("decisions", "propensity", "0", 2, "a value not above 0"),
    ("decisions", "action", "", 1, "no value"),
    ("decisions", "cost", "-1.00", 1, "a value below 0"),
]  # fmt: skip

# Lines whose order is refused are refused with it, and those of a hundredfold order do not add up to it.
REFUSED_ORDERS = sum(
    count
    for table, column, value, count, reason in CORRUPTIONS
    if table == "orders" and column != "(whole line)" and "unknown" not in reason
    and reason[:5] not in ("bytes", "an am", "a tim")
)  # fmt: skip
ALSO = {"the number of no accepted order": REFUSED_ORDERS, UNLIKE_ORDER: 4}


def spoil(row, column, value):
    if value == "*100":
        row[column] = f"{float(row[column]) * 100:.2f}"
    elif value == "+12h":
        row[column] = row[column][:11] + "23:15"
    else:
        row[column] = value


def written(rows):
    """CSV bytes; a cell may be bytes in an encoding of its own, a row of None lacks its last cells."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    marked = [
        {name: f"\x00{cell.decode('latin-1')}\x00" if isinstance(cell, bytes) else cell for name, cell in row.items()}
        for row in rows
    ]
    writer.writerows(marked)
    parts = text.getvalue().split("\x00")
    return b"".join(part.encode("latin-1" if place % 2 else "utf-8") for place, part in enumerate(parts))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    tables = delivery()
    tables["orders"][0]["channel"] = "Köln"
    places = {table: itertools.count(20) for table in tables}
    for table, column, value, count, _ in CORRUPTIONS:
        for place in itertools.islice(places[table], count):
            # Orders and lines are spoilt in different rows, so that no fault hides another.
            row = tables[table][place * 31 + 5 if table == "orders" else place * 7 + 1]
            if value is not None:
                spoil(row, column, value)
    files = {f"{table}__csv": written(rows) for table, rows in tables.items()}
    (broken,) = [count for _, column, _, count, _ in CORRUPTIONS if column == "(whole line)"]
    header, _, rows = files["orders__csv"].partition(b"\n")  # at the end they would be a report's lines below its table
    files["orders__csv"] = b"\n".join([header, *[b"x,y,z"] * broken, rows])
    return opened(tmp_path_factory.mktemp("corrupt"), **files)


@pytest.mark.parametrize(("table", "column", "value", "count", "reason"), CORRUPTIONS)
def test_each_corruption_is_named_by_table_column_and_count(shop, table, column, value, count, reason):
    found = {(finding.table, finding.column, finding.reason): finding.count for finding in shop.findings}
    count += ALSO.get(reason, 0)
    assert found[table, "amount" if reason == POSITIVE_RETURN else column, reason] == count


def test_nothing_else_is_said(shop):
    said = {(finding.table, finding.column, finding.reason) for finding in shop.findings}
    told = {(table, column, reason) for table, column, _, _, reason in CORRUPTIONS}
    assert said == told - {("orders", "kind", POSITIVE_RETURN)} | {("orders", "amount", POSITIVE_RETURN)}
    assert {finding.severity for finding in shop.findings} == {"quarantined", "warning"}


def test_every_table_still_adds_up(shop):
    assert {counted.table for counted in shop.reconciliation} == set(TABLES)
    assert all(counted.adds_up for counted in shop.reconciliation)


def test_no_message_holds_a_personal_value(shop):
    assert not any("@" in finding.sentence or "Z" in finding.example for finding in shop.findings)


def test_a_finding_is_a_sentence():
    finding = Finding("orders", "amount", "no value", 1200, "o7")
    assert finding.sentence == "table 'orders', column 'amount': 1,200 rows with no value, for example o7."
