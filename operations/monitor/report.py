"""The files of one look: findings as JSON, figures and shifts as Parquet, and a manifest that is written last."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.files import replacing
from operations.monitor.findings import Figure, Findings
from operations.monitor.permutation import Shift
from operations.monitor.wording import LANGUAGES, wording
from scoring.manifests import files_told
from scoring.plain_json import as_json

FINDINGS, FIGURES, SHIFTS, MANIFEST = "findings.json", "figures.parquet", "shifts.parquet", "manifest.json"
_TYPES = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}


def write_report(found: Findings, folder: Path) -> Path:
    """Write what was found; the same findings give the same bytes.

    Returns
    -------
    Path        of the findings, which name the advice and say every finding in each language

    Raises
    ------
    ShopError   if the folder cannot be written; nothing is left half-written
    """
    with replacing(folder / FINDINGS) as part:
        (folder / MANIFEST).unlink(missing_ok=True)  # an old one must not vouch for new files
        part.write_bytes(as_json(told(found)))
    for name, kind, rows in ((FIGURES, Figure, found.figures), (SHIFTS, Shift, found.shifts)):
        with replacing(folder / name) as part:
            pq.write_table(_table(kind, rows), part, compression="zstd")
    files = files_told(folder / name for name in (FINDINGS, FIGURES, SHIFTS))
    with replacing(folder / MANIFEST) as part:
        part.write_bytes(as_json({"shop": found.shop, "at": found.at, "files": files}))
    return folder / FINDINGS


def told(found: Findings) -> dict[str, Any]:
    """The findings as plain values, with their sentences."""
    languages = {language: wording(language) for language in LANGUAGES}
    return {
        "shop": found.shop,
        "at": found.at.isoformat(),
        "advice": found.advice,
        "exit_code": found.exit_code,
        "findings": [
            {**asdict(one), **{language: words.sentence(one) for language, words in languages.items()}}
            for one in found.findings
        ],
        "not_checked": {
            what: {language: words.reason(why) for language, words in languages.items()}
            for what, why in found.not_checked.items()
        },
    }


def sentences(folder: Path, advice: str, language: str) -> list[str]:
    """What the look of a folder found that asks for this; none where there was no look.

    Parameters
    ----------
    advice : one of operations.monitor.findings.URGENCY
    """
    try:
        told = json.loads((folder / FINDINGS).read_bytes())
    except OSError:
        return []
    return [one[language] for one in told["findings"] if one["advice"] == advice]


def _table(kind: type, rows: tuple[Any, ...]) -> pa.Table:
    schema = pa.schema([(one.name, _TYPES[str(getattr(one.type, "__name__", one.type))]) for one in fields(kind)])
    return pa.Table.from_pylist([asdict(one) for one in rows], schema)
