"""A first shop.toml from files nobody described."""

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import ShopError
from features.ingest.guessing.draft_toml import draft, write_draft
from features.ingest.guessing.infer_tables import guess
from features.shop import open_shop
from tests.features.ingest.exports import lines, write

INVOICES = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n" + "".join(
    f"{'C' if number % 31 == 0 else ''}{536365 + number // 3},{20000 + number % 17},TEA {number % 17},"
    f"{-1 if number % 31 == 0 else 2},1/{1 + number % 28}/2011 8:26,2.55,"
    f"{'' if number % 4 == 0 else 17850 + number // 3 % 40},United Kingdom\n"
    for number in range(600)
)
TILLS = "订单号,会员号,下单时间,实付金额,门店\n" + "".join(
    f"A{number},{number % 40},2020年1月{1 + number % 28}日 10:56,{number}.5,上海\n" for number in range(200)
)
PURCHASES = "Order Number;Customer Number;Order Date;Order Total;Sales Channel\n"
CHAINS = {
    "purchases_2020_01.csv": PURCHASES + "1;7;31.01.2020;12,50;web\n",
    "purchases_2020_02.csv": PURCHASES + "2;8;01.02.2020;1.200,00;shop\n",
    "order_items.csv": "order_number,sku,qty,price\n1,p,2,6.25\n2,q,1,1200\n",
    "articles.parquet": pa.table({"sku": ["p", "q"], "category_name": ["tea", "tv"], "list_price": [6.25, 1200.0]}),
    "members.csv": "Member ID,Registered At,Gender\n7,2019-01-01,f\n8,2019-02-01,m\n",
    "readme.txt": "nothing to see\n",
}


def test_lines_of_invoices_are_orders_and_their_lines(tmp_path):
    folder = write(tmp_path / "shop", {"data.csv": INVOICES})
    (orders, order_lines), others = guess(folder)
    assert (orders.table, orders.group, others) == ("orders", ("order_id",), ())
    assert orders.columns == {
        "order_id": "InvoiceNo",
        "customer_id": "CustomerID",
        "happened_at": "InvoiceDate",
        "amount": "Quantity * UnitPrice",
    }
    assert order_lines.columns == {
        "order_id": "InvoiceNo", "product_id": "StockCode", "quantity": "Quantity", "amount": "Quantity * UnitPrice",
    }  # fmt: skip
    assert orders.unused == ("Description", "Country")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"data.csv": INVOICES}, {"orders", "order_lines"}),
        ({"订单.csv": TILLS.encode("gb18030")}, {"orders"}),
        ({"orders.csv": lines(40)}, {"orders"}),
        (CHAINS, {"orders", "order_lines", "products", "customers"}),
    ],
)
def test_what_is_guessed_can_be_opened(files, expected, tmp_path):
    folder = write(tmp_path / "shop", files)
    assert write_draft(folder) == folder / "shop.toml"
    shop = open_shop(folder, home=tmp_path / "home")
    assert set(shop.present) == expected
    assert shop.name == "shop"
    assert [finding for finding in shop.findings if finding.severity == "quarantined"] == []


def test_monthly_files_are_one_source_and_the_unknown_is_named(tmp_path):
    text = draft(write(tmp_path, CHAINS))
    assert 'source = "purchases_[0-9]*.csv"' in text
    assert 'customer_id = "Customer Number"' in text
    assert "# Not understood: readme.txt" in text
    assert "# not used: " not in text.split("[order_lines]")[0]


def test_a_column_is_what_its_values_are_not_only_its_name(tmp_path):
    text = "order_id,customer_id,date,order_date,total,amount\n" + "".join(
        f"{number},c{number},Monday,2020-01-{1 + number % 28:02},{number}.5,n/a\n" for number in range(50)
    )
    (orders,), _ = guess(write(tmp_path, {"export.csv": text}))
    assert (orders.columns["happened_at"], orders.columns["amount"]) == ("order_date", "total")


def test_columns_with_spaces_are_quoted_in_expressions(tmp_path):
    text = "Order ID,Customer ID,Order Date,Qty,Unit Price\n" + "1,a,2020-01-01,2,3.5\n2,a,2020-01-02,1,2\n"
    folder = write(tmp_path / "shop", {"export.csv": text})
    assert "amount = 'Qty * \"Unit Price\"'" in draft(folder)
    write_draft(folder)
    assert open_shop(folder, home=tmp_path).rows == {"orders": 2}


