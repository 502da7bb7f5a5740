"""A value that an expression needs in many places is written once, and means the same."""

import duckdb
import pytest

from features.ingest.reading.casts import cast, given
from features.ingest.reading.once import once

WRITTEN = ["2024-01-02 03:04:05", "20240102", " 45901.5 ", "2025/9/2 下午2:54", "no moment", None]


def test_a_plain_name_stands_as_it_is():
    assert once('"a ""b"""', lambda value: f"{value} || {value}") == '"a ""b""" || "a ""b"""'


def test_a_computed_value_is_written_a_single_time():
    assert once("trim(a)", lambda value: f"{value} || {value}").count("trim(a)") == 1


def test_values_within_values_keep_their_names_apart():
    inner = once("upper(a)", lambda value: f"{value} || {value}")
    sql = once(inner, lambda outer: once(f"lower({outer})", lambda low: f"{outer} || '/' || {low} || {low}"))
    assert duckdb.connect().execute(f"SELECT {sql} FROM (SELECT 'x' AS a)").fetchall() == [("XX/xxxx",)]


@pytest.mark.parametrize("role", ["moment", "money", "number", "id", "text"])
def test_a_value_read_at_once_is_the_value_read_from_a_column_of_its_own(role):
    rows = ", ".join(f"({'NULL' if text is None else repr(text)})" for text in WRITTEN)
    nested = cast(given("CAST(a AS VARCHAR)", "VARCHAR"), "VARCHAR", role, "Europe/Berlin")
    apart = cast("b", "VARCHAR", role, "Europe/Berlin")
    both = duckdb.connect()
    both.execute(f"SET TimeZone = 'UTC'; CREATE TABLE t AS SELECT * FROM (VALUES {rows}) v(a)")
    both.execute(f"CREATE TABLE u AS SELECT {given('a', 'VARCHAR')} AS b FROM t")
    at_once, in_steps = (
        both.execute(f"SELECT {sql} FROM {table}").fetchall() for sql, table in ((nested, "t"), (apart, "u"))
    )
    assert at_once == in_steps


def test_the_sql_of_a_moment_stays_short():
    nested = cast(given("CAST(a AS VARCHAR)", "VARCHAR"), "VARCHAR", "moment", "UTC")
    assert len(nested) < 10_000  # a hundred kilobytes take DuckDB longer to plan than a small file to read
