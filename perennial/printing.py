"""What verbs print: tables and lines a person can read, on a terminal and in a file alike."""

import sys
from collections.abc import Iterable, Sequence
from textwrap import wrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH_OF_A_FILE = 120


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
