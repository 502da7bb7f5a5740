"""What verbs print: tables and lines a person can read, on a terminal and in a file alike."""

import re
import sys
from collections.abc import Iterable, Sequence
from textwrap import wrap

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH_OF_A_FILE = 120
# A word with the blanks behind it, or a Chinese character; closing signs stay with what they close.
_PARTS = re.compile(r"(?:[\u2e80-\u9fff]|[^\s\u2e80-\u9fff]+)[\u3001\u3002\uff00-\uffef]*\s*|\s+")


def console() -> Console:
    """Where results go: stdout, as wide as the terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE)


def say(text: str = "", style: str = "", indent: int = 0) -> None:
    """A line or paragraph, wrapped, its later lines indented; square brackets in it mean nothing special."""
    out = console()
    if indent and len(text) > out.width:
        lines = wrap(text, out.width, subsequent_indent=" " * indent, drop_whitespace=True)
        text = "\n".join(lines)
    out.print(Text(text, style=style), soft_wrap=not indent and not sys.stdout.isatty())


def hang(label: str, text: str, indent: int) -> None:
    """A label, and beside it a text whose lines all begin `indent` cells to the right; Chinese takes two cells each."""
    out = console()
    first = set_cell_size(label, indent)
    for line in _lines(text, out.width - indent):
        out.print(Text(first + line), soft_wrap=True)
        first = " " * indent


def _lines(text: str, width: int) -> list[str]:
    """Broken between words, and between Chinese characters where no closing sign would begin a line."""
    lines = [""]
    for part in _PARTS.findall(text):
        if lines[-1] and cell_len(lines[-1] + part.rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += part
    return lines


def counted(number: int, what: str) -> str:
    """A number and what it counts: 1 customer, 1,200 customers."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def heading(text: str) -> None:
    """The title of what follows."""
    say()
    say(text, "bold")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[str] = ()) -> None:
    """Rows under column names; the columns in `numbers` are aligned to the right."""
    right = set(numbers)
    shown = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for column in columns:
        shown.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(_cell(value)) for value in row))
    console().print(shown)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)
