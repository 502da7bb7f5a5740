"""Exports as shop systems write them: `perennial init` makes a shop.toml that opens without a refused row."""

from datetime import timedelta

import pytest

from features.ingest.guessing.draft_toml import draft, write_draft
from features.shop import open_shop
from tests.exports.history import PRODUCTS, history
from tests.exports.systems import SYSTEMS
from tests.features.ingest.exports import rows, write

# One row a line item; what belongs to the order stands on its first row alone, and the zone has no colon.
SHOPIFY = (
    "Name,Email,Financial Status,Created at,Total,Source,Lineitem quantity,Lineitem price,Lineitem sku\n"
    + "".join(
        f"#{order},k{order % 40}@example.org,paid,2025-03-{1 + order % 28:02} 23:30:00 +0200,30.00,web,1,10.00,A\n"
        f"#{order},k{order % 40}@example.org,,2025-03-{1 + order % 28:02} 23:30:00 +0200,,,2,10.00,B\n"
        for order in range(200)
    )
)
CUSTOMERS = "Customer ID,Email,City\n" + "".join(f"'{7000 + i},K{i}@example.org,Ulm\n" for i in range(40))
# Cancelled orders have a status, their items have none.
WOO = "order_id,order_date,status,customer_id,order_total\n" + "".join(
    f"{i},2025-03-{1 + i % 28:02} 10:00:00,wc-{'cancelled' if i % 9 == 0 else 'completed'},{i % 40},20.5\n"
    for i in range(200)
)
ITEMS = "order_item_id,order_id,product_id,qty,line_total\n" + "".join(f"{i},{i},7,1,20.5\n" for i in range(200))
GERMAN = "Bestellnummer;Kundennummer;Bestelldatum;Gesamtbetrag (brutto);Versandkosten;Status\n" + "".join(
    f"B{i};{f'K{i % 40}' if i % 4 else ''};{1 + i % 28:02}.03.2025 18:00;1.{i:03},50;4,90;"
    f"{'storniert' if i % 9 == 0 else 'ok'}\n"
    for i in range(200)
)
CHINESE = "订单编号,会员编号,下单时间,实付金额,订单状态\n" + "".join(
    f"D{i},{13800000000 + i % 40},2025/03/{1 + i % 28:02} 10:00:00,¥1{i:03}.50,{'已取消' if i % 9 == 0 else '已完成'}\n"
    for i in range(200)
)
CASES = {
    "shopify": ({"orders_export.csv": "\ufeff" + SHOPIFY, "customers_export.csv": CUSTOMERS}, 200, 200),
    "woocommerce": ({"wc_orders.csv": WOO, "wc_order_items.csv": ITEMS}, 177, 23),
    "german": ({"bestellungen.csv": GERMAN.encode("utf-16")}, 177, 23),
    "chinese": ({"订单.csv": CHINESE.encode("gb18030")}, 177, 23),
}
# Whether an order made to try the shop says so in its status.
NO_TESTS = {"shopify": False, "woocommerce": True, "german": True, "chinese": True, "plain": False}
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("system", CASES)
def test_an_export_opens_as_it_is(system, tmp_path):
    files, orders, filtered = CASES[system]
    folder = write(tmp_path / "shop", files)
    write_draft(folder)
    shop = open_shop(folder, home=tmp_path / "home")
    assert shop.rows["orders"] == orders
    assert {one.table: (one.filtered, one.quarantined) for one in shop.reconciliation}["orders"] == (filtered, 0)
    assert all(one.quarantined == 0 for one in shop.reconciliation)
    assert all(float(row["amount"]) > 0 for row in rows(shop))


