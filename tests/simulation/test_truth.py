"""The truth stands apart from the shop, and says of everybody what it promises to say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulation.contract import FORMS

Ask = Callable[[str], list[tuple[Any, ...]]]
HIDDEN = {"person_id", "rate", "rhythm", "leave", "mood", "affinity", "next_best_channel", "response_probability"}


def test_no_table_of_the_shop_holds_truth(folder: Path) -> None:
    for name in FORMS:
        path = folder / f"{name}.parquet"
        assert not HIDDEN & set(pq.read_schema(path).names)
        for column in pq.read_table(path).columns:
            if column.type == pa.string():
                assert not any(value.startswith("H0") for value in column.unique().drop_null().to_pylist())


@pytest.mark.parametrize("name", ["people", "outcomes"])
def test_one_row_a_person(ask: Ask, name: str) -> None:
    assert ask(f"SELECT count(*), count(DISTINCT person_id), count(DISTINCT customer_id) FROM truth_{name}") == [
        (2_000, 2_000, 2_000)
    ]


def test_the_next_best_channel_is_the_best_allowed_one(ask: Ask) -> None:
    best = "arg_max(channel, response_probability) AS best FROM truth_contact WHERE allowed"
    wrong = f"truth_people LEFT JOIN (SELECT person_id, {best} GROUP BY 1) USING (person_id)"
    wrong += " WHERE next_best_channel IS DISTINCT FROM best"
    assert ask(f"SELECT count(*) FROM {wrong}") == [(0,)]
    assert ask("SELECT count(DISTINCT next_best_channel) FROM truth_people") == [(4,)]


def test_who_is_gone_buys_no_more(ask: Ask) -> None:
    gone = "truth_people JOIN truth_outcomes USING (person_id) WHERE stage = 'gone'"
    ((people, unknown, orders),) = ask(
        f"SELECT count(*), count(*) FILTER (left_at IS NULL), sum(orders_56d) FROM {gone}"
    )
    assert (people > 300, unknown) == (True, 0)
    # One order may still be under way: an abandoned cart that is bought some days later.
    assert orders <= 0.005 * people
    later = "orders o JOIN truth_buyers b USING (order_id) JOIN truth_people p USING (person_id)"
    ((after,),) = ask(f"SELECT count(*) FROM {later} WHERE o.happened_at > p.left_at + INTERVAL 7 DAY")
    assert after == 0


def test_outcomes_go_on_where_the_export_ends(ask: Ask) -> None:
    (orders, longer, first, last), *_ = ask(
        "SELECT sum(orders_28d), sum(orders_56d), min(next_order_at)::VARCHAR, max(next_order_at)::VARCHAR "
        "FROM truth_outcomes"
    )
    monthly = ask("SELECT count(*) FROM orders WHERE kind = 'order' AND happened_at >= '2024-12-04'")[0][0]
    assert 0.6 * monthly < orders < 1.3 * monthly
    assert 1.7 * orders < longer < 2.3 * orders
    assert "2025-01-01" <= first < last < "2025-03-10"


def test_rates_show_in_orders(ask: Ask) -> None:
    """Persons with a high latent rate order more while they are active."""
    ((correlation,),) = ask(
        "SELECT corr(rate, orders) FROM truth_people JOIN (SELECT person_id, count(*) AS orders FROM truth_buyers "
        "GROUP BY 1) USING (person_id)"
    )
    assert correlation > 0.5


def test_every_buyer_is_known_guests_included(ask: Ask) -> None:
    missing = "(FROM orders WHERE kind = 'order') ANTI JOIN truth_buyers USING (order_id)"
    assert ask(f"SELECT count(*) FROM {missing}") == [(0,)]
    ((share,),) = ask("SELECT avg((customer_id IS NULL)::INT) FROM orders")
    assert 0.03 < share < 0.12


def test_effects_hold_every_action_for_everybody(ask: Ask) -> None:
    rows = ask(
        "SELECT action, count(*), sum(extra_orders_28d), sum(mood_lost_if_received) FROM truth_effects GROUP BY 1"
    )
    found = {action: (count, extra > 0, lost > 0) for action, count, extra, lost in rows}
    assert found["newsletter"] == (2_000, False, False)
    assert found["win_back_voucher"] == (2_000, True, False)
    assert found["flash_sale"] == (2_000, True, True)
    assert set(found) == {"newsletter", "recommend", "win_back_voucher", "flash_sale", "rescue_cart", "statement"}


def test_everybody_passes_through_the_stages(ask: Ask) -> None:
    assert {stage for (stage,) in ask("SELECT DISTINCT stage FROM truth_stages")} == {
        "active",
        "fading",
        "dormant",
        "gone",
    }
    recovered = "SELECT person_id FROM truth_stages GROUP BY 1 HAVING list_contains(list(stage), 'dormant') "
    ((count,),) = ask(f"SELECT count(*) FROM ({recovered} AND max_by(stage, happened_at) = 'active')")
    assert count > 20
