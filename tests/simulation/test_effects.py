"""What the truth says of an action can be found again in the log, because actions are drawn by lot."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from simulation.world import simulate

Outcome = dict[str, tuple[float, float]]


@pytest.fixture(scope="module")
def orders_after(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcome]:
    """Mean and standard error, by action, of an expression over sends to customers who ordered within 8 weeks."""
    folder = tmp_path_factory.mktemp("effects")
    simulate(9_000, 6, 3, folder)
    con = duckdb.connect()
    con.execute(_SENDS.format(folder=folder))
    return lambda value: {
        action: (mean, spread / count**0.5)
        for action, mean, spread, count in con.execute(
            f"SELECT action, avg({value}), stddev({value}), count(*) FROM sends GROUP BY 1"
        ).fetchall()
    }


_SENDS = """
CREATE TABLE sends AS
WITH person AS (SELECT source_customer_id AS customer_id, person_id FROM '{folder}/truth/identities.parquet'),
bought AS (SELECT person_id, happened_at FROM '{folder}/orders.parquet' JOIN person USING (customer_id)
           WHERE kind = 'order'),
sent AS (SELECT person_id, message_id, action, happened_at, date_trunc('week', happened_at) AS week
         FROM '{folder}/messages.parquet' JOIN person USING (customer_id)),
objected AS (SELECT DISTINCT message_id FROM '{folder}/responses.parquet' WHERE kind IN ('unsubscribe', 'complaint'))
SELECT action, any_value(objected.message_id IS NOT NULL)::INT AS objection,
       count(*) FILTER (bought.happened_at >= week + INTERVAL 7 DAY
                        AND bought.happened_at < week + INTERVAL 21 DAY) AS orders,
       bool_or(bought.happened_at < week AND bought.happened_at >= week - INTERVAL 56 DAY) AS active
FROM sent LEFT JOIN objected USING (message_id) LEFT JOIN bought USING (person_id)
WHERE week < '2024-06-10' GROUP BY action, message_id, person_id, week HAVING active
"""


def standard_errors(outcome: Outcome, action: str, against: str) -> float:
    (mean, error), (other, other_error) = outcome[action], outcome[against]
    return float((mean - other) / np.hypot(error, other_error))


def test_some_help(orders_after: Callable[[str], Outcome]) -> None:
    outcome = orders_after("orders")
    assert standard_errors(outcome, "recommend", "newsletter") > 3
    assert standard_errors(outcome, "win_back_voucher", "newsletter") > 3
    assert standard_errors(outcome, "rescue_cart", "newsletter") > 3


def test_some_do_not_help(orders_after: Callable[[str], Outcome]) -> None:
    assert standard_errors(orders_after("orders"), "flash_sale", "newsletter") < 2


def test_some_annoy(orders_after: Callable[[str], Outcome]) -> None:
    objections = orders_after("objection")
    assert standard_errors(objections, "flash_sale", "newsletter") > 3
    assert standard_errors(objections, "flash_sale", "win_back_voucher") > 3


def test_channels_are_answered_as_people_like_them(folder: Path) -> None:
    """People click more on the channel the truth calls theirs, though the policy does not know it."""
    query = f"""
        SELECT m.channel = p.next_best_channel AS liked, avg((r.message_id IS NOT NULL)::INT), count(*)
        FROM '{folder}/messages.parquet' m JOIN '{folder}/truth/people.parquet' p USING (customer_id)
        LEFT JOIN (SELECT DISTINCT message_id FROM '{folder}/responses.parquet' WHERE kind = 'click') r
        USING (message_id)
        WHERE p.next_best_channel IS NOT NULL GROUP BY 1 ORDER BY 1"""
    (_, other, _), (_, liked, count) = duckdb.sql(query).fetchall()
    assert count > 2_000
    assert liked > 1.5 * other
