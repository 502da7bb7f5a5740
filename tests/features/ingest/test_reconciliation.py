"""Whatever is delivered, in whatever order and however often: every row went somewhere, and only once."""

import random
import shutil
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.features.ingest.exports import HEADER, TOML, opened, rows

TOLERANT = TOML + "[checks]\nmax_quarantined = 1.0\n"

ids = st.sampled_from(["1", "2", "3", "4", "5", ""])
customers = st.sampled_from(["a", "b", "17.0", "", "NULL"])
moments = st.sampled_from(["2020-01-01", "2020-01-02 10:00", "2020-01-01T08:00:00Z", "soon", "", "2199-01-01"])
amounts = st.sampled_from(["1.50", "-2", "0", "", "lots", "1e3"])
deliveries = st.lists(st.tuples(ids, customers, moments, amounts).map(",".join), min_size=1, max_size=25)


def shop_of(delivered, toml=TOLERANT):
    folder = Path(tempfile.mkdtemp())
    try:
        text = "\n".join([HEADER, "0,z,2020-01-01,1", *delivered]) + "\n"
        shop = opened(folder, orders__csv=text, shop__toml=toml)
        return shop.reconciliation, rows(shop)
    finally:
        shutil.rmtree(folder)


@settings(max_examples=8)
@given(deliveries, st.randoms(use_true_random=False))
def test_rows_add_up_and_neither_order_nor_repetition_matters(delivered, chance):
    (counted,), kept = shop_of(delivered)
    assert counted.adds_up
    assert counted.read == len(delivered) + 1
    assert counted.guests + counted.accepted == counted.rows == len(kept)
    again = [*delivered, *chance.sample(delivered, len(delivered) // 2)]
    chance.shuffle(again)
    (counted_again,), kept_again = shop_of(again)
    assert counted_again.adds_up
    assert kept_again == kept
    assert counted_again.quarantined == counted.quarantined


@settings(max_examples=6)
@given(deliveries, st.randoms(use_true_random=False))
def test_lines_that_add_up_to_orders_are_counted_as_lines(delivered, chance):
    toml = TOLERANT.replace(TOML, TOML + 'group = ["order_id"]\n')
    (counted,), kept = shop_of(delivered, toml)
    assert counted.adds_up
    assert counted.rows == len(kept) <= counted.guests + counted.accepted
    chance.shuffle(delivered)
    assert shop_of([*delivered, delivered[0]], toml)[1] == kept


def test_amounts_of_one_order_add_up_exactly(tmp_path):
    text = f"{HEADER}\n" + "".join(f"1,a,2020-01-01,0.1{i}\n" for i in range(10))
    (order,) = rows(opened(tmp_path, orders__csv=text, shop__toml=TOML + 'group = ["order_id"]'))
    assert order["amount"] == Decimal("1.4500")


def test_a_group_of_several_customers_is_refused_whole(tmp_path):
    text = f"{HEADER}\n1,a,2020-01-01,1\n1,b,2020-01-01,2\n2,c,2020-01-01,3\n"
    toml = TOLERANT.replace(TOML, TOML + 'group = ["order_id"]\n')
    shop = opened(tmp_path, orders__csv=text, shop__toml=toml)
    assert [row["order_id"] for row in rows(shop)] == ["2"]
    (finding,) = shop.findings
    assert (finding.column, finding.count) == ("customer_id", 2)
    assert finding.reason == "several customers in one group by order_id"


def test_lines_known_later_make_their_order_known_later(tmp_path):
    text = (
        "order_id,customer_id,happened_at,known_at,amount\n1,a,2020-01-01,2020-01-01,1\n1,a,2020-01-01,2020-01-09,2\n"
    )
    (order,) = rows(opened(tmp_path, orders__csv=text, shop__toml=TOML + 'group = ["order_id"]'))
    assert (str(order["known_at"]), str(order["happened_at"])) == ("2020-01-09 00:00:00", "2020-01-01 00:00:00")


@pytest.mark.parametrize("later_first", [True, False])
def test_of_two_rows_with_one_number_the_one_known_first_stays(tmp_path, later_first):
    two = ["7,a,2020-01-01,2020-01-05,10", "7,a,2020-01-01,2020-01-02,99"]
    text = "order_id,customer_id,happened_at,known_at,amount\n" + "\n".join(two if later_first else two[::-1]) + "\n"
    (order,) = rows(opened(tmp_path, orders__csv=text, shop__toml=TOLERANT))
    assert order["amount"] == 99


def test_what_arrives_twice_at_different_times_was_known_first(tmp_path):
    text = (
        "order_id,customer_id,happened_at,known_at,amount\n7,a,2020-01-01,2020-01-05,9\n7,a,2020-01-01,2020-01-03,9\n"
    )
    shop = opened(tmp_path, orders__csv=text)
    assert (shop.reconciliation[0].duplicates, shop.findings) == (1, ())
    assert str(rows(shop)[0]["known_at"]) == "2020-01-03 00:00:00"


def test_orders_without_a_number_get_one_of_customer_and_moment(tmp_path):
    given = ["customer_id,happened_at,amount", "a,2020-01-01,5", "a,2020-01-01,7", "a,2020-01-01,7", "a,2020-01-01,-2"]
    shop = opened(tmp_path, orders__csv="\n".join([*given, ",2020-01-01,7"]))
    made = {(row["order_id"], row["kind"]): row["amount"] for row in rows(shop)}
    assert made == {
        ("a@2020-01-01 00:00:00", "order"): 12,
        ("a@2020-01-01 00:00:00", "return"): -2,
        ("guest 7.0000@2020-01-01 00:00:00", "order"): 7,
    }
    (counted,) = shop.reconciliation
    assert (counted.read, counted.duplicates, counted.guests, counted.accepted) == (5, 1, 1, 3)


def test_a_long_shuffled_export_is_the_same_shop(tmp_path):
    chance = random.Random(7)
    delivered = [f"{i},c{i % 37},2020-01-{1 + i % 28:02} {i % 24}:00,{i % 100}.25" for i in range(3000)]
    one = rows(opened(tmp_path / "a", orders__csv="\n".join([HEADER, *delivered])))
    delivered += chance.sample(delivered, 500)
    chance.shuffle(delivered)
    assert rows(opened(tmp_path / "b", orders__csv="\n".join([HEADER, *delivered]))) == one
