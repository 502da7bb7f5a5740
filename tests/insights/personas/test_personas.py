"""Personas of a shop of two kinds: two, with the people, money and figures that plain sums have."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from insights.known import known_shop
from insights.personas.personas import fits, personas
from tests.insights.personas.two_kinds import APP, AT, STORE, two_kinds
from tests.shops import make_shop


def test_two_kinds_are_two_personas(tmp_path: Path) -> None:
    tables = two_kinds()
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        found = personas(known)
    by_size = {one.people: one for one in found.found}
    assert set(by_size) == {APP, STORE} and found.people == APP + STORE
    assert found.stability > 0.95
    year = [row for row in tables["orders"] if row["happened_at"] >= AT - timedelta(days=365)]
    money = {kind: sum(row["amount"] for row in year if row["customer_id"][0] == kind) for kind in "as"}
    orders = sum(row["amount"] > 0 for row in year if row["customer_id"][0] == "a")
    assert by_size[APP].spent == pytest.approx(money["a"] / APP)
    assert by_size[APP].orders == pytest.approx(orders / APP)
    assert by_size[STORE].share_of_sales == pytest.approx(money["s"] / sum(money.values()))
    assert by_size[APP].reachable == APP // 2 and by_size[APP].people_before is not None


def test_people_who_are_all_alike_have_no_personas(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    orders = [
        {"order_id": str(number), "customer_id": f"c{rng.integers(200)}", "amount": float(rng.lognormal(3, 0.5)),
         "happened_at": AT - timedelta(minutes=int(rng.integers(1, 500_000)))} for number in range(2_000)
    ]  # fmt: skip
    with known_shop(make_shop(tmp_path, orders=orders), AT) as known:
        assert personas(known).found == []


def test_groups_under_twenty_are_not_shown(tmp_path: Path) -> None:
    tables = two_kinds()
    few = {row["customer_id"] for row in tables["customers"][APP + 19 :]}
    tables = {
        name: [row for row in rows if row.get("customer_id", "") not in few]
        for name, rows in tables.items()
        if name not in ("messages", "responses", "order_lines")
    }
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        found = personas(known).found
    assert all(one.people >= 20 for one in found)
    assert sum(one.people for one in found) in (0, APP, APP + 19)


def test_what_fits_follows_from_the_traits() -> None:
    assert fits({"often": 1.0, "saves": 0.0}) == "early_access"
    assert fits({"often": -1.0, "dear": 1.0}) == "sooner"
    assert fits({"often": -1.0, "dear": -1.0}) == "second_order"
    assert fits({"often": -1.0, "looks": 1.0}) == "help_to_decide"
    assert fits({"often": 1.0, "saves": 1.0}) == "voucher"
    assert fits({"returns": 1.0, "saves": 1.0}) == "advice"
    assert fits({"often": 0.0}) == "companions"
