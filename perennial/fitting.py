"""`perennial train` and `perennial backtest`: fit, log, register, release."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.clocks import parse_days
from features.engine import Engine
from features.progress import Progress
from features.shop import Shop
from features.store import FeatureStore
from perennial import places
from perennial.code import code_digest, git_commit
from perennial.judged import tell_folds, tell_version
from perennial.opening import engine_named, opened_shop, threads, until_of
from perennial.printing import heading, say
from perennial.progress import progress_bar
from perennial.releasing import publish
from serving.clock import now
from training import registry, review
from training.export import ExportError
from training.fit import fit
from training.fitted import Fitted
from training.proposal import propose
from training.task import TASKS, TaskError, task_named
from training.tracking import Logged

ALL = "all"
_CODE = "code_digest"  # tag: reuse needs the same code, committed or not


@dataclass(frozen=True)
class Asked:
    """What a training run is asked for, all defaults filled in."""

    shop: Shop
    until: datetime
    horizon_days: int
    active_within_days: int
    mlruns: Path


def asked(
    shop: Shop, until: datetime, horizon: str | None, active_within: str | None, mlruns: Path, engine: Engine
) -> Asked:
    """Fill in what the command line leaves open from shop.toml, else from the customers' rhythm before `until`."""
    proposal = propose(shop, until, engine=engine)
    return Asked(
        shop,
        until,
        parse_days(horizon) if horizon else proposal.horizon_days,
        parse_days(active_within) if active_within else proposal.active_within_days,
        mlruns,
    )


def train_tasks(
    path: Path,
    task: str,
    until: str | None,
    horizon: str | None,
    active_within: str | None,
    mlruns: Path,
    engine_name: str,
) -> None:
    """Train one task or all, say how each did, and release the champions."""
    if task != ALL:
        task_named(task)
    engine = engine_named(engine_name)
    try:
        shop = opened_shop(path)
        run = asked(shop, until_of(shop, until), horizon, active_within, mlruns, engine)
        say(
            f"'{shop.name}' until {run.until:%Y-%m-%d}: the next {run.horizon_days} days of customers with an order "
            f"within {run.active_within_days} days."
        )
        trained = [one for name in ([task] if task != ALL else TASKS) if (one := _trained(run, name, engine, task))]
    finally:
        engine.close()
    if not trained:
        raise TaskError(f"shop '{shop.name}' can have none of the tasks yet; perennial check says what is missing.")
    _release(run)
    _next(path, mlruns, trained)


def train_one(run: Asked, task: str, engine: Engine, progress: Progress) -> tuple[Fitted, Logged]:
    """Fit a task, log the run and register the version; nothing is kept if any of it fails."""
    with tempfile.TemporaryDirectory(prefix="perennial-model-") as folder:
        fitted = _fit(run, task, engine, Path(folder), progress)
        progress("logging the run")
        logged = review.log(fitted, run.shop, mlruns=run.mlruns)
    known = registry.version(run.shop.name, task, logged.version, mlruns=run.mlruns)
    registry.set_tags(known, {_CODE: code_digest(), **_window(run)}, mlruns=run.mlruns)
    return fitted, logged


def backtest_task(
    path: Path, task: str, until: str | None, horizon: str | None, active_within: str | None, engine_name: str
) -> None:
    """Fit a task, print how each fold did, and keep nothing."""
    task_named(task)
    engine = engine_named(engine_name)
    try:
        shop = opened_shop(path)
        run = asked(shop, until_of(shop, until), horizon, active_within, Path(), engine)
        with progress_bar() as progress, tempfile.TemporaryDirectory(prefix="perennial-model-") as folder:
            fitted = _fit(run, task, engine, Path(folder), progress)
    finally:
        engine.close()
    tell_folds(fitted)


def trained_before(run: Asked, task: str) -> registry.Version | None:
    """The newest version, if it was trained on the same data and window by the same code."""
    versions = registry.versions(run.shop.name, task, mlruns=run.mlruns)
    wanted = {_CODE: code_digest(), "shop_digest": run.shop.digest, **_window(run)}
    newest = versions[-1] if versions else None
    return newest if newest and wanted.items() <= newest.tags.items() else None


def _fit(run: Asked, task: str, engine: Engine, folder: Path, progress: Progress) -> Fitted:
    return fit(
        task,
        run.shop,
        run.until,
        folder=folder / task,
        horizon_days=run.horizon_days,
        active_within_days=run.active_within_days,
        engine=engine,
        store=FeatureStore(places.features(run.shop)),
        threads=threads(),
        git_commit=git_commit(),
        created_at=now().isoformat(timespec="seconds"),
        progress=progress,
    )


def _trained(run: Asked, task: str, engine: Engine, wanted: str) -> Logged | None:
    """Train and tell; with `all`, a task that the shop cannot have is left out with its reason."""
    try:
        with progress_bar() as progress:
            fitted, logged = train_one(run, task, engine, progress)
    except TaskError as error:
        if wanted != ALL:
            raise
        heading(f"{task}: left out")
        say(f"  {error}")
        return None
    tell_version(fitted, logged)
    return logged


def _release(run: Asked) -> None:
    try:
        release = publish(run.shop, mlruns=run.mlruns)
    except ExportError as error:
        say()
        say(f"Registered, but not released: {error}", "yellow")
        return
    say()
    say(f"Release {release.release_id}: {', '.join(f'{task} v{m.version}' for task, m in release.models.items())}.")


def _next(path: Path, mlruns: Path, trained: list[Logged]) -> None:
    say()
    say(f"Next: perennial score --shop {path} writes scores; perennial ui shows cards, plots and reports.")
    for logged in trained:
        if not logged.champion:
            task = logged.name.rpartition(".")[2]
            say(f"      perennial review {task} --shop {path} shows v{logged.version} beside the champion.")


def _window(run: Asked) -> dict[str, str]:
    return {
        "until": f"{run.until:%Y-%m-%d}",
        "horizon": f"{run.horizon_days}d",
        "active_within": f"{run.active_within_days}d",
    }
