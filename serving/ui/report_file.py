"""The journey's report, as the night or `perennial report` wrote it: found, and shown so that it can fetch nothing."""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SCRIPT = re.compile(rb"<script[^>]*>(.*?)</script>", re.DOTALL)
_MOST_BYTES = 4_000_000  # a report has a megabyte at most; whatever is larger is none


@dataclass(frozen=True)
class ReportFile:
    """A report that lies ready.

    Attributes
    ----------
    day : the morning it was written for, such as 2026-02-01
    """

    path: Path
    day: str
    language: str


def newest_report(folder: Path, languages: tuple[str, ...]) -> ReportFile | None:
    """The newest report, in the first of the languages in which it was written; None where there is none.

    Parameters
    ----------
    folder : the shop's reports, PERENNIAL_HOME/reports/<shop>
    """
    if not folder.is_dir():
        return None
    for day in sorted((one.name for one in folder.iterdir() if _DAY.fullmatch(one.name)), reverse=True):
        for language in languages:
            path = folder / day / f"report.{language}.html"
            if path.is_file() and path.stat().st_size <= _MOST_BYTES:
                return ReportFile(path, day, language)
    return None


def report_policy(content: bytes) -> bytes:
    """What the report may do: use the styles and the scripts that stand in it, as the one whom nobody knows.

    In its sandbox it has no cookie, sends no form and leads nowhere; frames of other sites do not get it.
    """
    digests = [b64encode(hashlib.sha256(one).digest()).decode() for one in _SCRIPT.findall(content)]
    scripts = " ".join(f"'sha256-{one}'" for one in digests) or "'none'"
    sandbox = "sandbox allow-scripts" if digests else "sandbox"
    return (
        f"{sandbox}; default-src 'none'; style-src 'unsafe-inline'; script-src {scripts}; img-src data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    ).encode()
