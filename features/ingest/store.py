"""Where an ingest lies: a folder that appears whole or not at all, its facts written last."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from features.errors import ShopError
from features.files import replacing, sweep, sync
from features.ingest.facts import Facts, Finding, Reconciliation

FACTS = "shop.json"
# A night reads the last ingest, a service the one before it; whoever compares two deliveries has a week.
KEPT, KEPT_DAYS = 3, 7


@contextmanager
def folder_in_one_piece(folder: Path) -> Iterator[Path]:
    """Yield a neighbour of `folder` to fill; on success it takes the folder's place, else nothing is left.

    Raises
    ------
    ShopError       if the place cannot be written
    """
    part = folder.with_name(f".{folder.name}.part{os.getpid()}")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
    except OSError as error:
        raise ShopError(
            f"cannot write to {folder.parent}: {error.strerror}. "
            "Make it writable, or set PERENNIAL_HOME to a folder that is."
        ) from error
    try:
        yield part
        for path in (*part.rglob("*"), part):
            sync(path)
        old = folder.with_name(f".{folder.name}.old{os.getpid()}")
        if folder.exists():
            folder.replace(old)
        part.replace(folder)
        sync(folder.parent)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise ShopError(f"cannot write {folder}: {error.strerror}. Make room or choose another place.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def forget_older(folder: Path) -> None:
    """Remove ingests that newer ones have long replaced: each is a copy of all data, and a snapshot may read the last.

    Parameters
    ----------
    folder : Path       the ingest in use; its neighbours are looked at
    """
    written = {path.parent: path.stat().st_mtime for path in folder.parent.glob(f"*/{FACTS}")}
    newest_first = sorted(written, key=lambda path: (path == folder, written[path]), reverse=True)
    for old in newest_first[KEPT:]:
        if written[folder] - written[old] > KEPT_DAYS * 86_400:
            shutil.rmtree(old, ignore_errors=True)
    sweep(folder.parent)


def write_facts(folder: Path, facts: Facts) -> None:
    """Write shop.json, the last file of an ingest."""
    document = asdict(facts)
    document["present"] = {table: sorted(columns) for table, columns in facts.present.items()}
    document["newest_known_at"] = facts.newest_known_at.isoformat()
    with replacing(folder / FACTS) as part:
        part.write_text(json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True))


def read_facts(folder: Path, digest: str) -> Facts | None:
    """The facts of an earlier ingest of the same content, or None where there is none, or not whole."""
    try:
        document = json.loads((folder / FACTS).read_text())
        whole = all((folder / name).stat().st_size == file["bytes"] for name, file in document["files"].items())
    except (OSError, ValueError, KeyError):
        return None
    if not whole or document.get("digest") != digest:
        return None
    return Facts(
        digest=digest,
        present={table: frozenset(columns) for table, columns in document["present"].items()},
        rows=document["rows"],
        files=document["files"],
        reconciliation=tuple(Reconciliation(**row) for row in document["reconciliation"]),
        findings=tuple(Finding(**row) for row in document["findings"]),
        newest_known_at=datetime.fromisoformat(document["newest_known_at"]),
    )
