"""What a page is made of: sections of sentences, charts and tables, all text of one language."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class ReportTable:
    """A table; cells of `heat` (0 to 1, or None) are shaded by them, the first columns in `texts` are aligned left."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1
    heat: Sequence[Sequence[float | None]] = ()


@dataclass(frozen=True)
class Chart:
    """A drawn chart with its title."""

    title: str
    drawn: Markup


@dataclass(frozen=True)
class ReportPage:
    """A page of the report."""

    title: str
    sentences: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[ReportTable] = ()


@dataclass(frozen=True)
class Lead:
    """One question of the first screen, answered in sentences."""

    title: str
    sentences: Sequence[str]
