"""Who brings others, by a plain loop."""

from datetime import timedelta
from pathlib import Path

import pytest

from insights.known import known_shop
from insights.lifecycle.advocates import advocates
from tests.insights.personas.two_kinds import AT, two_kinds
from tests.shops import make_shop


def test_advocates_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    tables = two_kinds()
    for number, row in enumerate(tables["customers"]):
        row["referred_by"] = f"s{80 + number % 25:03d}" if number < 60 else None
    silent = {row["customer_id"] for row in tables["customers"][:5]}
    tables["orders"] = [row for row in tables["orders"] if row["customer_id"] not in silent]
    with known_shop(make_shop(tmp_path, orders=tables["orders"], customers=tables["customers"]), AT) as known:
        found = advocates(known)
    spent: dict[str, float] = {}
    for row in tables["orders"]:
        if row["happened_at"] >= AT - timedelta(days=365):
            spent[row["customer_id"]] = spent.get(row["customer_id"], 0.0) + row["amount"]
    invited = {row["customer_id"] for row in tables["customers"][5:60]}
    inviters = {row["referred_by"] for row in tables["customers"][5:60]}
    others = spent.keys() - invited - inviters
    assert found is not None
    assert (found.people, found.invited, found.buyers) == (25, 60, 55)
    assert found.brought == pytest.approx(sum(r["amount"] for r in tables["orders"] if r["customer_id"] in invited))
    for told, group in (
        (found.invited_each, invited),
        (found.advocates_each, inviters),
        (found.others_each, others),
    ):
        assert told == pytest.approx(sum(spent[who] for who in group) / len(group))


def test_under_twenty_advocates_are_not_told(tmp_path: Path) -> None:
    with known_shop(make_shop(tmp_path, **two_kinds()), AT) as known:  # one person invited all
        assert advocates(known) is None
