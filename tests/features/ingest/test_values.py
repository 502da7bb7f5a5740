"""Values as exports write them, read into one meaning: ids, money, moments, flags, blanks, encodings."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.features.ingest.exports import HEADER, TOML, opened, rows, values

TEN = datetime.fromisoformat("2020-01-01T10:00")


def orders(**changed: object) -> pa.Table:
    plain = {"order_id": [1, 2], "customer_id": ["a", "b"], "happened_at": [TEN, TEN], "amount": [1.5, 2.0]}
    return pa.table({**plain, **changed})


def csv(column: str, *given: str) -> str:
    place = HEADER.split(",").index(column)
    sound = [[str(number), "a", "2020-01-01", "1"] for number, _ in enumerate(given)]
    for row, value in zip(sound, given, strict=True):
        row[place] = f'"{value}"'
    return "\n".join([HEADER, *(",".join(row) for row in sound)]) + "\n"


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_of_every_unit_are_the_same_moment(unit, tmp_path):
    given = pa.array([TEN, TEN], pa.timestamp(unit))
    assert values(opened(tmp_path, orders__parquet=orders(happened_at=given)), "happened_at") == [TEN, TEN]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_moment_with_a_zone_becomes_the_shop_s_wall_clock(unit, tmp_path):
    given = pa.array([TEN.replace(hour=20, tzinfo=UTC), TEN.replace(tzinfo=UTC)], pa.timestamp(unit, tz="UTC"))
    toml = 'timezone = "Asia/Shanghai"\n[orders]\nsource = "orders.parquet"'
    shop = opened(tmp_path, orders__parquet=orders(happened_at=given), shop__toml=toml)
    assert values(shop, "happened_at") == [TEN.replace(day=2, hour=4), TEN.replace(hour=18)]


MOMENTS = {
    "ISO 8601": (["2020-01-01", "2020-01-31T08:00", "2020-02-01 08:00:30.5"],
                 ["01-01 00:00", "01-31 08:00", "02-01 08:00"]),
    "with zones": (["2020-01-01T08:00:00Z", "2020-01-01 08:00+08:00", "2020-01-01 08:00"],
                   ["01-01 09:00", "01-01 01:00", "01-01 08:00"]),
    "month first": (["1/2/2020 8:05", "12/31/2020 23:00"], ["01-02 08:05", "12-31 23:00"]),
    "day first": (["1/2/2020 8:05", "31/12/2020 23:00"], ["02-01 08:05", "12-31 23:00"]),
    "dotted, so day first": (["1.2.2020", "3.4.20"], ["02-01 00:00", "04-03 00:00"]),
    "twelve hours": (["1/13/2020 8:05 PM", "1/13/2020 12:05 AM"], ["01-13 20:05", "01-13 00:05"]),
    "words": (["21-Feb-2020", "3 March 2020 08:00"], ["02-21 00:00", "03-03 08:00"]),
    "American words": (["Feb 21, 2020", "March 3, 2020"], ["02-21 00:00", "03-03 00:00"]),
    "Chinese": (["2020年1月5日", "2020年12月5日 10:30"], ["01-05 00:00", "12-05 10:30"]),
    "slashes, year first": (["2020/1/5 8:00", "2020/01/06"], ["01-05 08:00", "01-06 00:00"]),
    "digits": (["20200105", "20200105083000"], ["01-05 00:00", "01-05 08:30"]),
    "a spreadsheet's days": (["43835", "43835.35417"], ["01-05 00:00", "01-05 08:30"]),
    "seconds since 1970": (["1577872800", "1577872800000"], ["01-01 11:00", "01-01 11:00"]),
}  # fmt: skip


@pytest.mark.parametrize("style", MOMENTS)
def test_moments_in_text(style, tmp_path):
    given, expected = MOMENTS[style]
    toml = 'timezone = "Europe/Paris"\n' + TOML
    shop = opened(tmp_path, orders__csv=csv("happened_at", *given), shop__toml=toml)
    assert [f"{moment:%m-%d %H:%M}" for moment in values(shop, "happened_at")] == expected
    said = [one.reason for one in shop.findings]
    if style == "with zones":
        assert said == ["a moment without a zone, beside 2 with one: taken as local to Europe/Paris"]
    elif style in ("month first", "day first", "dotted, so day first"):  # two dates are little to tell by
        assert len(said) == 1 and said[0].startswith("a date that could be read day first or month first")
    else:
        assert said == []


def test_dates_that_could_be_read_both_ways_are_read_month_first_and_named(tmp_path):
    shop = opened(tmp_path, orders__csv=csv("happened_at", "1/2/2020", "3/4/2020"))
    assert [f"{moment:%m-%d}" for moment in values(shop, "happened_at")] == ["01-02", "03-04"]
    (finding,) = shop.findings
    assert (finding.column, finding.count, finding.severity) == ("happened_at", 2, "warning")


@pytest.mark.parametrize(
    "given", [[date(2020, 1, 1)] * 2, [20200101] * 2, [1577836800] * 2, ["2020-01-01"] * 2, [1577836800000.0] * 2]
)
def test_days_in_parquet(given, tmp_path):
    shop = opened(tmp_path, orders__parquet=orders(happened_at=given))
    assert values(shop, "happened_at") == [TEN.replace(hour=0)] * 2


IDS = {
    "integers": (pa.array([123, None]), ["123", None]),
    "floats": (pa.array([123.0, float("nan")]), ["123", None]),
    "floats with nulls": (pa.array([123.0, None]), ["123", None]),
    "decimals": (pa.array([Decimal("123.0"), None]), ["123", None]),
    "text": (pa.array([" 0123 ", ""]), ["0123", None]),
    "text of floats": (pa.array(["123.0", "nan"]), ["123", None]),
    "bytes": (pa.array([b"123", None]), ["123", None]),
    "dictionaries": (pa.array(["123", "NULL"]).dictionary_encode(), ["123", None]),
}


@pytest.mark.parametrize("kind", IDS)
def test_ids_of_every_type(kind, tmp_path):
    given, expected = IDS[kind]
    shop = opened(tmp_path, orders__parquet=orders(customer_id=given))
    assert values(shop, "customer_id") == expected
    (counted,) = shop.reconciliation
    assert (counted.accepted, counted.guests) == (1, 1)


AMOUNTS = {
    "plain": (["1.5", "-2", "0", " 3 ", "1e2"], ["1.5", "-2", "0", "3", "100"]),
    "thousands": (["1,234.50", "-1,000", "12.25"], ["1234.5", "-1000", "12.25"]),
    "three digits after every comma": (["1,234", "2,500"], ["1234", "2500"]),
    "decimal comma": (["1.234,50", "1.000", "12,5", "7"], ["1234.5", "1000", "12.5", "7"]),
    "currency signs": (["£1.50", "$ 2.25", "¥3.00", "4.5 €"], ["1.5", "2.25", "3", "4.5"]),
    "four decimals at most": (["0.00005", "15.299999999999999"], ["0.0001", "15.3"]),
}


@pytest.mark.parametrize("style", AMOUNTS)
def test_amounts_in_text(style, tmp_path):
    given, expected = AMOUNTS[style]
    shop = opened(tmp_path, orders__csv=csv("amount", *given))
    assert values(shop, "amount") == [Decimal(amount) for amount in expected]


def test_amounts_in_parquet_are_exact(tmp_path):
    for number, given in enumerate(([0.1, -2.0], [Decimal("0.1"), Decimal("-2")], ["0.1", "-2"])):
        shop = opened(tmp_path / str(number), orders__parquet=orders(amount=given))
        assert values(shop, "amount") == [Decimal("0.1"), Decimal("-2")]
        assert values(shop, "kind") == ["order", "return"]


def test_an_amount_of_zero_is_an_order(tmp_path):
    assert values(opened(tmp_path, orders__csv=csv("amount", "0")), "kind") == ["order"]


def test_a_positive_return_is_refused(tmp_path):
    text = HEADER + ",kind\n" + "".join(f"{i},a,2020-01-01,1,ORDER\n" for i in range(200)) + "r,a,2020-01-02,1,return\n"
    (finding,) = opened(tmp_path, orders__csv=text).findings
    assert (finding.column, finding.reason, finding.example) == ("amount", "a positive amount on a return", "r")


def test_known_at_of_the_same_bare_date_is_when_it_happened(tmp_path):
    text = (
        HEADER
        + ",known_at\n1,a,2020-01-01 10:00,5,2020-01-01\n2,a,2020-01-01 10:00,5,\n3,a,2020-01-01 10:00,5,2020-01-03\n"
    )
    shop = opened(tmp_path, orders__csv=text)
    assert values(shop, "known_at") == [TEN, TEN, TEN.replace(day=3, hour=0)]


def test_what_is_known_before_it_happened_is_refused(tmp_path):
    sound = "".join(f"{i},a,2020-01-01 10:00,5,2020-01-02\n" for i in range(200))
    shop = opened(tmp_path, orders__csv=f"{HEADER},known_at\n{sound}x,a,2020-01-03,5,2020-01-02\n")
    (finding,) = shop.findings
    assert (finding.column, finding.reason, finding.example) == ("known_at", "a moment before happened_at", "x")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_files_in_other_encodings(encoding, tmp_path):
    text = csv("customer_id", "Zoë", "b")
    assert values(opened(tmp_path, orders__csv=text.encode(encoding)), "customer_id") == ["Zoë", "b"]


def test_an_encoding_that_cannot_be_guessed_is_stated(tmp_path):
    shop = opened(
        tmp_path, orders__csv=csv("customer_id", "张三").encode("gb18030"), shop__toml=TOML + 'encoding = "gb18030"'
    )
    assert values(shop, "customer_id") == ["张三"]


def test_lines_in_another_encoding_are_read_and_named(tmp_path):
    mixed = csv("customer_id", "Zoë").encode() + "9,Jürgen,2020-01-01,1\n".encode("latin-1")
    shop = opened(tmp_path, orders__csv=mixed)
    assert values(shop, "customer_id") == ["Zoë", "Jürgen"]
    (finding,) = shop.findings
    assert (finding.column, finding.count, finding.severity) == ("customer_id", 1, "warning")


@pytest.mark.parametrize(("delimiter", "end"), [(",", "\n"), (";", "\r\n"), ("\t", "mixed"), ("|", "\n")])
def test_delimiters_and_line_ends(delimiter, end, tmp_path):
    given = ["order_id,customer_id,happened_at,amount", "1,a,2020-01-01,1", "2,b,2020-01-01,2", "3,c,2020-01-01,3"]
    ends = ["\r\n", "\n", "\r\n", "\n"] if end == "mixed" else [end] * 4
    text = "".join(line.replace(",", delimiter) + stop for line, stop in zip(given, ends, strict=True))
    assert values(opened(tmp_path, orders__csv=text.encode()), "customer_id") == ["a", "b", "c"]


def test_quoted_cells_hold_delimiters_quotes_and_line_ends(tmp_path):
    text = HEADER + '\n1,"a,""b""\nc",2020-01-01,1\n2,"d",2020-01-01,2\n'
    assert values(opened(tmp_path, orders__csv=text), "customer_id") == ['a,"b"\nc', "d"]


def test_flags_as_systems_write_them(tmp_path):
    lines = "order_id,product_id,on_display,in_mailer,with_coupon,quantity\n1,p,yes,0,TRUE,\n1,q,N,1.0,,2.5\n"
    shop = opened(tmp_path, orders__csv=csv("amount", "0", "1"), order_lines__csv=lines)
    found = sorted(rows(shop, "order_lines"), key=lambda row: row["product_id"])
    assert [[row[name] for name in ("on_display", "in_mailer", "with_coupon", "quantity")] for row in found] == [
        [True, False, True, 1.0],
        [False, True, None, 2.5],
    ]


ODD_IDS = {
    "blanks": (" 0123 ", "0123"),
    "a blank that does not break": ("\u00a00123", "0123"),
    "a line's end": ("0123\r\n", "0123"),
    "a byte-order mark": ("\ufeff0123", "0123"),
    "a spreadsheet's text": ('="0123"', "0123"),
    "an apostrophe": ("'0123", "0123"),
    "a float": ("17850.0", "17850"),
    "a float with blanks": (" 17850.0 ", "17850"),
    "a negative float": ("-7.0", "-7"),
    "no float": ("v1.0.0", "v1.0.0"),
    "blanks within": ("a b", "a b"),
    "another script": ("客户1", "客户1"),
    "blanks alone": ("   ", None),
    "nothing": ("NULL", None),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD_IDS)
def test_one_odd_id_among_thousands_of_plain_ones_is_read_as_it_would_be_alone(odd, tmp_path):
    given, expected = ODD_IDS[odd]
    count = 5_000
    ids = [f"C{place:07}" for place in range(count)]
    given_ids = [*ids[:4_000], given, *ids[4_001:]]
    numbers = [f"{place:05}" for place in range(count)]
    changed = {"order_id": numbers, "customer_id": given_ids, "happened_at": [TEN] * count, "amount": [1.0] * count}
    shop = opened(tmp_path, orders__parquet=orders(**changed))
    assert values(shop, "customer_id") == [*ids[:4_000], expected, *ids[4_001:]]


def test_one_id_that_a_spreadsheet_has_cut_among_plain_ones_is_refused(tmp_path):
    numbers = [*(f"{place:05}" for place in range(1_999)), "1.7E+04"]
    changed = {"order_id": numbers, "customer_id": ["a"] * 2_000, "happened_at": [TEN] * 2_000, "amount": [1.0] * 2_000}
    shop = opened(tmp_path, orders__parquet=orders(**changed))
    (finding,) = [one for one in shop.findings if one.severity == "quarantined"]
    assert (finding.column, finding.count, finding.example) == ("order_id", 1, "1.7E+04")
