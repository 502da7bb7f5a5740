"""`perennial score`: a nightly run, and what a person wants to know of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from decisions.policy import BANDS
from features.clocks import add_days, parse_date
from features.shop import Shop
from operations import home
from operations.home import refuse_no_runs
from operations.night import nightly
from operations.night.snapshot import snapshot_cutoff
from operations.night.tonight import end_of_today, has_ended, refuse_future
from operations.publish import refuse_other_models
from operations.score import Batch, models_for, parse_choices, waiting_features
from perennial.models.reviewing import tell_moved
from perennial.opening import cutoff_of, engine_named, opened_shop
from perennial.terminal.printing import counted, heading, say, table
from perennial.terminal.progress import progress_bar
from scoring.processors import threads
from scoring.release import ReleasedModel
from training.tracking.store import Mlruns

Models = Mapping[str, ReleasedModel]
ModelsAt = Callable[[datetime], Models]


def score_shop(
    path: Path,
    at: str | None,
    out: Path | None,
    chosen: Sequence[str],
    mlruns: Mlruns,
    engine_name: str,
    *,
    today: str | None = None,
    accept: bool = False,
) -> None:
    """Score a shop at a cutoff, write the files, refresh the service's snapshot, and say what came out."""
    choices = parse_choices(chosen)
    engine = engine_named(engine_name)
    try:
        shop = opened_shop(path)
        ends = ends_today(shop, today)
        cutoff, models = cutoff_and_models(shop, at, ends, choices, mlruns=mlruns)
        if not chosen:
            refuse_other_models(shop, models)
        with progress_bar() as progress:
            night = nightly.run(
                shop,
                cutoff,
                models,
                out or home.scores(shop, cutoff),
                serve=not chosen,
                latest=ends,
                accept=accept,
                also=waiting_features(shop, mlruns=mlruns),
                engine=engine,
                threads=threads(),
                progress=progress,
            )
    finally:
        engine.close()
    tell(night)
    if not chosen and night.snapshot is None:
        say(f"No new snapshot: the service has a newer one, as of {snapshot_cutoff(shop):%Y-%m-%d}.")


def ends_today(shop: Shop, today: str | None) -> datetime:
    """The midnight that ends today, or a day that is named instead."""
    return end_of_today(shop, parse_date(today).date() if today else None)


def cutoff_and_models(
    shop: Shop, at: str | None, ends: datetime, choices: Mapping[str, int] | None, *, mlruns: Mlruns
) -> tuple[datetime, Models]:
    """The cutoff given, else the midnight that ends today (its last for a shop whose data ended); and the models."""
    refuse_future(ends if at is None else parse_date(at), ends)
    refuse_no_runs(mlruns, shop)
    tell_moved(shop, mlruns)
    return cutoff_with(shop, at, ends, lambda cutoff: models_for(shop, cutoff, choices, mlruns=mlruns))


def cutoff_with(shop: Shop, at: str | None, ends: datetime, models_at: ModelsAt) -> tuple[datetime, Models]:
    """The same with models from anywhere."""
    cutoff = ends if at is None else parse_date(at)
    refuse_future(cutoff, ends)
    models = models_at(cutoff)
    within = next(iter(models.values())).model.active_within_days
    if at is not None or not has_ended(shop, ends, within):
        return cutoff, models
    cutoff = cutoff_of(shop, None)
    say(
        f"The newest row of '{shop.name}' is of {shop.newest_known_at:%Y-%m-%d}, more than {within} days ago: scoring "
        f"as of {cutoff:%Y-%m-%d}. Serve it with --today {add_days(cutoff, -1):%Y-%m-%d}."
    )
    return cutoff, models_at(cutoff)


def tell(night: nightly.Night) -> None:
    """Print how many were scored by what, how the risk is spread, and where the files lie."""
    batch = night.batch
    say(
        f"Scored {counted(len(batch), 'customer')} of '{batch.shop.name}' as of {batch.cutoff:%Y-%m-%d %H:%M}; "
        f"{int(batch.eligible.sum()):,} ordered recently enough to be asked about."
    )
    for task, released in batch.models.items():
        say(f"  {task}: version {released.version}, {released.model.kind_told.replace('_', ' ')}")
    if "churn_probability" in batch.answers:
        heading("Risk of leaving, among those asked about")
        table(("band", "probability", "customers", "share"), _bands(batch), numbers=("customers", "share"))
    kept = batch.parts
    if kept.reused:
        all_parts = counted(kept.reused + kept.made, "part")
        say(f"{kept.reused} of {all_parts} had been finished by a run that was cut off.")
    heading("Files")
    for kind, path in night.files.items():
        say(f"  {kind:9} {path}")
    if night.snapshot is not None:
        say(f"  {'snapshot':9} {night.snapshot}")
    if night.waiting:
        say(night.waiting)


def _bands(batch: Batch) -> list[tuple[str, str, int, str]]:
    probability = batch.answers["churn_probability"][batch.eligible]
    rows, low = [], 0.0
    for above, name in BANDS:
        inside = int(np.count_nonzero((probability >= low) & (probability < above)))
        stated = f"{low:.2f} to {min(above, 1.0):.2f}"
        rows.append((name.replace("_", " "), stated, inside, f"{inside / max(1, len(probability)):.0%}"))
        low = above
    return rows
