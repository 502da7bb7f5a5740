"""A shop: one retailer's data, read as canonical tables.

shop = open_shop("my-shop")
shop.path("orders")         # canonical Parquet
shop.default_cutoff()       # the last local midnight not after what is known
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from features.clocks import midnight
from features.errors import ShopError
from features.extension import Extension, read_extension
from features.files import folder_in_one_piece
from features.ingest.facts import Finding, IngestFacts, Reconciliation
from features.ingest.run import ingest
from features.ingest.source.config import Config, ShopOffer, ShopSettings, read_config
from features.ingest.source.files import digest, find
from features.ingest.source.servers import download, is_server
from features.ingest.steps.leave_out_erased import ErasedIds
from features.ingest.store import forget_older, read_facts
from features.progress import Progress, silent

__all__ = [
    "ErasedIds",
    "Finding",
    "Reconciliation",
    "Shop",
    "ShopOffer",
    "ShopSettings",
    "folder_name",
    "home_folder",
    "open_shop",
]

_LONGEST = 120  # bytes of a folder's name; file systems take 255, and more is added to it


@dataclass(frozen=True)
class Shop:
    """One retailer's data.

    Attributes
    ----------
    name, timezone, currency : str
    country : str                       whose holidays it follows, an ISO code such as "CN"; empty where none is named
    folder : Path                       the source
    data : Path                         its canonical tables
    digest : str                        SHA-256 of the source's content and shop.toml
    present : dict                      table → columns that were really given; others are NULL throughout
    rows : dict                         table → number of rows
    settings : ShopSettings
    reconciliation : tuple              where the source's rows went, a table at a time
    findings : tuple of Finding         what was wrong with some of them
    newest_known_at : datetime          the newest order's known_at, local
    settled : bool                      customer ids are persons already; identities link nobody any more
    extension : Extension               features and questions of the shop's own
    """

    name: str
    timezone: str
    currency: str
    folder: Path
    data: Path
    digest: str
    present: dict[str, frozenset[str]]
    rows: dict[str, int]
    settings: ShopSettings
    reconciliation: tuple[Reconciliation, ...]
    findings: tuple[Finding, ...]
    newest_known_at: datetime
    settled: bool = False
    country: str = ""
    extension: Extension = field(default_factory=Extension)

    def has(self, table: str) -> bool:
        """Whether the shop gives this table."""
        return table in self.present

    def path(self, table: str) -> Path:
        """The canonical Parquet file of a table.

        Raises
        ------
        ShopError       if the shop does not give it
        """
        if not self.has(table):
            raise ShopError(
                f"shop '{self.name}' has no table '{table}'; it has {', '.join(self.present)}. "
                f"Add [{table}] to shop.toml, or ask only for what needs no {table}."
            )
        return self.data / f"{table}.parquet"

    def default_cutoff(self) -> datetime:
        """The last local midnight not after the newest order known."""
        return midnight(self.newest_known_at)


def open_shop(
    path: str | Path,
    *,
    home: Path | None = None,
    erased: ErasedIds | None = None,
    changing: Callable[[], AbstractContextManager[None]] = nullcontext,
    progress: Progress = silent,
) -> Shop:
    """Open a shop's folder; read and check its exports unless the same content was read before.

    Parameters
    ----------
    path : str or Path          a folder with shop.toml, or with orders.parquet and other canonical files
    home : Path, optional       where canonical tables are kept; PERENNIAL_HOME, else ./.perennial
    erased : ErasedIds, optional   who must not come back with an export that still has them
    changing : optional         held while tables are written: others change the shop's files too
    progress : Progress

    Raises
    ------
    ShopError       if the folder, shop.toml or a file cannot be used as it stands
    TrustError      if shop.toml names code that nobody has trusted under this home
    DataError       if more of a table breaks its contract than the shop tolerates
    """
    config = read_config(Path(path))
    home = (home or home_folder()).resolve()
    extension = read_extension(config, home)
    progress("looking for changes")
    content, data, facts = _read(config, home / "shops" / folder_name(config.name), erased, changing, progress)
    return Shop(
        name=config.name,
        timezone=config.timezone,
        currency=config.currency,
        folder=config.folder,
        data=data,
        digest=content,
        present=facts.present,
        rows=facts.rows,
        settings=config.settings,
        reconciliation=facts.reconciliation,
        findings=facts.findings,
        newest_known_at=facts.newest_known_at,
        extension=extension,
        country=config.country,
    )


def _read(
    config: Config,
    kept: Path,
    erased: ErasedIds | None,
    changing: Callable[[], AbstractContextManager[None]],
    progress: Progress,
) -> tuple[str, Path, IngestFacts]:
    """The exports' digest, the folder of their canonical tables, and what is known of them: read unless they were."""
    with _found(config, kept) as files:
        gone = erased.hashes if erased else frozenset()
        content = digest(config, ((table, file) for table, paths in files.items() for file in paths), gone)
        data = kept / content[:12]
        facts = read_facts(data, content)
        if facts is None:
            with changing():
                facts = read_facts(data, content)  # who held the files before may have read the same
                if facts is None:
                    with folder_in_one_piece(data) as part:
                        facts = ingest(config, files, content, part, progress, erased)
                forget_older(data)
    return content, data, facts


@contextmanager
def _found(config: Config, kept: Path) -> Iterator[dict[str, tuple[Path, ...]]]:
    """The files of every table; what comes from a server lies on disk only for as long as it is read."""
    files = {source.table: find(source, config.folder) for source in config.sources if not is_server(source)}
    served = [source for source in config.sources if is_server(source)]
    if not served:
        yield files
        return
    with folder_in_one_piece(kept / "download") as scratch:
        yield files | {source.table: (download(source, scratch),) for source in served}
    shutil.rmtree(kept / "download", ignore_errors=True)


def home_folder() -> Path:
    """Where Perennial keeps what it makes: PERENNIAL_HOME, else .perennial in the current folder."""
    return Path(os.environ.get("PERENNIAL_HOME") or ".perennial").resolve()


def folder_name(name: str) -> str:
    """The shop's name as a folder's: letters, digits, dash and underscore of any script stay; a long one is cut.

    A cut name ends in a hash of the whole, so that two long names stay two.
    """
    told = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name) or "shop"
    if len(told.encode()) <= _LONGEST:
        return told
    kept = told.encode()[: _LONGEST - 9].decode(errors="ignore")
    return f"{kept}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
