"""A text stays a text in a spreadsheet."""

import pytest

from scoring.spreadsheets import safe_cell


@pytest.mark.parametrize("first", "=+-@\t\r")
def test_what_begins_a_formula_gets_an_apostrophe(first: str) -> None:
    assert safe_cell(f"{first}cmd|' /C calc'!A0") == f"'{first}cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", ["", "C-1", "1+1", "'=1", "张三"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text
