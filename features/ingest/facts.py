"""What an ingest found out: rows that add up, and everything a person should know about the rest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Severity = Literal["quarantined", "warning"]


@dataclass(frozen=True)
class Reconciliation:
    """Where the source's rows of one table went, counted as the source delivers them.

    Attributes
    ----------
    table : str
    read : int              = filtered + duplicates + guests + erased + accepted + quarantined
    filtered : int          left out by the shop's own `where`
    duplicates : int        delivered again, the same in every column
    guests : int            kept, without a customer_id
    accepted : int          kept, with a customer (or a table that has none)
    quarantined : int       refused, with a reason
    rows : int              rows of the canonical table; fewer than kept where rows add up to orders
    erased : int            left out because their customer was erased
    """

    table: str
    read: int
    filtered: int
    duplicates: int
    guests: int
    accepted: int
    quarantined: int
    rows: int
    erased: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every row read went somewhere, and only once."""
        went = self.filtered + self.duplicates + self.guests + self.erased + self.accepted + self.quarantined
        return went == self.read

    @property
    def share_quarantined(self) -> float:
        """Quarantined rows as a share of those that `where` let through."""
        return self.quarantined / max(1, self.read - self.filtered)


@dataclass(frozen=True)
class Finding:
    """One thing wrong with one column, and in how many of the source's rows.

    Attributes
    ----------
    table, column : str
    reason : str            what is wrong, as the end of "3 rows with …"
    count : int             source rows
    example : str           the key of one such row, never a personal value; empty where it has none
    severity : str          quarantined: the rows were refused; warning: they were kept
    """

    table: str
    column: str
    reason: str
    count: int
    example: str
    severity: Severity = "quarantined"

    @property
    def sentence(self) -> str:
        """The finding as a person reads it."""
        rows = "1 row" if self.count == 1 else f"{self.count:,} rows"
        example = f", for example {self.example}" if self.example else ""
        return f"table '{self.table}', column '{self.column}': {rows} with {self.reason}{example}."


@dataclass(frozen=True)
class IngestFacts:
    """Everything one ingest leaves beside its Parquet files, in shop.json.

    Attributes
    ----------
    present : dict          table → the canonical columns that were really given
    rows : dict             table → rows of the canonical table
    files : dict            file name → {"rows", "bytes", "sha256"}
    newest_known_at : datetime      the newest order's known_at
    """

    digest: str
    present: dict[str, frozenset[str]]
    rows: dict[str, int]
    files: dict[str, dict[str, Any]]
    reconciliation: tuple[Reconciliation, ...]
    findings: tuple[Finding, ...]
    newest_known_at: datetime