def test_an_order_states_its_total_once_and_its_moment_with_a_zone(tmp_path):
    folder = write(tmp_path / "shop", CASES["shopify"][0])
    write_draft(folder)
    shop = open_shop(folder, home=tmp_path / "home")
    assert "# look: moments carry their zone" in (folder / "shop.toml").read_text()
    assert {float(row["amount"]) for row in rows(shop)} == {30.0}
    assert {row["happened_at"].hour for row in rows(shop)} == {21}  # 23:30 at +02:00 is 21:30 in UTC
    assert {row["customer_id"] for row in rows(shop)} == {row["customer_id"] for row in rows(shop, "customers")}
    assert "example" not in str(rows(shop))


def test_a_total_repeated_on_every_line_is_not_added_up(tmp_path):
    text = "order_id,customer_id,date,total,sku,qty,price\n" + "".join(
        f"{i},c{i % 9},2025-01-{1 + i % 28:02},30,{product}\n" for i in range(60) for product in ("A,1,10", "B,2,10")
    )
    folder = write(tmp_path / "shop", {"sales.csv": text})
    write_draft(folder)
    assert {float(row["amount"]) for row in rows(open_shop(folder, home=tmp_path / "home"))} == {30.0}


def test_items_of_orders_left_out_are_left_out_with_them(tmp_path):
    folder = write(tmp_path / "shop", CASES["woocommerce"][0])
    write_draft(folder)
    shop = open_shop(folder, home=tmp_path / "home")
    (lines,) = [one for one in shop.reconciliation if one.table == "order_lines"]
    assert (lines.read, lines.filtered, lines.accepted, lines.quarantined) == (200, 23, 177, 0)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_year_of_dirt_becomes_what_was_sold(system, tmp_path):
    """Every sale once, with its amount and its moment, whatever the system calls it and however dirty it writes."""
    sales = history(customers=60, seed=3)
    folder = write(tmp_path / "shop", SYSTEMS[system](sales))
    write_draft(folder)
    shop = open_shop(folder, home=tmp_path / "home")
    off = {"cancelled", "test"} if NO_TESTS[system] else {"cancelled"}
    sold = sales if system == "plain" else [sale for sale in sales if sale.fate not in off]
    found = [row for row in rows(shop) if row["kind"] == "order"]
    hours = 8 if system == "chinese" else 0
    worth = {sale.number: sale.total for sale in sold}
    expected = sorted((sale.moment + timedelta(hours=hours), worth[sale.number]) for sale in sold)
    kept = [(row["happened_at"], round(float(row["amount"]), 2)) for row in found]
    assert [amount for _, amount in sorted(kept)] == [amount for _, amount in expected]
    assert all(abs(a - b) < MINUTE for (a, _), (b, _) in zip(sorted(kept), expected, strict=True))
    assert sum(row["customer_id"] is None for row in found) == sum(sale.customer is None for sale in sold)
    people = {sale.customer for sale in sold} - {None}
    assert len({row["customer_id"] for row in found} - {None}) == len(people)
    returned = round(sum(sale.returned for sale in sold), 2) if system in ("woocommerce", "german", "plain") else 0
    assert round(-sum(float(row["amount"]) for row in rows(shop) if row["kind"] == "return"), 2) == returned
    assert all(counted.quarantined == 0 for counted in shop.reconciliation)


def test_lines_that_name_their_products_categories_make_the_products(tmp_path):
    folder = write(tmp_path / "shop", SYSTEMS["chinese"](history(customers=30, seed=3)))
    write_draft(folder)
    shop = open_shop(folder, home=tmp_path / "home")
    assert {(row["product_id"], row["category"]) for row in rows(shop, "products")} <= {p[:3:2] for p in PRODUCTS}
    assert shop.rows["products"] > 15 and all(row["category"] for row in rows(shop, "order_lines"))
    mixed = "order_id,customer_id,date,sku,category,qty,price\n" + "".join(
        f"{i // 2},c{i % 9},2025-01-{1 + i % 28:02},P{i % 5},{'tea' if i % 3 else 'oil'},1,2\n" for i in range(90)
    )
    assert "[products]" not in draft(write(tmp_path / "mixed", {"sales.csv": mixed}))
