"""Order numbers that start again in each branch or month are read with what tells them apart."""

from decimal import Decimal

import pytest

from features.ingest.guessing.draft_toml import write_draft
from features.shop import open_shop
from tests.features.ingest.exports import rows, write

ORDERS = 90


def opened(tmp_path, number, header="receipt_no,store,customer_id,date,total"):
    lines = [
        f"{number(i)},S{i % 3},c{i % 11},2025-{1 + i // 10:02}-{1 + i % 28:02} 10:00:00,{i}.5" for i in range(ORDERS)
    ]
    folder = write(tmp_path / "shop", {"orders.csv": "\n".join([header, *lines]) + "\n"})
    return write_draft(folder).read_text(), open_shop(folder, home=tmp_path / "home")


@pytest.mark.parametrize(
    ("number", "beside"),
    [(lambda i: i // 3, "receipt_no || ' ' || store"), (lambda i: i % 20, "receipt_no || ' ' || date")],
)
def test_a_number_that_starts_again_is_no_order(number, beside, tmp_path):
    text, shop = opened(tmp_path, number)
    assert (
        len(rows(shop)) == ORDERS
        and sum(row["amount"] for row in rows(shop)) == sum(range(ORDERS)) + Decimal(ORDERS) / 2
    )
    assert beside in text and "receipt_no starts again" in text.replace("\n#   ", " ")


def test_numbers_of_their_own_stay_as_they_are(tmp_path):
    text, shop = opened(tmp_path, lambda i: i)
    assert 'order_id = "receipt_no"' in text and len(rows(shop)) == ORDERS
