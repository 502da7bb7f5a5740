"""`perennial score --parts`: the scores of a night as a folder of parts, by the release that serves."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from features.errors import PerennialError
from features.shop import Shop
from operations.night.tables import files_of_night, tables_of_night
from operations.partitioned_scores import models_of, write_scores_in_parts
from operations.publish import current_release
from perennial.nights.batch import cutoff_with, ends_today
from perennial.opening import engine_named, opened_shop
from perennial.shops.catalogue import tell_parts
from perennial.terminal.printing import counted, say
from perennial.terminal.progress import progress_bar
from scoring.processors import threads
from scoring.release import Release


def score_in_parts(
    path: Path,
    at: str | None,
    out: Path | None,
    parts: int,
    chosen: Sequence[str],
    engine_name: str,
    *,
    today: str | None = None,
) -> None:
    """Score a shop at a cutoff into a folder, on as many machines as the engine has, and say what came out."""
    _refuse(out, chosen)
    assert out is not None
    engine = partial(engine_named, engine_name)
    with closing(engine()):  # it says what it lacks before the shop is read
        shop = opened_shop(path)
    release = _release(shop, path)
    cutoff, models = cutoff_with(shop, at, ends_today(shop, today), partial(models_of, release))
    with files_of_night(shop), progress_bar() as progress:
        with closing(engine()) as running:
            tonight = tables_of_night(shop, cutoff, running).settled
        done = write_scores_in_parts(out, tonight, cutoff, release, parts, engine, threads=threads(), progress=progress)
    say(
        f"Scored {counted(done.table.rows, 'customer')} of '{shop.name}' as of {cutoff:%Y-%m-%d %H:%M}; "
        f"{done.eligible:,} ordered recently enough to be asked about."
    )
    for task, released in models.items():
        say(f"  {task}: version {released.version}, {released.model.kind_told.replace('_', ' ')}")
    say(f"Release {release.release_id}: {out}")
    tell_parts(done.table)


def _refuse(out: Path | None, chosen: Sequence[str]) -> None:
    if out is None:
        raise PerennialError("--parts makes a folder of files. Name it with --out FOLDER.")
    if chosen:
        raise PerennialError(
            f"--parts scores by the release that serves, and --model {chosen[0]} is another. Leave one of them out."
        )


def _release(shop: Shop, path: Path) -> Release:
    release = current_release(shop)
    if release is None:
        raise PerennialError(
            f"'{shop.name}' has no release that can be read, and --parts scores by the one that serves. "
            f"First run: perennial train all --shop {path}"
        )
    return release
