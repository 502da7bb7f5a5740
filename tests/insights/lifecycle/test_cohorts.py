"""Cohorts count who came back and what they spent, as a plain loop does."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.errors import FeatureError
from insights.known import known_shop
from insights.lifecycle.cohorts import cohorts, mean_retention, without_small_cells
from tests.shops import make_shop

AT = datetime(2026, 5, 10)
Rows = list[dict[str, Any]]


def drawn_orders(seed: int) -> Rows:
    draw, rows = random.Random(seed), []
    for person in range(600):
        start = datetime(2026, 1, 1) + timedelta(days=draw.uniform(0, 100))
        for again in range(draw.randint(1, 6)):
            rows.append({"order_id": f"o{len(rows)}", "customer_id": f"c{person}", "happened_at": start,
                         "amount": draw.choice([20, 30, -5]) if again else 20,
                         "channel": draw.choice(["web", "store"])})  # fmt: skip
            start += timedelta(days=draw.expovariate(1 / 25))
    return rows


def plainly(rows: Rows, people: dict[str, tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[int, int, float]]:
    """(cohort, …, months since) → people, active, value; `people` gives each person's cohort."""
    found = {}
    for key in set(people.values()):
        who = {name for name, cohort in people.items() if cohort == key}
        if len(who) < 20:
            continue
        spent = 0.0
        for since in range((AT.year - key[0].year) * 12 + AT.month - key[0].month):
            month = (key[0].year, key[0].month + since)
            here = [r for r in rows if r["customer_id"] in who and r["happened_at"] < AT
                    and (r["happened_at"].year, r["happened_at"].month) == month]  # fmt: skip
            spent += sum(row["amount"] for row in here)
            active = {row["customer_id"] for row in here if row["amount"] >= 0}
            found[*key, since] = (len(who), len(active), spent / len(who))
    return found


def firsts(rows: Rows, *fields: str) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for row in sorted(rows, key=lambda row: row["happened_at"]):
        if row["amount"] >= 0 and row["happened_at"] < AT:
            month = row["happened_at"].replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            found.setdefault(row["customer_id"], (month, *(row[name] for name in fields)))
    return found


@pytest.mark.parametrize("by", [(), ("channel",)])
def test_cohorts_are_those_of_a_plain_loop(tmp_path: Path, by: tuple[str, ...]) -> None:
    rows = drawn_orders(1)
    with known_shop(make_shop(tmp_path, orders=rows), AT) as known:
        table = cohorts(known, by=by)
    found = {
        (row["cohort"], *(row[name] for name in by), row["months_since"]): (row["people"], row["active"], row["value"])
        for row in table.to_pylist()
    }
    expected = plainly(rows, firsts(rows, *by))
    assert found.keys() == expected.keys()
    assert [found[key] for key in sorted(found)] == [pytest.approx(expected[key]) for key in sorted(found)]


def test_the_channel_a_record_states_counts_before_that_of_the_first_order(tmp_path: Path) -> None:
    rows = drawn_orders(2)
    records = [{"customer_id": f"c{i}", "acquisition_channel": "advert", "known_at": AT - timedelta(days=200)}
               for i in range(600)]  # fmt: skip
    with known_shop(make_shop(tmp_path, orders=rows, customers=records), AT) as known:
        assert set(cohorts(known, by=["channel"])["channel"].to_pylist()) == {"advert"}


def test_mean_retention_weighs_people(tmp_path: Path) -> None:
    with known_shop(make_shop(tmp_path, orders=drawn_orders(3)), AT) as known:
        table = cohorts(known)
    curve = mean_retention(table)
    assert curve[0][2] == 1.0
    second = [row for row in table.to_pylist() if row["months_since"] == 1]
    assert curve[1][2] == pytest.approx(sum(r["active"] for r in second) / sum(r["people"] for r in second))


@pytest.mark.parametrize(
    ("by", "sentence"),
    [("colour", "not told by 'colour'"), ("campaign", "states no campaign of acquisition")],
)
def test_what_a_shop_does_not_state_is_refused(tmp_path: Path, by: str, sentence: str) -> None:
    with (
        known_shop(make_shop(tmp_path, orders=drawn_orders(3)), AT) as known,
        pytest.raises(FeatureError, match=sentence),
    ):
        cohorts(known, by=[by])


def test_nobody_can_be_told_from_what_few_of_a_cohort_did(tmp_path: Path) -> None:
    with known_shop(make_shop(tmp_path, orders=drawn_orders(4)[:900]), AT) as known:
        whole = cohorts(known, by=("channel",))
    shown = without_small_cells(whole)
    assert shown["retention"].null_count > 0 and shown["retention"].null_count < shown.num_rows
    since = 0
    for before, after in zip(whole.to_pylist(), shown.to_pylist(), strict=True):
        since = before["active"] + (since if before["months_since"] else 0)
        if 0 < before["active"] < 20:
            assert after["active"] is after["retention"] is after["net_sales"] is None
        else:
            assert {**after, "value": None} == {**before, "value": None}
        if after["value"] is not None:
            assert after["value"] == before["value"]
            assert since == 0 or since >= 20  # two values differ by what twenty spent, or nobody
            since = 0


def test_returns_alone_tell_of_nobody(tmp_path: Path) -> None:
    """In the month after, nobody of the cohort orders and one person sends back."""
    rows = [{"order_id": f"o{i}", "customer_id": f"c{i}", "happened_at": datetime(2026, 1, 5), "amount": 50}
            for i in range(40)]  # fmt: skip
    back = rows[0] | {"amount": -50, "of_order_id": "o0", "happened_at": datetime(2026, 2, 5)}
    with known_shop(make_shop(tmp_path, orders=[*rows, back]), datetime(2026, 4, 1)) as known:
        first, second, _ = without_small_cells(cohorts(known)).to_pylist()
    assert (first["value"], first["net_sales"]) == (50.0, 2000.0)
    assert (second["active"], second["value"], second["net_sales"]) == (0, None, None)
