"""`perennial report`: the customer journey as one page."""

from pathlib import Path

from features.clocks import parse_date
from features.engine import DuckDB, opened
from operations.report import journey_pages, write_pages
from perennial.models.fitting import asked
from perennial.opening import cutoff_of, reading_shop
from perennial.terminal.printing import say
from perennial.terminal.progress import progress_bar
from scoring.processors import threads
from training.tracking.store import Mlruns


def report_shop(path: Path, at: str | None, since: str | None, language: str, out: Path | None, mlruns: Mlruns) -> None:
    """Write the report of a shop and say where it lies."""
    with reading_shop(path) as shop, opened(DuckDB(threads=threads())) as engine, progress_bar("Report") as progress:
        cutoff = cutoff_of(shop, at)
        spans = asked(shop, cutoff, None, None, engine)
        pages = journey_pages(
            shop,
            cutoff,
            None if since is None else parse_date(since),
            [language],
            spans.horizon_days,
            spans.active_within_days,
            engine=engine,
            progress=progress,
        )
        written = write_pages(shop, cutoff, pages, mlruns, out)
    say(f"The report: {written[language]}")
