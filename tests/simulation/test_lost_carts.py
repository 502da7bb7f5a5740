"""The truth says why every cart was lost, and what brought its owner back."""

from collections.abc import Callable
from typing import Any

Ask = Callable[[str], list[tuple[Any, ...]]]

BOUGHT = """
    SELECT c.cart_id, c.brought_back, count(o.order_id) AS orders
    FROM truth_carts c LEFT JOIN (orders JOIN truth_buyers USING (order_id)) o
      ON o.person_id = c.person_id AND o.kind = 'order'
     AND o.happened_at >= date_trunc('week', c.happened_at) + INTERVAL 7 DAY
     AND o.happened_at < date_trunc('week', c.happened_at) + INTERVAL 14 DAY
    WHERE c.happened_at < '2024-12-01' GROUP BY ALL
"""


def test_every_lost_cart_was_left_for_the_reason_the_shop_sees(ask: Ask) -> None:
    seen = "touchpoints t ON t.cart_id = c.cart_id AND t.kind = 'abandon' AND t.happened_at = c.happened_at"
    rows = ask(
        f"SELECT count(*), count(t.cart_id), count(*) FILTER (t.reason = c.reason) FROM truth_carts c LEFT JOIN {seen}"
    )
    ((carts, known, alike),) = rows
    assert carts > 500 and known == alike > 0.95 * carts  # some rows are known too late for the export


def test_only_a_rescue_that_was_read_brings_anybody_back(ask: Ask) -> None:
    ((wrong,),) = ask("SELECT count(*) FROM truth_carts WHERE (rescue_read_at IS NULL) <> (brought_back IS NULL)")
    assert wrong == 0
    ((read, back),) = ask("SELECT count(*), avg(brought_back::INT) FROM truth_carts WHERE brought_back IS NOT NULL")
    assert read > 100 and 0.1 < back < 0.35


def test_who_is_brought_back_orders_more(ask: Ask) -> None:
    found = dict(ask(f"SELECT brought_back, avg(orders) FROM ({BOUGHT}) GROUP BY 1"))
    assert found[True] > found[False] + 0.4
    assert abs(found[False] - found[None]) < 0.3
