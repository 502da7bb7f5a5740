"""Files of a run: none of them is ever seen half written, where they lie on this machine."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from features.files import sweep
from features.scratch import own_folder
from scoring.verified_files import write_bytes


def write_files(mlflow_client: Any, run_id: str, artifacts: Mapping[str, bytes]) -> None:
    """Write artifacts of a run, path → content, over earlier ones of the same path.

    MLflow opens a file and then fills it: a process killed between leaves a review that nobody can read, and no review
    could be written again without it. So where MLflow would only copy, each file is replaced in one piece instead.
    """
    root = _folder(str(mlflow_client.get_run(run_id).info.artifact_uri))
    if root is not None:
        for path, content in artifacts.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(root / path, content)
        for place in {(root / path).parent for path in artifacts}:
            sweep(place)
        return
    with tempfile.TemporaryDirectory(dir=own_folder()) as folder:
        for path, content in artifacts.items():
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        mlflow_client.log_artifacts(run_id, folder)


def remove_parts(address: str) -> None:
    """Remove what lies half written under an artifact address of this machine; for a run whose process has ended."""
    root = _folder(address)
    for part in root.rglob(".*.part*") if root is not None else ():
        part.unlink(missing_ok=True)


def _folder(address: str) -> Path | None:
    """The folder of an artifact address of this machine; None where it is elsewhere."""
    if address.startswith("/"):
        return Path(address)
    parts = urlsplit(address)
    return Path(unquote(parts.path)) if (parts.scheme, parts.netloc) == ("file", "") else None
