"""An amount nobody can mean is quarantined; the largest that may be leaves everybody else as they were."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.build.build import build
from features.catalog import columns_for
from features.ingest.steps.checks import LARGEST
from features.spine import Spine
from perennial.opening import opened_shop
from serving.contract.fields import LARGEST as LARGEST_TAKEN
from tests.perennial.conftest import home, orders, perennial, shop  # noqa: F401
from tests.perennial.corner_shop import CUTOFF
from tests.shops import make_shop


def test_absurd_amounts_are_quarantined_and_told(home: Path) -> None:  # noqa: F811
    folder = home / "corner-shop"
    folder.mkdir()
    table = orders(300)
    rows = table.to_pylist()
    absurd = [{**rows[i], "order_id": f"X{i}", "amount": 99999999999999.99} for i in range(12)]
    lines = [f"{row['order_id']},{row['customer_id']},{row['happened_at']},{row['amount']}" for row in rows + absurd]
    (folder / "orders.csv").write_text("order_id,customer_id,happened_at,amount\n" + "\n".join(lines) + "\n")
    opened = opened_shop(folder)
    (counted,) = [one for one in opened.reconciliation if one.table == "orders"]
    assert (counted.quarantined, opened.rows["orders"]) == (12, len(rows))
    refused = pq.read_table(opened.data / "quarantine" / "orders.parquet").to_pylist()
    assert {(row["column"], row["reason"]) for row in refused} == {("amount", f"an amount beyond {LARGEST}")}


@pytest.mark.parametrize("amount", [LARGEST, f"-{LARGEST}"])
def test_the_largest_amount_leaves_every_feature_and_customer_whole(tmp_path: Path, amount: str) -> None:
    def rows(who: str, value: Decimal) -> list[dict[str, object]]:
        return [
            {
                "order_id": f"{who}{i}",
                "customer_id": who,
                "happened_at": CUTOFF - timedelta(days=3 + i),
                "amount": value,
            }
            for i in range(12)
        ]

    made = make_shop(tmp_path, orders=rows("big", Decimal(amount)) + rows("small", Decimal(10)))
    built = build(made, Spine.ever(made, CUTOFF), columns_for(made)).to_pylist()
    small = [row for row in built if row["customer_id"] == "small"]
    assert [float(row["spend_365d"]) for row in small] == [120.0]


def test_a_call_and_an_export_know_the_same_bound() -> None:
    assert Decimal(LARGEST) == LARGEST_TAKEN
