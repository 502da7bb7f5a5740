"""Text files as exports really are: byte-order marks, other encodings, mixed lines, any delimiter."""

import csv
import gzip
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from features.errors import ShopError
from features.ingest.source.below_the_table import last_lines, lines_below, looks_like, without
from features.ingest.source.encodings import PAIRED, code_page

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_UTF8 = ("utf-8", "utf8", "utf-8-sig")
_ZEROS, _ONE_SIDED = 50, 4  # one byte in so many is zero in UTF-16, so many times as often on one side
_ODD_LOOKED_AT = 1 << 16  # bytes of lines that are not UTF-8, from which the code page is told
_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR = re.compile(r"^\ufeff?\"?sep=(.)\"?$", re.IGNORECASE)  # a spreadsheet's own first line
_LOOKED_AT = 60  # lines from which the header and its delimiter are found


@dataclass(frozen=True)
class TextFile:
    """One delimited text file, ready to be read as UTF-8.

    Attributes
    ----------
    path : Path                 the file itself, or its copy in UTF-8
    columns : tuple of str      the header's names; a repeated one carries its position
    delimiter : str
    skip : int                  lines up to and with the header's last
    odd_lines : Path or None    lines below the header that were not UTF-8 although the rest was, bad bytes as U+FFFD
    below : tuple of str        what lines under the table that are no rows of it look like; they are left out
    """

    path: Path
    columns: tuple[str, ...]
    delimiter: str
    skip: int = 0
    odd_lines: Path | None = None
    below: tuple[str, ...] = ()


def readable(path: Path, work: Path, encoding: str | None, delimiter: str | None) -> TextFile:
    """Find out how a text file is written, and recode it into `work` where it is not UTF-8.

    Raises
    ------
    ShopError       if it is empty, or cannot be decoded as it was said to be
    """
    odd_lines = None
    with _open(path) as file:
        start = file.read(4)
    if not start:
        raise ShopError(f"{path} is empty: not even a header. Export it again, or take it out of the source.")
    encoding = encoding or next((name for mark, name in _MARKS if start.startswith(mark)), None) or _wide(path)
    if encoding is None and not _is_utf8(path):
        page = code_page(_odd_beginning(path)) or "cp1252"
        if page in PAIRED:
            path = _recoded(path, work, page)
        else:
            path, odd_lines = _recoded_by_line(path, work, page)
    elif encoding is not None and not (encoding.lower() in _UTF8 and _is_utf8(path)):
        path = _recoded(path, work, encoding)
    skip, cells, delimiter = _header(path, delimiter)
    if any("\n" in cell for cell in cells):
        # A line break within the header may be of another kind than those of the rows: DuckDB knows one kind a file.
        path, skip = _below(path, work, skip), 0
    below = () if path.suffix == ".gz" else lines_below(last_lines(path), len(cells), delimiter)
    if below:
        path = without(path, _beside(work, path, "table"), below)
    told = tuple(looks_like(line) for line in below if line.strip())
    return TextFile(path, _names(cells), delimiter, skip, odd_lines, told)


def _open(path: Path) -> gzip.GzipFile:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _wide(path: Path) -> str | None:
    """UTF-16 without a mark shows by its zero bytes, all on one side: digits, commas and ends of lines have one."""
    with _open(path) as file:
        begin = file.read(1 << 12)
    even, odd = begin[0::2].count(0), begin[1::2].count(0)
    if (even + odd) * _ZEROS < len(begin):
        return None
    return "utf-16-le" if odd > _ONE_SIDED * even else "utf-16-be" if even > _ONE_SIDED * odd else None


def _header(path: Path, delimiter: str | None) -> tuple[int, list[str], str]:
    """Where the header ends, its cells, and what parts them.

    Above the header may stand blank lines, a spreadsheet's `sep=;`, and a report's title: rows of fewer cells than the
    header and the rows below it have. A header's cell may hold a line break.
    """
    with _open(path) as file:
        begin = [line.decode("utf-8-sig") for line, _ in zip(file, range(_LOOKED_AT), strict=False)]
    before = next((place for place, line in enumerate(begin) if line.strip().strip("\ufeff")), None)
    if before is None:
        raise ShopError(f"{path} holds nothing but blank lines. Export it again, or take it out of the source.")
    said = _SEPARATOR.match(begin[before].strip())
    if said:
        before += 1
    if "\0" in "".join(begin[:2]):
        raise ShopError(f'{path} is no text in a known encoding. Name it: encoding = "utf-16-le" in shop.toml.')
    marks = (delimiter,) if delimiter else (said[1],) if said else _DELIMITERS
    read = {mark: _records(begin[before:], mark) for mark in marks}
    mark = max(marks, key=lambda one: _likely(read[one]))
    ends, cells = _header_of(read[mark])
    return before + ends, cells, mark


