"""Every reference leads somewhere, amounts add up, and nothing happens out of its order."""

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[[str], list[tuple[Any, ...]]]

ORPHANS = {
    "lines of an order": "order_lines ANTI JOIN orders USING (order_id)",
    "orders with lines": "orders ANTI JOIN order_lines USING (order_id)",
    "lines of a product": "order_lines ANTI JOIN products USING (product_id)",
    "touchpoints of a product": "(FROM touchpoints WHERE product_id IS NOT NULL) ANTI JOIN products USING (product_id)",
    "orders in a store": "(FROM orders WHERE store_id IS NOT NULL) ANTI JOIN stores USING (store_id)",
    "stock in a store": "stock ANTI JOIN stores USING (store_id)",
    "stock of a product": "stock ANTI JOIN products USING (product_id)",
    "answers to a message": "responses ANTI JOIN messages USING (message_id)",
    "orders of a record": "(FROM orders WHERE customer_id IS NOT NULL) ANTI JOIN customers USING (source, customer_id)",
    "visits of a record": "(FROM touchpoints WHERE customer_id IS NOT NULL) "
    "ANTI JOIN customers USING (source, customer_id)",
    "messages to a record": "messages ANTI JOIN customers USING (source, customer_id)",
    "cases of a record": "tickets ANTI JOIN customers USING (source, customer_id)",
    "consents of a record": "consents ANTI JOIN customers USING (source, customer_id)",
    "friends": "(SELECT referred_by AS customer_id FROM customers WHERE referred_by IS NOT NULL) "
    "ANTI JOIN customers USING (customer_id)",
}


@pytest.mark.parametrize("what", ORPHANS)
def test_references(ask: Ask, what: str) -> None:
    assert ask(f"SELECT count(*) FROM {ORPHANS[what]}") == [(0,)]


def test_an_order_is_the_sum_of_its_lines(ask: Ask) -> None:
    query = "SELECT order_id, any_value(o.amount) AS paid, sum(l.amount) AS lines FROM orders o JOIN order_lines l"
    assert ask(f"SELECT count(*) FROM ({query} USING (order_id) GROUP BY 1) WHERE paid <> lines") == [(0,)]


def test_returns_follow_an_order_and_take_back_no_more_than_it(ask: Ask) -> None:
    query = "FROM orders r LEFT JOIN orders o ON r.of_order_id = o.order_id WHERE r.kind = 'return'"
    (count, wrong, orphans), *_ = ask(
        "SELECT count(*), count(*) FILTER (r.amount >= 0 OR -r.amount > o.amount OR r.happened_at <= o.happened_at "
        f"OR r.known_at < o.known_at), count(*) FILTER (o.order_id IS NULL) {query}"
    )
    assert (count > 300, wrong, orphans) == (True, 0, 0)


def test_only_what_is_on_sale_is_sold(ask: Ask) -> None:
    query = "order_lines JOIN orders USING (order_id) JOIN products USING (product_id) WHERE kind = 'order'"
    outside = "happened_at < available_from OR happened_at >= coalesce(available_until, 'infinity')"
    assert ask(f"SELECT count(*) FROM {query} AND ({outside})") == [(0,)]
    assert ask("SELECT count(*) > 5 FROM products WHERE available_until IS NOT NULL") == [(True,)]


def test_no_store_sells_what_its_shelf_lacks(ask: Ask) -> None:
    sold = (
        "FROM orders o JOIN order_lines l USING (order_id) ASOF JOIN stock s ON o.store_id = s.store_id "
        "AND l.product_id = s.product_id AND o.happened_at >= s.happened_at "
        "WHERE o.kind = 'order' AND o.fulfilment = 'in_store'"
    )
    (lacking, sales), *_ = ask(f"SELECT count(*) FILTER (s.quantity = 0), count(*) {sold}")
    # A purchase put off to the next days may fall behind the next count.
    assert sales > 1_000
    assert lacking <= 0.002 * sales


def test_nobody_buys_before_joining(ask: Ask) -> None:
    early = "orders o JOIN customers c USING (source, customer_id) WHERE o.happened_at < c.joined_at"
    assert ask(f"SELECT count(*) FROM {early}") == [(0,)]


def test_no_message_on_a_channel_that_was_withdrawn(ask: Ask) -> None:
    sent = (
        "FROM messages m ASOF JOIN (FROM consents WHERE purpose = 'contact') c ON m.customer_id = c.customer_id "
        "AND m.channel = c.channel AND m.happened_at >= c.happened_at"
    )
    (against, sends), *_ = ask(f"SELECT count(*) FILTER (NOT c.granted), count(*) {sent}")
    assert sends > 10_000
    assert against == 0
