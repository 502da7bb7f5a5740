"""What a spreadsheet would take for a formula in a file that people open with one."""

import re

FORMULA = r"^[=+\-@\t\r]"


def safe_cell(text: str) -> str:
    """A text that is a text in a spreadsheet too: an apostrophe stands before what looks like a formula.

    >>> safe_cell("=1+1"), safe_cell("C-1042")
    ("'=1+1", 'C-1042')
    """
    return f"'{text}" if re.match(FORMULA, text) else text
