"""Lines that a report writes below its table: a count of records, who made it and when, sums of a few cells."""

import csv
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

_LOOKED_AT = 1 << 14  # bytes of a file's end
_MOST_LINES = 12
_LEAST_WIDTH = 4  # a table of fewer columns has rows as short as such lines


def lines_below(end: Sequence[str], width: int, delimiter: str) -> Sequence[str]:
    """The last lines of a file that are no rows of its table, blank ones with them.

    They have fewer cells than the header, at most half of them filled, and stand below a blank line or begin unlike the
    row above: what was cut on its way ends in a row that begins as others do, and stays to be counted as broken.

    Parameters
    ----------
    end : sequence of str   the file's last lines, with their ends
    width : int             cells of the header
    """
    begin, apart, seen = len(end), False, 0
    for place in range(len(end) - 1, -1, -1):
        cells = _cells(end[place], delimiter)
        filled = [cell for cell in cells if cell]
        whole = bool(filled) and len(cells) >= width
        if whole or 2 * len(filled) > width or end[place].count('"') % 2:
            break
        apart |= bool(seen and not filled)
        seen += bool(filled)
        begin = place if filled else begin
    else:
        return ()
    if not seen or seen > _MOST_LINES or width < _LEAST_WIDTH:
        return ()
    unlike = _shape(end[begin], delimiter) != _shape(end[begin - 1], delimiter)
    return end[begin:] if apart or unlike else ()


def without(path: Path, copy: Path, below: Sequence[str]) -> Path:
    """A copy of a file in UTF-8 that ends before these lines."""
    shutil.copyfile(path, copy)
    with copy.open("r+b") as file:
        file.truncate(copy.stat().st_size - len("".join(below).encode()))
    return copy


def last_lines(path: Path) -> Sequence[str]:
    """The last whole lines of a file in UTF-8."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LOOKED_AT))
        lines = file.read().split(b"\n")
    ends = [line.decode("utf-8", "replace") + "\n" for line in lines[:-1]]
    ends += [lines[-1].decode("utf-8", "replace")] if lines[-1] else []
    return ends[1:] if size > _LOOKED_AT else ends


def looks_like(line: str) -> str:
    """A line without what it says: each number a 9 and each word an A."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", line.strip()))


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _shape(line: str, delimiter: str) -> str:
    """What the line's first cell looks like."""
    return looks_like(next(iter(_cells(line, delimiter)), ""))
