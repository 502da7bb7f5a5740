"""A source's columns with blanks as NULL, and text columns read as number or moment for expressions over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from features.ingest.reading.casts import given, number
from features.ingest.reading.style import Style
from features.ingest.reading.texts import is_text
from features.ingest.source.database import identifier

Reading = Literal["given", "exact", "number", "whole", "moment"]


@dataclass(frozen=True)
class NormalisedView:
    """How a source is read, over whichever relation has its columns.

    Attributes
    ----------
    kinds : mapping         source column → DuckDB type
    styles : mapping        text column that expressions read → how it writes numbers
    """

    kinds: Mapping[str, str]
    styles: Mapping[str, Style]

    def over(self, relation: str, names: tuple[str, ...]) -> str:
        """SQL of `relation` with every reading of the named columns beside it, see `reading`."""
        # One layer a step: a column named again within one SELECT would be computed again.
        blanks = [f"{given(identifier(name), self.kinds[name])} AS {reading(name)}" for name in names]
        relation = f"(SELECT *, {', '.join(blanks)} FROM {relation})"
        styled = [name for name in names if name in self.styles]
        if not styled:
            return relation
        exact = [
            f"{number(reading(name), 'VARCHAR', self.styles[name])} AS {reading(name, 'exact')}" for name in styled
        ]
        others = [
            f"TRY_CAST({reading(name, 'exact')} AS DOUBLE) AS {reading(name, 'number')}, "
            f"TRY_CAST({reading(name, 'exact')} AS BIGINT) AS {reading(name, 'whole')}, "
            f"TRY_CAST({reading(name)} AS TIMESTAMP) AS {reading(name, 'moment')}"
            for name in styled
        ]
        return f"(SELECT *, {', '.join(others)} FROM (SELECT *, {', '.join(exact)} FROM {relation}))"


def reading(name: str, kind: Reading = "given") -> str:
    """A source column as it is given, or a text column read as number, whole or moment, as SQL."""
    return identifier(f"{name}\x1f{kind}")


def is_unread(name: str) -> str:
    """SQL: the text column holds something, and it is no number."""
    return f"({reading(name)} IS NOT NULL AND {reading(name, 'number')} IS NULL)"


def texts(kinds: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the named columns that hold text."""
    return tuple(name for name in names if is_text(kinds[name]))
