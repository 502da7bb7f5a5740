"""Mechanisms show in the tables: seasons, habits, warnings before leaving, promotions, word of mouth."""

from collections.abc import Callable
from typing import Any

Ask = Callable[[str], list[tuple[Any, ...]]]


def test_the_year_has_seasons(ask: Ask) -> None:
    weeks: dict[int, int] = dict(ask("SELECT week(happened_at), count(*) FROM orders WHERE kind = 'order' GROUP BY 1"))
    assert weeks[46] > 1.15 * (weeks[37] + weeks[38]) / 2
    assert weeks[7] < 0.9 * (weeks[3] + weeks[4]) / 2


def test_weekends_and_days_after_the_pay_cheque_sell_more(ask: Ask) -> None:
    days: dict[int, int] = dict(ask("SELECT isodow(happened_at), count(*) FROM orders WHERE kind = 'order' GROUP BY 1"))
    assert days[6] > 1.2 * days[2]
    ((paid, other),) = ask(
        "SELECT count(*) FILTER (day(happened_at) BETWEEN 10 AND 14) / 5, "
        "count(*) FILTER (day(happened_at) BETWEEN 17 AND 26) / 10 FROM orders WHERE kind = 'order'"
    )
    assert paid > 1.03 * other


def test_customers_become_more(ask: Ask) -> None:
    halves = "count(*) FILTER (month(joined_at) <= 6), count(*) FILTER (month(joined_at) > 6)"
    ((first, second),) = ask(f"SELECT {halves} FROM truth_people WHERE joined_at >= '2024-01-01'")
    assert second > 1.03 * first


def test_visits_fall_before_people_leave(ask: Ask) -> None:
    """Among customers who ordered lately, those who are fading visit less than those who are not."""
    ((staying, fading),) = ask(
        "WITH c AS (SELECT TIMESTAMP '2024-10-07' AS cutoff), bought AS (SELECT DISTINCT person_id FROM orders JOIN "
        "truth_buyers USING (order_id), c WHERE happened_at BETWEEN cutoff - INTERVAL 90 DAY AND cutoff), "
        "visits AS (SELECT person_id, count(*) AS n FROM touchpoints t JOIN truth_identities i ON t.customer_id = "
        "i.source_customer_id, c WHERE kind = 'visit' AND happened_at BETWEEN cutoff - INTERVAL 14 DAY AND cutoff "
        "GROUP BY 1), state AS (SELECT person_id, max_by(stage, happened_at) = 'fading' AS fading FROM truth_stages, c "
        "WHERE happened_at <= cutoff - INTERVAL 7 DAY GROUP BY 1) "
        "SELECT avg(coalesce(n, 0)) FILTER (NOT coalesce(fading, false)), avg(coalesce(n, 0)) FILTER (fading) "
        "FROM bought LEFT JOIN visits USING (person_id) LEFT JOIN state USING (person_id)"
    )
    assert fading < 0.8 * staying


def test_objections_come_from_the_unhappy(ask: Ask) -> None:
    ((unhappy, others),) = ask(
        "WITH o AS (SELECT DISTINCT customer_id FROM responses JOIN messages USING (message_id) WHERE kind IN "
        "('unsubscribe', 'complaint')) SELECT avg(mood) FILTER (o.customer_id IS NOT NULL), "
        "avg(mood) FILTER (o.customer_id IS NULL) FROM truth_people LEFT JOIN o USING (customer_id)"
    )
    assert unhappy < others - 0.1


def test_carts_are_abandoned_for_reasons(ask: Ask) -> None:
    reasons: dict[str, int] = dict(ask("SELECT reason, count(*) FROM touchpoints WHERE kind = 'abandon' GROUP BY 1"))
    assert set(reasons) == {"changed_mind", "shipping_cost", "payment_failed", "slow_page", "out_of_stock"}
    ((free, charged),) = ask(
        "WITH q AS (SELECT cart_id, max(value) AS fee FROM touchpoints WHERE kind = 'shipping_quoted' GROUP BY 1), "
        "a AS (SELECT DISTINCT cart_id FROM touchpoints WHERE kind = 'abandon') "
        "SELECT avg((a.cart_id IS NOT NULL)::INT) FILTER (fee = 0), avg((a.cart_id IS NOT NULL)::INT) FILTER (fee > 0) "
        "FROM q LEFT JOIN a USING (cart_id)"
    )
    assert charged > 2 * free


def test_people_buy_their_own_products_again(ask: Ask) -> None:
    ((share,),) = ask(
        "WITH l AS (SELECT person_id, product_id, happened_at FROM order_lines JOIN orders USING (order_id) JOIN "
        "truth_buyers USING (order_id) WHERE kind = 'order') SELECT avg((n > 1)::INT) FROM "
        "(SELECT row_number() OVER (PARTITION BY person_id, product_id ORDER BY happened_at) AS n FROM l)"
    )
    assert 0.2 < share < 0.6


def test_promotions_move_products(ask: Ask) -> None:
    ((promoted, discount),) = ask(
        "SELECT avg((on_display OR in_mailer)::INT), avg((amount > 0 AND with_coupon)::INT) FROM order_lines"
    )
    assert 0.15 < promoted < 0.35  # 14 % of products are promoted in a week
    assert 0.02 < discount < 0.15


def test_friends_bring_friends(ask: Ask) -> None:
    ((invited, before),) = ask(
        "SELECT count(*), count(*) FILTER (i.joined_at < c.joined_at) FROM (SELECT customer_id, any_value(referred_by) "
        "AS referred_by, min(joined_at) AS joined_at FROM customers GROUP BY 1) c JOIN (SELECT customer_id, "
        "min(joined_at) AS joined_at FROM customers GROUP BY 1) i ON c.referred_by = i.customer_id"
    )
    assert invited > 100
    assert before == invited


def test_machines_open_mails_only(ask: Ask) -> None:
    rows = ask("SELECT kind, channel FROM responses JOIN messages USING (message_id) WHERE is_machine GROUP BY ALL")
    assert rows == [("open", "email")]


def test_bad_service_costs_customers(ask: Ask) -> None:
    ((happy, unhappy),) = ask(
        "SELECT avg(mood) FILTER (s >= 4), avg(mood) FILTER (s <= 2) FROM truth_people JOIN (SELECT customer_id, "
        "min(satisfaction) AS s FROM tickets WHERE topic <> 'survey' AND happened_at >= '2024-07-01' GROUP BY 1) "
        "USING (customer_id)"
    )
    assert unhappy < happy - 0.1