def _header_of(rows: list[tuple[int, list[str]]]) -> tuple[int, list[str]]:
    """The first row as wide as most, with the line it ends in.

    A row of few names above one that has them all names groups of columns. Where each row below ends in a delimiter
    and the header does not, the last column has no name.
    """
    usual = _usual_width(rows)
    wide = [(end, row) for end, row in rows if len(row) >= usual and any(row)]
    above = [row for _, row in rows if len(row) == usual - 1 and all(row)]
    if above and above[0] is rows[0][1] and all(not row[-1] for _, row in wide):
        return rows[0][0], [*above[0], ""]
    (end, first), *below = wide
    if below and 2 * sum(map(bool, first)) < len(first) and all(below[0][1]) and not _numbers(below[0][1]):
        return below[0]
    return end, first


def _numbers(row: list[str]) -> bool:
    """Whether a cell holds nothing but a number or a date: then the row is no header."""
    return any(re.fullmatch(r"[\d.,:/ -]*\d[\d.,:/ -]*", cell) for cell in row)


def _records(begin: list[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Rows of the file's beginning, each with the lines read up to its end; rows cut short at the end are left out."""
    reader, rows = csv.reader(begin, delimiter=delimiter), []
    try:
        for row in reader:
            rows.append((reader.line_num, [cell.strip("\ufeff") for cell in row]))
    except csv.Error:
        pass
    return rows or [(1, [""])]


def _likely(rows: list[tuple[int, list[str]]]) -> tuple[bool, int]:
    """More so where the first row is as wide as the others: a decimal comma parts rows, but no header."""
    usual = _usual_width(rows)
    return 1 < usual <= len(rows[0][1]), usual


def _usual_width(rows: list[tuple[int, list[str]]]) -> int:
    """How many cells most rows have that are not blank; the wider where two are equally frequent."""
    widths = Counter(len(row) for _, row in rows if any(row))
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _names(cells: list[str]) -> tuple[str, ...]:
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"column_{place}"
        names.append(f"{name}_{place}" if name.lower() in {seen.lower() for seen in names} else name)
    return tuple(names)


def _is_utf8(path: Path) -> bool:
    try:
        with _open(path) as file:
            rest = b""
            while chunk := file.read(1 << 24):
                whole, rest = _whole_lines(rest + chunk)
                whole.decode("utf-8")
            rest.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _odd_beginning(path: Path) -> bytes:
    """The first lines that are not UTF-8."""
    begin = b""
    for line in _lines(path):
        if not line.isascii() and not _decoded(line, "cp1252")[1]:
            begin += line
        if len(begin) >= _ODD_LOOKED_AT:
            break
    return begin


def _whole_lines(chunk: bytes) -> tuple[bytes, bytes]:
    end = chunk.rfind(b"\n") + 1
    return chunk[:end], chunk[end:]


def _below(path: Path, work: Path, skip: int) -> Path:
    """A copy without the first lines."""
    copy = _beside(work, path, "below")
    with copy.open("wb") as rows:
        rows.writelines(itertools.islice(_lines(path), skip, None))
    return copy


def _recoded(path: Path, work: Path, encoding: str) -> Path:
    copy = _beside(work, path, "utf8")
    try:
        text = b"".join(_lines(path)).decode(encoding)
    except (LookupError, UnicodeDecodeError):
        raise ShopError(f'{path} cannot be read as {encoding}. Mend encoding = "…" in shop.toml.') from None
    copy.write_text(text.lstrip("\ufeff"), encoding="utf-8", newline="")
    return copy


def _recoded_by_line(path: Path, work: Path, page: str) -> tuple[Path, Path | None]:
    """Keep every line that is UTF-8, read the others in a code page; tell them apart where the file is mixed."""
    copy, odd_lines = _beside(work, path, "utf8"), _beside(work, path, "odd")
    mixed = False
    with copy.open("wb") as whole, odd_lines.open("wb") as odd:
        first = True
        for line in _lines(path):
            text, is_utf8 = _decoded(line, page)
            whole.write(text.encode())
            if not is_utf8 and not first:
                odd.write(line.decode("utf-8", "replace").encode())
            first = first and not line.strip()
            mixed |= is_utf8 and not line.isascii()
    return copy, odd_lines if mixed else None


def _beside(work: Path, path: Path, ending: str) -> Path:
    """A place in `work` for what is made of a file; files of one name may lie in several folders."""
    return work / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.{ending}"


def _decoded(line: bytes, page: str) -> tuple[str, bool]:
    """The line's text, and whether it is UTF-8."""
    try:
        return line.decode("utf-8"), True
    except UnicodeDecodeError:
        # Code pages leave some bytes undefined; Latin-1 has all and agrees with most on the rest that matters.
        try:
            return line.decode(page), False
        except UnicodeDecodeError:
            return line.decode("latin-1"), False


def _lines(path: Path) -> Iterator[bytes]:
    with _open(path) as file:
        yield from file
