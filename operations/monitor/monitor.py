"""One look at what serves: the function behind `perennial monitor`, for a night to call as well."""

from datetime import datetime

from features.engine import Engine, opened
from features.errors import CutoffError, PerennialError
from features.progress import Progress, silent
from features.shop import Shop
from operations.monitor.delivery import delivery
from operations.monitor.drift import drift
from operations.monitor.findings import DRIFT, Findings, Found, most_urgent_first, together
from operations.monitor.judged import judged
from operations.monitor.promised import promised
from operations.monitor.skew import skew
from operations.monitor.tables import tables_at
from operations.score import models_for
from training.tracking.store import Mlruns


def monitor(
    shop: Shop,
    at: datetime,
    *,
    mlruns: Mlruns,
    engine: Engine | None = None,
    threads: int = 1,
    progress: Progress = silent,
) -> Findings:
    """Look at what serves a shop, as known at a midnight. Nothing is decided, and nothing written stays.

    Parameters
    ----------
    shop : Shop         as opened, or a night's own, its persons settled and what callers told among its rows
    at : datetime       local midnight; no row known on or after it is seen. After a night, the night's cutoff
    mlruns : Mlruns     the registry, which knows what training expected

    Returns
    -------
    Findings            `.findings` the most urgent first, `.advice` and `.exit_code` of the whole, `.figures`,
                        `.shifts`, `.not_checked` with what could not be looked at and why

    Examples
    --------
    found = monitor(batch.shop, batch.cutoff, mlruns=mlruns, engine=engine)
    if found.advice == RETRAIN: …
    """
    with opened(engine) as running, tables_at(shop, at, running) as worked_on:
        progress("judging earlier scores")
        over = min(at, worked_on.default_cutoff())  # tonight's cutoff ends a day that may have hours left
        parts = [judged(worked_on, over, mlruns=mlruns, engine=running), promised(worked_on, at, mlruns=mlruns)]
        progress("comparing tonight with training")
        parts.append(_drift(worked_on, at, mlruns, running, threads, progress))
        progress("looking at what was delivered and what is served")
        parts += [delivery(worked_on, at, engine=running), skew(shop, at, engine=running)]
    found = together(parts)
    return Findings(shop.name, at, most_urgent_first(found.findings), found.figures, found.shifts, found.not_checked)


def _drift(shop: Shop, at: datetime, mlruns: Mlruns, engine: Engine, threads: int, progress: Progress) -> Found:
    """Drift from what the champions learnt; where none serves, or one knows more than `at`, nothing is compared."""
    try:
        models = models_for(shop, at, mlruns=mlruns)
    except CutoffError:
        return Found(not_checked={DRIFT: "model_knows_more"})
    except PerennialError:
        return Found(not_checked={DRIFT: "no_model"})
    return drift(shop, at, models, engine=engine, threads=threads, progress=progress)
