"""The files behind a shop's tables, and the digest that says whether anything changed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from features.errors import ShopError
from features.ingest.source.config import Config, Source

# Part of every digest: a new number makes shops that were read by older code be read again.
INGEST_VERSION = 11
DATABASES = ("duckdb", "sqlite")


def is_database(source: Source) -> bool:
    """Whether the source is a table of a database instead of files."""
    return "://" in source.source


def folders_of(paths: Iterable[Path]) -> set[Path]:
    """The folders that files lie in, and those that links among them lead to."""
    return {folder for path in paths for folder in (path.parent, path.resolve().parent)}


def find(source: Source, folder: Path) -> tuple[Path, ...]:
    """The files a source names, sorted.

    Raises
    ------
    ShopError       if there is none, or it is of a kind that is not read
    """
    if is_database(source):
        return (database_file(source, folder),)
    root = Path(source.source)
    pattern = source.source if not root.is_absolute() else str(root.relative_to(root.anchor))
    base = folder if not root.is_absolute() else Path(root.anchor)
    # A file of just that name comes first: its brackets are no pattern.
    named = [base / pattern] if pattern and (base / pattern).is_file() else []
    paths = named or (sorted(path for path in base.glob(pattern) if path.is_file()) if pattern else [])
    if not paths and (base / pattern).is_dir():
        paths = sorted(path for path in (base / pattern).iterdir() if is_parquet(path) or is_text_file(path))
    if not paths:
        raise ShopError(
            f"table '{source.table}': no file matches {source.source} in {folder}. "
            f"Mend the source under [{source.table}] in shop.toml, or bring the files."
        )
    for path in paths:
        if not is_parquet(path) and not is_text_file(path):
            raise ShopError(
                f"table '{source.table}': {path.name} is neither CSV nor Parquet. "
                "Export it as CSV (.csv, .tsv, .txt, also .gz) or Parquet."
            )
    return tuple(paths)


def database_file(source: Source, folder: Path) -> Path:
    """The file of a database source, relative to the shop's folder or absolute.

    Raises
    ------
    ShopError       if the file does not exist or no table is named
    """
    address, _, table = source.source.partition("::")
    kind = address.split("://", 1)[0]
    if kind not in DATABASES:
        raise ShopError(
            f"table '{source.table}': databases of kind '{kind}' are not read. "
            "Use duckdb:///file.db::table or sqlite:///file.db::table, or export the table as Parquet."
        )
    name = address.split("://", 1)[1].lstrip("/")
    if not table:
        raise ShopError(f"table '{source.table}': {source.source} names no table. Write it as {address}::table_name.")
    for path in (folder / name, Path("/") / name):
        if path.is_file():
            return path
    raise ShopError(f"table '{source.table}': there is no database at {folder / name}. Mend the source.")


def is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def is_text_file(path: Path) -> bool:
    plain = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return plain.suffix.lower() in (".csv", ".tsv", ".txt")


def digest(config: Config, files: Iterable[tuple[str, Path]], erased: Iterable[bytes] = ()) -> str:
    """SHA-256 over shop.toml and the files' content; the files' order and names do not matter.

    Parameters
    ----------
    files : iterable of (table, path)
    erased : iterable of bytes      who must not come back: where they change, the files are read anew
    """
    named = list(files)
    content = {path: sha256(path) for path in {path for _, path in named}}  # one file may hold several tables
    parts = sorted(f"{table} {content[path]}" for table, path in named)
    head = [str(INGEST_VERSION), config.name, config.timezone, hashlib.sha256(config.text).hexdigest()]
    gone = [one.hex() for one in sorted(erased)]
    return hashlib.sha256("\n".join(head + parts + gone).encode()).hexdigest()


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal digits.

    Raises
    ------
    ShopError       if the file cannot be read
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ShopError(f"{path} cannot be read: {error.strerror}. Make it readable and run again.") from error
