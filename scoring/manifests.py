"""Manifests: which files a run wrote, each with its size and SHA-256. One place makes the list and keeps it true.

A manifest is a JSON object with `files`: name → `bytes` and `sha256`, beside it. An ingest's `shop.json` is one whose
files also tell their `rows`, and whose own `rows` count each table.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scoring.plain_json import as_json
from scoring.verified_files import digest, write_bytes

Files = dict[str, dict[str, Any]]


def files_told(paths: Iterable[Path]) -> Files:
    """What a manifest says of files, by their names."""
    return {path.name: _told(path) for path in paths}


def write_manifest(path: Path, told: Mapping[str, Any]) -> None:
    """Write a manifest, the last file of its run."""
    write_bytes(path, as_json(told))


def renew(manifest: Path, gone: Mapping[Path, int]) -> None:
    """Let a manifest tell its files as they are now, after rows were taken out of them.

    One that cannot be read, or names a file that is gone, vouches for nothing and stays as it is.

    Parameters
    ----------
    gone : file → rows taken out of it; where a manifest tells rows, they are fewer by as many
    """
    try:
        told = json.loads(manifest.read_bytes())
        files = {name: _renewed(manifest.parent / name, file, gone) for name, file in told.get("files", {}).items()}
    except (OSError, ValueError, AttributeError):
        return
    if files == told.get("files", {}):
        return
    tables = {Path(name).stem: gone.get(manifest.parent / name, 0) for name in files if Path(name).parent == Path()}
    if isinstance(told.get("rows"), dict):
        told["rows"] = {table: rows - tables.get(table, 0) for table, rows in told["rows"].items()}
    write_manifest(manifest, {**told, "files": files})


def _renewed(path: Path, file: Mapping[str, Any], gone: Mapping[Path, int]) -> dict[str, Any]:
    if "rows" not in file:
        return {**file, **_told(path)}
    count = gone.get(path, 0)  # large files: their digest is taken again only where rows went
    return {**file, **_told(path), "rows": file["rows"] - count} if count else dict(file)


def _told(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": digest(path)}
