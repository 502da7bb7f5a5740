"""Situations in which an export says one thing and means another: read right, or asked and said."""

from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest

from features.errors import DataError
from features.ingest.guessing.draft_toml import write_draft
from features.shop import open_shop
from tests.features.ingest.exports import rows, write
from tests.features.ingest.guessing.drafts import (
    CUSTOMERS,
    ORDERS,
    PLAIN,
    TOTAL,
    by_line,
    by_order,
    customer_of,
    day_of,
    drafted,
    lines_of,
    plain,
    seen,
    table,
    total_of,
)


@pytest.mark.parametrize("name", ["id", "value", "rows", "o", "v", "amounts", "lines", "c", "held", "customer"])
def test_no_column_s_name_meets_a_name_of_ours(name, tmp_path):
    header = ("order_id", "customer_id", "date", "total", "status", name)
    text = by_order(header, lambda order: (*plain(order), "ok", f"x{order}"))
    _, shop = drafted(tmp_path, text)
    assert seen(shop) == (ORDERS, TOTAL, CUSTOMERS)


def test_a_column_id_numbers_orders_where_nothing_else_does(tmp_path):
    _, shop = drafted(tmp_path, by_order(("id", "customer_id", "created_at", "total"), plain))
    assert seen(shop) == (ORDERS, TOTAL, CUSTOMERS)


