"""The journey's report: gathered, written where it is shown, logged beside the models."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from features.clocks import add_days
from features.engine import Engine
from features.errors import CutoffError
from features.progress import Progress, silent
from features.shop import Shop
from insights.known import known_shop
from insights.report.facts import gather
from insights.report.page import render
from operations import home
from scoring.verified_files import write_bytes
from training.tracking.pages import log_pages
from training.tracking.store import Mlruns, holds_runs


def journey_pages(
    shop: Shop,
    at: datetime,
    since: datetime | None,
    languages: Sequence[str],
    horizon_days: int,
    active_within_days: int,
    *,
    engine: Engine | None = None,
    progress: Progress = silent,
) -> Mapping[str, str]:
    """The report in each language, computed once.

    Parameters
    ----------
    at : datetime               local midnight; what was known before it is told
    since : datetime or None    first day of the period; 91 days before `at` by default
    horizon_days, active_within_days : as the shop's models have them

    Raises
    ------
    CutoffError     if `at` lies beyond the day after the newest order known
    PerennialError  if the period is empty or lies before the data begin, or a language is unknown
    """
    last = add_days(shop.default_cutoff(), 1)
    if at > last:
        raise CutoffError(
            f"--at {at:%Y-%m-%d} lies after the data: the newest order of '{shop.name}' was known on "
            f"{shop.newest_known_at:%Y-%m-%d}. Give {last:%Y-%m-%d} or earlier, or deliver newer data."
        )
    with known_shop(shop, at, engine) as known:
        facts = gather(known, since, horizon_days, active_within_days, progress=progress)
    margin = shop.settings.margin
    return {language: render(facts, language, horizon_days, active_within_days, margin) for language in languages}


def write_pages(
    shop: Shop, at: datetime, pages: Mapping[str, str], mlruns: Mlruns, out: Path | None = None
) -> dict[str, Path]:
    """Write the pages, the first to `out` if named; log them where models were trained; say where all lie."""
    written = {language: home.report(shop, at, language) for language in pages}
    if out is not None:
        written[next(iter(pages))] = out
    for language, path in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, pages[language].encode())
    if holds_runs(mlruns):
        files = {f"report.{language}.html": page.encode() for language, page in pages.items()}
        log_pages(f"{home.key(shop)}.report", f"report {at:%Y-%m-%d}", files, mlruns=mlruns)
    return written
