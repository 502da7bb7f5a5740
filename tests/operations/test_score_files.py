"""What is written for a spreadsheet: no cell of text is a formula, and every other cell is as it was."""

import pyarrow as pa
import pytest

from operations.score_files import safe_for_spreadsheets


@pytest.mark.parametrize("first", list("=+-@\t\r"))
def test_no_cell_begins_a_formula(first: str) -> None:
    table = pa.table({"customer_id": [f"{first}1", f"C{first}1", None, ""], "net": [-1.0, 2.0, None, 0.0]})
    safe = safe_for_spreadsheets(table)
    assert safe["customer_id"].to_pylist() == [f"'{first}1", f"C{first}1", None, ""]
    assert safe["net"].to_pylist() == [-1.0, 2.0, None, 0.0]
