"""Where an ingest lies: a folder that appears whole or not at all, its facts written last."""

import json
import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from features.files import replacing, sweep
from features.ingest.facts import Finding, IngestFacts, Reconciliation

FACTS = "shop.json"
# A night reads the last ingest, a service the one before it; whoever compares two deliveries has a week.
KEPT, KEPT_DAYS = 3, 7


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


def write_facts(folder: Path, facts: IngestFacts) -> None:
    """Write shop.json, the last file of an ingest."""
    document = asdict(facts)
    document["present"] = {table: sorted(columns) for table, columns in facts.present.items()}
    document["newest_known_at"] = facts.newest_known_at.isoformat()
    with replacing(folder / FACTS) as part:
        part.write_text(json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True))


def read_facts(folder: Path, digest: str) -> IngestFacts | None:
    """The facts of an earlier ingest of the same content, or None where there is none, or not whole."""
    try:
        document = json.loads((folder / FACTS).read_text())
        whole = all((folder / name).stat().st_size == file["bytes"] for name, file in document["files"].items())
    except (OSError, ValueError, KeyError):
        return None
    if not whole or document.get("digest") != digest:
        return None
    return IngestFacts(
        digest=digest,
        present={table: frozenset(columns) for table, columns in document["present"].items()},
        rows=document["rows"],
        files=document["files"],
        reconciliation=tuple(Reconciliation(**row) for row in document["reconciliation"]),
        findings=tuple(Finding(**row) for row in document["findings"]),
        newest_known_at=datetime.fromisoformat(document["newest_known_at"]),
    )
