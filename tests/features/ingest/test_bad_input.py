"""What a shop cannot use: each is named by table, column and count, with a remedy, and nothing is written."""

import io
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import DataError, PerennialError, ShopError
from features.shop import open_shop
from tests.features.ingest.exports import HEADER, TOML, lines, opened, rows, write

MAPPED = """
[orders]
source = "orders.csv"
[orders.columns]
order_id = "order_id"
customer_id = "customer_id"
happened_at = "happened_at"
amount = "{amount}"
"""


def parquet_bytes() -> bytes:
    table = pa.table({"order_id": [1], "customer_id": ["a"], "happened_at": ["2020-01-01"], "amount": [1.0]})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


UNUSABLE = {
    "no folder": ({}, r"has no orders, the one table every shop needs"),
    "a missing column": (
        {"orders.csv": "order_id,customer_id,happened_at\n1,a,2020-01-01\n"},
        r"table 'orders' needs column 'amount', but orders.csv has order_id, customer_id, happened_at\. "
        r'Say which it is under \[orders.columns\] in shop.toml: amount = "…"',
    ),
    "an empty file": ({"orders.csv": ""}, r"orders.csv is empty: not even a header\. Export it again"),
    "blank lines": ({"orders.csv": "\n\n"}, r"orders.csv holds nothing but blank lines"),
    "a header alone": ({"orders.csv": HEADER + "\n"}, r"table 'orders' has no rows\. Export it again"),
    "an empty Parquet file": ({"orders.parquet": b""}, r"orders.parquet is no whole Parquet file"),
    "a cut Parquet file": (
        {"orders.parquet": parquet_bytes()[:-20]},
        r"table 'orders': .*orders.parquet is no whole Parquet file .* It was cut or damaged on its way",
    ),
    "a file of another kind": (
        {"orders.xlsx": b"PK", "shop.toml": '[orders]\nsource = "orders.*"'},
        r"orders.xlsx is neither CSV nor Parquet\. Export it as CSV",
    ),
    "two kinds at once": (
        {"orders.csv": lines(1), "orders.parquet": parquet_bytes(), "shop.toml": '[orders]\nsource = "orders.*"'},
        r"matches both CSV and Parquet\. Name one kind",
    ),
    "no such file": (
        {"shop.toml": '[orders]\nsource = "order_*.csv"'},
        r"table 'orders': no file matches order_\*.csv in .* Mend the source under \[orders\]",
    ),
    "no such column in an expression": (
        {"orders.csv": lines(1), "shop.toml": MAPPED.format(amount="2 * amonut")},
        r"table 'orders', column 'amount': '2 \* amonut' names amonut, which is neither a column .* "
        r'Did you mean "amount"\?',
    ),
    "an expression that is none": (
        {"orders.csv": lines(1), "shop.toml": MAPPED.format(amount="2 ** (")},
        r"'2 \*\* \(' is neither a column of the source nor an expression",
    ),
    "an expression over more than one row": (
        {"orders.csv": lines(1), "shop.toml": MAPPED.format(amount="sum(amount)")},
        r"'sum\(amount\)' is more than an expression over one row",
    ),
    "an expression that fits no reading": (
        {"orders.csv": lines(1), "shop.toml": MAPPED.format(amount="no_such_function(amount)")},
        r"table 'orders', column 'amount': 'no_such_function\(amount\)' cannot be computed",
    ),
    "a where that leaves nothing": (
        {"orders.csv": lines(5), "shop.toml": TOML + 'where = "amount > 1000"'},
        r"table 'orders' keeps no row: where leaves all of them out",
    ),
    "an encoding that does not fit": (
        {"orders.csv": lines(1).replace("c0", "ü").encode("latin-1"), "shop.toml": TOML + 'encoding = "utf-8"'},
        r'cannot be read as utf-8\. Mend encoding = "…"',
    ),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_what_cannot_be_used_is_named_and_nothing_is_written(what, tmp_path):
    files, message = UNUSABLE[what]
    with pytest.raises(ShopError, match=message) as raised:
        opened(tmp_path, **{name.replace(".", "__"): content for name, content in files.items()})
    assert raised.value.exit_code == 2
    assert not any(path.is_file() for path in (tmp_path / "home").rglob("*"))


TAKEN = "the order_id of another row, but other content"
FAULTY = {
    "text in an amount": ("900,c1,2020-01-05,lots", "amount", "text that is not an amount of money", "900"),
    "infinite amount": ("900,c1,2020-01-05,1e400", "amount", "text that is not an amount of money", "900"),
    "no amount": ("900,c1,2020-01-05,", "amount", "no value", "900"),
    "text in a date": ("900,c1,soon,5", "happened_at", "text that is not a date or time", "900"),
    "a date that does not exist": ("900,c1,2020-02-30,5", "happened_at", "text that is not a date or time", "900"),
    "no date": ("900,c1,,5", "happened_at", "no value", "900"),
    "a date in the future": ("900,c1,2199-01-05,5", "happened_at", "a moment in the future", "900"),
    "a default date": ("900,c1,1900-01-01,5", "happened_at", "a moment before 1971", "900"),
    "no order number": (",c1,2020-01-05,5", "order_id", "no value", "c1"),
    "a number used twice": ("7,c7,2020-01-08 10:00,99", "order_id", TAKEN, "7"),
    "a cell too few": ("900,c1,2020-01-05", "(whole line)", "more or fewer cells than the header", ""),
    "a cell too many": ("900,c1,2020-01-05,5,6", "(whole line)", "more or fewer cells than the header", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTY)
def test_a_faulty_row_is_quarantined_and_named(what, tmp_path):
    line, column, reason, example = FAULTY[what]
    shop = opened(tmp_path, orders__csv=lines(200, line))
    (finding,) = shop.findings
    assert (finding.table, finding.column, finding.reason, finding.count) == ("orders", column, reason, 1)
    assert (finding.example, finding.severity) == (example, "quarantined")
    (counted,) = shop.reconciliation
    assert counted.adds_up
    assert (counted.read, counted.accepted, counted.quarantined) == (201, 200, 1)
    assert len(rows(shop)) == 200


@pytest.mark.parametrize("what", ["text in an amount", "a number used twice", "a cell too few"])
def test_too_many_faulty_rows_stop_the_ingest(what, tmp_path):
    line, column, reason, example = FAULTY[what]
    with pytest.raises(DataError) as raised:
        opened(tmp_path, orders__csv=lines(20, line))
    assert raised.value.exit_code == 3
    assert str(raised.value).startswith("table 'orders': 1 of 21 rows (4.8%) would be quarantined, more than the 1.0%")
    shown = f", for example {example}" if example else ""
    assert f"table 'orders', column '{column}': 1 row with {reason}{shown}." in str(raised.value)
    assert "leave such rows out with where" in str(raised.value)
    assert not any(path.is_file() for path in (tmp_path / "home").rglob("*"))


def test_the_likely_cause_comes_with_its_remedy(tmp_path):
    a_row_a_product = "\n".join([HEADER, *(f"{i // 2},c,2020-01-01,{i}" for i in range(20))])
    with pytest.raises(
        DataError, match=r"but other content, for example 0\. If each row is a part of an order, add group"
    ):
        opened(tmp_path, orders__csv=a_row_a_product)


def test_files_that_were_written_before_their_rows_carry_a_false_stamp(tmp_path):
    folder = write(tmp_path / "shop", {"orders.csv": lines(20)})
    os.utime(folder / "orders.csv", (0, 0))
    assert open_shop(folder, home=tmp_path / "home").rows == {"orders": 20}


def test_a_shop_wholly_in_the_future_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"20 of 20 rows .* would be quarantined"):
        opened(tmp_path, orders__csv=lines(20).replace("2020-", "2199-"))


def test_the_shop_may_tolerate_more(tmp_path):
    toml = TOML + "[checks]\nmax_quarantined = 0.1\n"
    shop = opened(tmp_path, orders__csv=lines(20, "900,c1,soon,5"), shop__toml=toml)
    assert shop.reconciliation[0].quarantined == 1


def test_quotes_that_never_close_cost_every_line_they_swallow(tmp_path):
    swallowed = ['900,"c1,2020-01-05,5', "901,c1,2020-01-05,5", "902,c1,2020-01-05,5"]
    shop = opened(tmp_path, orders__csv=lines(400, *swallowed))
    assert (shop.reconciliation[0].read, shop.reconciliation[0].quarantined) == (403, 3)


def test_a_line_under_the_table_is_told_by_its_place_and_form(tmp_path):
    shop = opened(tmp_path, orders__csv=lines(20) + "\nPrinted for Jane Doe, 2020-02-01\nKept by Ann Lee\n")
    (said,) = [finding.sentence for finding in shop.findings if "under the table" in finding.reason]
    assert "the end of orders.csv, where the first is written like A A A A, 9-9-9" in said
    assert "2 rows" in said and not {"Jane", "Ann"} & set(said.split())


def test_no_personal_value_is_in_a_message(tmp_path):
    toml = MAPPED.format(amount="amount").replace('happened_at = "happened_at"', 'happened_at = "email"')
    text = "order_id,customer_id,email,amount\n" + "".join(f"{i},c{i},jane{i}@doe.example,5\n" for i in range(5))
    with pytest.raises(PerennialError) as raised:
        opened(tmp_path, orders__csv=text, shop__toml=toml)
    assert "jane" not in str(raised.value)
