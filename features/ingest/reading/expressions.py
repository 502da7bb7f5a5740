"""What shop.toml says about a column: a source column's name, or a SQL expression over several."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from features.errors import ShopError
from features.ingest.source.database import identifier

_REFUSED = (exp.Query, exp.Subquery, exp.Window, exp.AggFunc, exp.Command, exp.DDL, exp.DML)


@dataclass(frozen=True)
class Expression:
    """One expression, with every place where it names a source column.

    Attributes
    ----------
    text : str
    places : tuple of (start, end, column)      half-open spans of `text`, rising
    bare : bool                                 the whole expression is one column's name
    """

    text: str
    places: tuple[tuple[int, int, str], ...]
    bare: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The source columns it reads, each once."""
        return tuple(dict.fromkeys(column for _, _, column in self.places))

    def sql(self, names: Mapping[str, str]) -> str:
        """The expression with every column replaced by its SQL in `names`."""
        if not self.places:
            return f"({self.text}\n)"
        starts = [0, *(end for _, end, _ in self.places)]
        ends = [*(start for start, _, _ in self.places), len(self.text)]
        between = [self.text[start:end] for start, end in zip(starts, ends, strict=True)]
        put = [names[column] for _, _, column in self.places] + [""]
        return "(" + "".join(part + new for part, new in zip(between, put, strict=True)) + "\n)"


def parse(text: str, available: Iterable[str], stands: str) -> Expression:
    """Understand one expression of shop.toml.

    Parameters
    ----------
    text : str
    available : iterable of str     the source's columns
    stands : str                    where the expression stands, for messages: "table 'orders', column 'amount'"

    Raises
    ------
    ShopError       if it is no single SQL expression, or names a column the source does not have
    """
    known = list(available)
    whole = _known(text, known)
    if whole is not None:
        return Expression(text, ((0, len(text), whole),), bare=True)
    tree = _tree(text, known, stands)
    places = []
    for column in tree.find_all(exp.Column):
        name = _known(column.name, known)
        if name is None or column.table:
            raise ShopError(_missing(column.sql("duckdb"), text, known, stands))
        places.append((column.this.meta["start"], column.this.meta["end"] + 1, name))
    places.sort()
    return Expression(text, tuple(places), bare=False)


def _tree(text: str, known: list[str], stands: str) -> exp.Expr:
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except SqlglotError:
        trees = []
    if len(trees) != 1 or trees[0] is None or isinstance(trees[0], exp.Alias):
        raise ShopError(_missing(text, text, known, stands))
    if trees[0].find(*_REFUSED):
        raise ShopError(
            f"{stands}: '{text}' is more than an expression over one row. "
            "Use columns, operators and functions of a single row; rows that belong together add up with group."
        )
    return trees[0]


def _known(name: str, known: list[str]) -> str | None:
    if name in known:
        return name
    bare = name.strip().strip('"').lower()
    return next((column for column in known if column.lower() == bare), None)


def _missing(name: str, text: str, known: list[str], stands: str) -> str:
    close = difflib.get_close_matches(name.strip('"').lower(), [column.lower() for column in known], n=1)
    nearest = next((column for column in known if close and column.lower() == close[0]), None)
    hint = f"Did you mean {identifier(nearest)}?" if nearest else "Mend it in shop.toml."
    what = f"'{text}' is" if name == text else f"'{text}' names {name}, which is"
    listed = ", ".join(known[:30]) + (" …" if len(known) > 30 else "")
    return f"{stands}: {what} neither a column of the source nor an expression over them. It has {listed}. {hint}"
