"""What a report writes below its table is no row; what was cut on its way is one, and broken."""

import pytest

from features.ingest.source.below_the_table import last_lines, lines_below, without

TABLE = ["id,who,day,total\r\n", "1,a,2026-01-01,5\r\n", "2,b,2026-01-02,6\r\n"]


@pytest.mark.parametrize(
    "below",
    [
        ["\r\n", "2,record(s) downloaded\r\n", "Seller ID: shop\r\n"],
        ["Total,11\r\n"],
        ["\r\n", "\r\n", "Printed on 2026-02-01"],
        [",,,\r\n", "Sum,11\r\n"],
    ],
)
def test_a_footer_is_told(below):
    found = lines_below([*TABLE, *below], 4, ",")
    assert [line for line in found if line.strip(",\r\n")] == [line for line in below if line.strip(",\r\n")]


@pytest.mark.parametrize(
    "end",
    [
        [],
        ["\r\n", "\r\n"],
        ["3,c\r\n"],  # cut within a row
        ["3,"],
        ["Total,,,11\r\n"],  # as wide as the others: a row, of sums
        ['3,c,2026-01-03,"rings\r\n', 'twice"\r\n'],  # a note over two lines
    ],
)
def test_what_goes_on_as_rows_do_stays(end):
    assert list(lines_below([*TABLE, *end], 4, ",")) == []


def test_a_narrow_table_has_no_footer():
    assert list(lines_below(["id,total\n", "1,5\n", "\n", "Sum\n"], 2, ",")) == []


def test_the_copy_ends_with_the_table(tmp_path):
    path, copy = tmp_path / "a.csv", tmp_path / "b.csv"
    rows = [*TABLE, *(f"{n},käufer,2026-01-02,6\r\n" for n in range(3, 1200))]
    path.write_bytes("".join([*rows, "\r\n", "Größe;ä\r\n"]).encode())
    below = lines_below(last_lines(path), 4, ",")
    assert without(path, copy, below).read_bytes().decode().rstrip("\r\n") == "".join(rows).rstrip("\r\n")