def test_what_was_paid_is_the_order_and_its_lines_prove_it(tmp_path):
    header = ("order_id", "customer_id", "order_date", "sku", "quantity", "unit_price", "line_total", "order_total")
    text, shop = drafted(
        tmp_path,
        by_line(
            header,
            lambda o, sku, price, n: (o, customer_of(o), day_of(o), sku, n, price, n * price, total_of(o) + o % 2),
        ),
    )
    assert seen(shop) == (ORDERS, TOTAL + ORDERS // 2, CUSTOMERS)
    assert 'once = ["amount"]' in text
    assert (
        "settled: how much is an order?" in text
        and "rows of line_total add up to order_total in 60 of 120 orders" in text
    )


@pytest.mark.parametrize("of_row", [True, False])
def test_a_price_s_own_values_tell_whether_it_is_of_a_piece(of_row, tmp_path):
    header = ("order_id", "customer_id", "date", "sku", "quantity", "item_price")
    text, shop = drafted(
        tmp_path,
        by_line(
            header, lambda o, sku, price, n: (o, customer_of(o), day_of(o), sku, n, price * n if of_row else price)
        ),
    )
    assert seen(shop) == (ORDERS, TOTAL, CUSTOMERS)
    assert ("grows with the quantity" if of_row else "stays the same whatever the quantity") in text


def test_a_price_that_proves_nothing_is_a_question(tmp_path):
    header = ("order_id", "customer_id", "date", "sku", "quantity", "price")
    text, _ = drafted(tmp_path, by_line(header, lambda o, sku, price, n: (o, customer_of(o), day_of(o), sku, 1, price)))
    assert "# question: is a price of one piece or of the row?" in text
    assert "not proven: mend it if it is wrong" in text


def test_pieces_are_no_money(tmp_path):
    header = ("order_id", "customer_id", "date", "amount", "sales")
    text, shop = drafted(
        tmp_path, by_order(header, lambda o: (o, customer_of(o), day_of(o), 1 + o % 5, f"{total_of(o)}.50"))
    )
    assert seen(shop)[1] == TOTAL + ORDERS * Decimal("0.5")
    assert "look: amount has small whole numbers alone" in text and "else: amount = amount" in text


def test_people_known_by_e_mail_are_not_lost_as_guests(tmp_path):
    header = ("order_id", "customer_id", "date", "total", "billing_email")
    text, shop = drafted(
        tmp_path,
        by_order(
            header, lambda o: (o, 0 if o % 3 else 7 + o % CUSTOMERS, day_of(o), total_of(o), f"k{o % CUSTOMERS}@e.org")
        ),
    )
    assert seen(shop) == (ORDERS, TOTAL, CUSTOMERS)
    assert "settled: who is a customer?" in text and "else: known by customer_id" in text


def test_every_word_for_nobody_counts(tmp_path):
    words = ["Guest", "Walk-in Customer", "-", "99999999"]
    header = PLAIN
    text, shop = drafted(
        tmp_path,
        by_order(header, lambda o: (o, words[o // 2 % 4] if o % 2 else customer_of(o), day_of(o), total_of(o))),
    )
    assert sum(row["customer_id"] is None for row in rows(shop)) == ORDERS // 2
    assert all(word in text for word in words)


def test_a_cashier_is_no_customer(tmp_path):
    header = ("order_id", "User", "Customer Code", "date", "total")
    text, shop = drafted(
        tmp_path, by_order(header, lambda o: (o, f"cashier {o % 2}", customer_of(o), day_of(o), total_of(o)))
    )
    assert seen(shop) == (ORDERS, TOTAL, CUSTOMERS)
    assert "look: User has a handful of values" in text


@pytest.mark.parametrize("column", ["customer_id", "order_id"])
def test_ids_that_a_spreadsheet_cut_are_refused_by_name(column, tmp_path):
    at = PLAIN.index(column)
    cut = by_order(PLAIN, lambda o: tuple("8.61319E+12" if place == at else one for place, one in enumerate(plain(o))))
    folder = write(tmp_path / "shop", {"orders.csv": cut})
    assert "a spreadsheet has cut its digits" in write_draft(folder).read_text()
    with pytest.raises(DataError, match=f"column '{column}': .*scientific notation"):
        open_shop(folder, home=tmp_path / "home")


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("Delivery failed, sent again", True), ("Cancellation refused", True), ("Completed", True), ("Refunded", True),
        ("取消失败", True), ("Declined", False), ("Awaiting Payment", False), ("pending_payment", False),
        ("Expired", False), ("draft", False), ("Annulé", False), ("storniert", False), ("等待买家付款", False),
        ("交易关闭", False), ("Test", False),
    ],
)  # fmt: skip
def test_a_state_says_whether_it_is_an_order(state, counts, tmp_path):
    header = (*PLAIN, "status")
    text, shop = drafted(tmp_path, by_order(header, lambda o: (*plain(o), f'"{state}"' if o % 2 else "Paid")))
    assert seen(shop)[0] == (ORDERS if counts else ORDERS // 2)
    assert state in text  # kept or left out, a person sees it


def test_returning_customers_return_nothing(tmp_path):
    header = (*PLAIN, "order_type")
    _, shop = drafted(
        tmp_path, by_order(header, lambda o: (*plain(o), "returning customer" if o % 2 else "new customer"))
    )
    assert Counter(row["kind"] for row in rows(shop)) == {"order": ORDERS}
    assert seen(shop)[1] == TOTAL


def test_one_kind_of_row_is_the_order(tmp_path):
    header = ("Date", "Receipt Number", "Line Type", "Customer Code", "Quantity", "Total", "Sku")
    parts = []
    for o in range(ORDERS):
        parts.append((day_of(o), o, "Sale", customer_of(o), 1, total_of(o), ""))
        parts += [(day_of(o), o, "Sale Line", customer_of(o), n, n * price, sku) for sku, price, n in lines_of(o)]
        parts.append((day_of(o), o, "Payment", customer_of(o), "", "", ""))
    _, shop = drafted(tmp_path, table(header, *parts))
    assert seen(shop) == (ORDERS, TOTAL, CUSTOMERS)
    assert shop.rows["order_lines"] == sum(len(lines_of(o)) for o in range(ORDERS))


def test_rows_that_leave_the_order_blank_go_on_with_it(tmp_path):
    header = ("Order Ref", "Date", "Customer", "Total", "Product", "Quantity")
    parts = [
        (o, day_of(o), customer_of(o), total_of(o), sku, n) if at == 0 else ("", "", "", "", sku, n)
        for o in range(ORDERS)
        for at, (sku, _, n) in enumerate(lines_of(o))
    ]
    text, shop = drafted(tmp_path, table(header, *parts))
    assert seen(shop) == (ORDERS, TOTAL, CUSTOMERS)
    assert "leave its number, customer and date blank" in text


def test_a_scan_a_row_is_a_piece_a_row(tmp_path):
    header = ("receipt_id", "customer_id", "date", "sku", "price")
    parts = [
        (o, customer_of(o), day_of(o), sku, price)
        for o in range(ORDERS)
        for sku, price, pieces in lines_of(o)
        for _ in range(pieces)
    ]
    text, shop = drafted(tmp_path, table(header, *parts))
    assert seen(shop) == (ORDERS, TOTAL, CUSTOMERS)
    assert "rows alike came twice" in text


def test_a_moment_of_last_change_is_not_when_it_was_known(tmp_path):
    header = (*PLAIN, "updated_at", "loaded_at")
    text, shop = drafted(
        tmp_path, by_order(header, lambda o: (*plain(o), "2026-01-01 03:00:00", "2026-01-01 03:00:00"))
    )
    assert all(row["known_at"] == row["happened_at"] for row in rows(shop))
    assert "loaded_at is not when rows became known" in text


def test_a_moment_of_arrival_is(tmp_path):
    header = (*PLAIN, "loaded_at")
    _, shop = drafted(tmp_path, by_order(header, lambda o: (*plain(o), day_of(o)[:10] + " 23:30:00")))
    assert all(row["known_at"].hour == 23 for row in rows(shop))


def test_copies_of_a_browser_are_one_source(tmp_path):
    half = ORDERS // 2
    files = {
        "orders.csv": by_order(PLAIN, plain, range(half)),
        "orders (1).csv": by_order(PLAIN, plain, range(half - 5, ORDERS)),
    }
    _, shop = drafted(tmp_path, files)
    assert seen(shop) == (ORDERS, TOTAL, CUSTOMERS)


def test_several_currencies_are_said_by_draft_and_check(tmp_path):
    header = (*PLAIN, "order_currency")
    text, shop = drafted(tmp_path, by_order(header, lambda o: (*plain(o), "JPY" if o % 4 == 0 else "USD")))
    assert "look: amounts are in USD, JPY" in text
    (said,) = [finding for finding in shop.findings if "currency" in finding.reason]
    assert said.count == ORDERS // 4 and "USD, JPY" in said.reason


def test_zones_on_half_of_the_moments_are_said(tmp_path):
    text, shop = drafted(
        tmp_path, by_order(PLAIN, lambda o: (o, customer_of(o), day_of(o) + ("Z" if o % 2 else ""), total_of(o)))
    )
    assert "look: 50% of date carry a zone and the others none" in text
    assert [finding.count for finding in shop.findings if "without a zone" in finding.reason] == [ORDERS // 2]


def test_the_hour_that_a_clock_shows_twice_holds_two_orders(tmp_path):
    lines = "".join(f"C{o % CUSTOMERS},{day_of(o).replace(' ', 'T')}-05:00,9\n" for o in range(ORDERS))
    twice = "A,2025-11-02T01:30:00-04:00,10\nA,2025-11-02T01:30:00-05:00,11\n"
    toml = 'timezone = "America/New_York"\n[orders]\nsource = "o.csv"\n'
    folder = write(tmp_path / "shop", {"o.csv": "customer_id,happened_at,amount\n" + lines + twice, "shop.toml": toml})
    shop = open_shop(folder, home=tmp_path / "home")
    own = [row for row in rows(shop) if row["customer_id"] == "A"]
    assert [row["amount"] for row in sorted(own, key=lambda row: row["amount"])] == [10, 11]
    assert all(one["order_id"] != other["order_id"] for one, other in pairwise(own))