def test_a_table_that_lacks_a_column_is_written_as_a_comment(tmp_path):
    files = {"orders.csv": lines(5), "messages.csv": "message_id,customer_id\n1,c1\n2,c2\n"}
    text = draft(write(tmp_path / "shop", files))
    assert "# messages needs happened_at, channel, which no column seems to be:\n# [messages]" in text
    write_draft(tmp_path / "shop")
    assert set(open_shop(tmp_path / "shop", home=tmp_path).present) == {"orders"}


def test_nothing_is_overwritten(tmp_path):
    folder = write(tmp_path, {"orders.csv": lines(5), "shop.toml": "name = 'mine'"})
    with pytest.raises(ShopError, match=r"shop.toml exists already\. Change it by hand"):
        write_draft(folder)
    assert (folder / "shop.toml").read_text() == "name = 'mine'"


def test_a_folder_without_orders_is_named_with_what_is_there(tmp_path):
    with pytest.raises(
        ShopError,
        match=r"looks like orders, .*\n  members\.csv: customer Member ID, no date, no amount\nWrite shop",
    ):
        draft(write(tmp_path, {"members.csv": CHAINS["members.csv"]}))
    blank = "customer,date,total\na,,\nb,,\n"
    with pytest.raises(ShopError, match=r"no date: date is empty, no amount: total is empty"):
        draft(write(tmp_path / "blank", {"sales.csv": blank}))
    words = "customer,date,total\na,Monday,5\nb,Tuesday,6\n"
    with pytest.raises(ShopError, match=r"no date: most values of date cannot be read as one, amount total"):
        draft(write(tmp_path / "words", {"sales.csv": words}))
    with pytest.raises(ShopError, match=r"There is no folder .*nowhere"):
        draft(tmp_path / "nowhere")


def test_a_log_of_events_is_orders_their_lines_and_contacts(tmp_path):
    """What shops without a till keep: every view, cart and purchase of a product, with its price."""
    kinds = ("view", "view", "cart", "purchase", "purchase", "remove_from_cart")
    rows = "".join(
        f"2026-0{1 + number % 5}-1{number % 9} 10:0{number % 6}:00 UTC,{kinds[number % 6]},p{number % 7},2.50,"
        f"u{number // 6 % 20},s{number // 6}\n"
        for number in range(1200)
    )
    folder = write(
        tmp_path / "shop", {"log.csv": "event_time,event_type,product_id,price,user_id,user_session\n" + rows}
    )
    write_draft(folder)
    shop = open_shop(folder, home=tmp_path / "home")
    orders, lines, touches = (pq.read_table(shop.path(name)) for name in ("orders", "order_lines", "touchpoints"))
    assert (orders.num_rows, lines.num_rows, touches.num_rows) == (200, 400, 1200)
    assert set(orders["amount"].to_pylist()) == {5} and set(touches["channel"].to_pylist()) == {"web"}
    assert set(touches["kind"].to_pylist()) == {"view", "add_to_cart", "purchase", "remove_from_cart"}


def test_rows_of_one_unit_without_an_order_number_add_up(tmp_path):
    rows = "".join(
        f"2026-0{1 + day % 5}-1{day % 9},c{day % 30},{unit},0.05\n" for day in range(300) for unit in (1, 2, 3)
    )
    folder = write(tmp_path / "shop", {"transactions.csv": "t_dat,customer_id,article_id,price\n" + rows})
    text = write_draft(folder).read_text()
    assert "what a customer buys at one moment is taken for one" in text
    shop = open_shop(folder, home=tmp_path / "home")
    days = {(day % 30, f"2026-0{1 + day % 5}-1{day % 9}") for day in range(300)}
    assert pq.read_table(shop.path("orders")).num_rows == len(days)
    # Nothing tells units alike from rows sent twice: without a quantity each row is a unit, and the draft says so.
    assert pq.read_table(shop.path("order_lines")).num_rows == 900
    assert 'duplicates = "keep"' in text and "pieces, or sent twice?" in text


def test_what_only_the_retailer_knows_needs_no_more_than_its_signs_taken_away(tmp_path):
    folder = write(tmp_path / "shop", {"orders.csv": lines(5)})
    head, _, tail = write_draft(folder).read_text().partition("# [tasks]")
    (folder / "shop.toml").write_text(head + re.sub("^# ", "", "# [tasks]" + tail, flags=re.MULTILINE))
    settings = open_shop(folder, home=tmp_path / "home").settings
    assert (settings.horizon_days, settings.active_within_days, settings.margin) == (28, 91, 0.3)
    assert set(settings.channels.contact) == {"email"}
    assert settings.offers["win_back_voucher"].assumed_effect == 0.05
