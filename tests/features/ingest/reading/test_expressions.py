"""Expressions over the source's columns: what they may say, and what they may not reach."""

import duckdb
import pytest

from features.errors import PerennialError, ShopError
from features.ingest.reading.expressions import parse
from features.ingest.source.database import Database, DatabaseError
from tests.features.ingest.exports import opened, rows, values

COLUMNS = ["Invoice", "Customer ID", "Quantity", "Price", "Sold"]
SOURCE = "Invoice,Customer ID,Quantity,Price,Sold\n1,0017,2,2.50,2020-01-01 10:00\nC2,0018,-1,1.25,2020-01-02 10:00\n"
TOML = """
[orders]
source = "export.csv"
{more}
[orders.columns]
order_id = "Invoice"
customer_id = "Customer ID"
happened_at = "{happened_at}"
amount = "{amount}"
"""


def shop(tmp_path, *, happened_at="Sold", amount="Quantity * Price", more="", source=SOURCE):
    toml = TOML.format(happened_at=happened_at, amount=amount, more=more)
    return opened(tmp_path, export__csv=source, shop__toml=toml)


@pytest.mark.parametrize(
    ("text", "columns", "bare"),
    [
        ("Invoice", ("Invoice",), True),
        ("invoice", ("Invoice",), True),
        ("Customer ID", ("Customer ID",), True),
        ('"Customer ID"', ("Customer ID",), True),
        ("Quantity * Price -- net", ("Quantity", "Price"), False),
        ("\"Customer ID\" || '-' || Invoice", ("Customer ID", "Invoice"), False),
        ("'mail'", (), False),
    ],
)
def test_an_expression_names_the_columns_it_reads(text, columns, bare):
    found = parse(text, COLUMNS, "here")
    assert (set(found.columns), found.bare) == (set(columns), bare)
    assert parse(found.text, COLUMNS, "here").sql(dict.fromkeys(columns, "x")).count("x") >= len(columns)


@pytest.mark.parametrize("text", ["(SELECT 1)", "sum(Price)", "row_number() OVER ()", "1; DROP TABLE x", "Price AS p"])
def test_more_than_one_row_s_expression_is_refused(text):
    with pytest.raises(ShopError):
        parse(text, COLUMNS, "table 'orders', column 'amount'")


def test_codes_keep_their_zeros_while_numbers_multiply(tmp_path):
    found = shop(tmp_path)
    assert values(found, "customer_id") == ["0017", "0018"]
    assert [float(amount) for amount in values(found, "amount")] == [5.0, -1.25]


@pytest.mark.parametrize(
    "happened_at",
    [
        "Sold + INTERVAL 0 DAY",
        "CAST(Sold AS TIMESTAMP)",
        "strptime(Sold, '%Y-%m-%d %H:%M')",
        "substr(Sold, 1, 16)",
    ],
)
def test_moments_may_be_computed_from_text_or_as_moments(happened_at, tmp_path):
    assert [str(at) for at in values(shop(tmp_path, happened_at=happened_at), "happened_at")] == [
        "2020-01-01 10:00:00",
        "2020-01-02 10:00:00",
    ]


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("Quantity > 0", ["1"]),
        ("NOT starts_with(Invoice, 'C')", ["1"]),
        ("Invoice LIKE 'C%'", ["C2"]),
        ("\\\"Customer ID\\\" <> ''", ["1", "C2"]),
        ("Price IS NOT NULL AND Quantity BETWEEN -5 AND 5", ["1", "C2"]),
    ],
)
def test_where_keeps_what_it_says(where, kept, tmp_path):
    found = shop(tmp_path, more=f'where = "{where}"')
    assert values(found, "order_id") == kept
    assert found.reconciliation[0].filtered == 2 - len(kept)


def test_a_row_that_where_cannot_judge_is_refused_not_lost(tmp_path):
    source = SOURCE + "3,19,some,1.00,2020-01-03\n" + "".join(f"{i},20,1,1,2020-01-04\n" for i in range(100, 300))
    found = shop(tmp_path, more='where = "Quantity > 0"', source=source)
    (finding,) = found.findings
    assert (finding.column, finding.count, finding.example) == ("Quantity", 1, "3")
    assert found.reconciliation[0].filtered == 1


def test_what_an_expression_stumbles_over_is_a_row_s_fault(tmp_path):
    source = SOURCE + "".join(f"{i},20,1,1,2020-01-04\n" for i in range(100, 300)) + "3,19,1,gratis,2020-01-03\n"
    (finding,) = shop(tmp_path, source=source).findings
    assert finding.reason == "text that is not a number in source column Price"
    assert (finding.column, finding.count, finding.example) == ("amount", 1, "3")


ESCAPES = [
    "SELECT * FROM read_text('{outside}')",
    "SELECT * FROM read_csv('{outside}')",
    "SELECT * FROM '{outside}'",
    "COPY (SELECT 1) TO '{outside}'",
    "ATTACH '{outside}.db'",
    "INSTALL httpfs",
    "LOAD '{outside}'",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "SELECT * FROM glob('/etc/*')",
    "EXPORT DATABASE '{outside}'",
]


@pytest.mark.parametrize("escape", ESCAPES)
def test_the_database_reaches_nothing_but_its_folders(escape, tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside.csv"
    inside.mkdir()
    outside.write_text("a\n1\n")
    with Database([inside], inside) as database, pytest.raises((DatabaseError, duckdb.Error)):
        database.run(escape.format(outside=outside))


def test_the_database_reads_and_writes_its_folders(tmp_path):
    with Database([tmp_path], tmp_path) as database:
        database.run(f"COPY (SELECT 1 AS a) TO '{tmp_path}/one.parquet' (FORMAT parquet)")
        assert database.row(f"SELECT a FROM '{tmp_path}/one.parquet'") == (1,)


def test_an_expression_cannot_open_files(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    with pytest.raises(PerennialError):
        shop(tmp_path, amount=f"read_text('{tmp_path}/secret.txt')")


def test_a_mapped_shop_is_rows_like_any_other(tmp_path):
    assert [row["kind"] for row in sorted(rows(shop(tmp_path)), key=lambda row: row["order_id"])] == ["order", "return"]
