"""One look at what serves: the function behind `perennial monitor`, for a night to call as well."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from features.engine import Engine, opened
from features.identity.settle import settle
from features.progress import Progress, silent
from features.shop import Shop
from operations import home
from operations.monitor.findings import Findings, most_urgent_first
from operations.monitor.judged import judged
from serving.errors import SnapshotError
from serving.snapshot.snapshot import open_snapshot


def monitor(
    shop: Shop, at: datetime, *, mlruns: Path, engine: Engine | None = None, progress: Progress = silent
) -> Findings:
    """Look at what serves a shop, as known at a midnight. Nothing is written and nothing is changed.

    Parameters
    ----------
    shop : Shop         as opened, or a night's own, its persons settled and what callers told among its rows
    at : datetime       local midnight; no row known on or after it is seen. After a night, the night's cutoff
    mlruns : Path       the registry, which knows what training expected

    Returns
    -------
    Findings            `.findings` the most urgent first, `.advice` and `.exit_code` of the whole, `.figures`,
                        `.not_checked` with what could not be looked at and why

    Examples
    --------
    found = monitor(batch.shop, batch.cutoff, mlruns=mlruns, engine=engine)
    if found.advice == RETRAIN: …
    """
    with opened(engine) as running:
        worked_on = as_the_night_saw(shop, at, running)
        progress("judging earlier scores")
        found = judged(worked_on, at, mlruns=mlruns, engine=running)
    return Findings(shop.name, at, most_urgent_first(found.findings), found.figures, found.not_checked)


def as_the_night_saw(shop: Shop, at: datetime, engine: Engine) -> Shop:
    """The tables that the night at this cutoff worked on, what callers told among their rows; else the exports'.

    Persons are settled in both. What callers told after the last night counts with the next one.
    """
    if shop.settled:
        return shop
    with suppress(SnapshotError):
        snapshot = open_snapshot(home.snapshots(shop))
        history = snapshot.history
        if snapshot.cutoff == at and history is not None and history.is_relative_to(shop.data):
            return replace(shop, data=history, settled=True)
    return settle(shop, at, engine=engine)[0]
