"""`perennial train` and `perennial backtest`: prepare rows once, then fit, log, register, release."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from features.build.store import FeatureStore
from features.clocks import parse_days
from features.engine import Engine
from features.progress import Progress, silent
from features.scratch import own_folder
from features.shop import Shop
from operations import home
from operations.deciding.decided import with_decisions
from operations.provenance import code_digest, git_commit
from operations.publish import publish
from perennial.models.judged import tell_folds, tell_verdicts, tell_version
from perennial.models.reviewing import tell_moved
from perennial.models.tuning import TUNABLE, log_tuning, tuned
from perennial.opening import engine_named, reading_shop, until_of
from perennial.terminal.printing import heading, say
from perennial.terminal.progress import progress_bar
from scoring.clock import now
from scoring.processors import threads
from scoring.uplift_names import TASK as UPLIFT
from training.backtest.context import Context
from training.data.horizon import propose
from training.evaluation.folds import Fitted
from training.fit import fit_prepared, prepare
from training.review import sign_off
from training.review.export import ExportError
from training.task import Task, TaskError
from training.tasks.catalogue import TASKS
from training.tasks.own import task_of, tasks_of
from training.tracking import registry
from training.tracking.runs import Logged
from training.tracking.store import Mlruns, Server

ALL = "all"
_CODE = "code_digest"  # tag: reuse needs the same code, committed or not


@dataclass(frozen=True)
class TrainingWindow:
    """What a training run is asked for, all defaults filled in."""

    shop: Shop
    until: datetime
    horizon_days: int
    active_within_days: int
    trusted: tuple[str, ...] = ()


@contextmanager
def asking(
    path: Path, until: str | None, horizon: str | None, active_within: str | None, engine_name: str
) -> Iterator[tuple[TrainingWindow, Engine]]:
    """What the command line asks for, and the engine to do it with, closed at the end."""
    engine = engine_named(engine_name)
    try:
        with reading_shop(path) as shop:
            yield asked(shop, until_of(shop, until), horizon, active_within, engine), engine
    finally:
        engine.close()


def asked(
    shop: Shop, until: datetime, horizon: str | None, active_within: str | None, engine: Engine
) -> TrainingWindow:
    """Fill in what the command line leaves open from shop.toml, else from the customers' rhythm before `until`."""
    days, within = (parse_days(one) if one else None for one in (horizon, active_within))
    if not (days and within):
        proposal = propose(shop, until, engine=engine)
        days, within = days or proposal.horizon_days, within or proposal.active_within_days
    return TrainingWindow(shop, until, days, within)


def train_tasks(
    path: Path,
    task: str,
    until: str | None,
    horizon: str | None,
    active_within: str | None,
    mlruns: Mlruns,
    engine_name: str,
    trusted: Sequence[str] = (),
    tune_minutes: float | None = None,
) -> None:
    """Train one task or all, say how each did, and release the champions."""
    with asking(path, until, horizon, active_within, engine_name) as (run, engine):
        every = task == ALL
        tasks = [*TASKS.values(), *tasks_of(run.shop).values()] if every else [task_of(task, run.shop)]
        say(
            f"'{run.shop.name}' until {run.until:%Y-%m-%d}: the next {run.horizon_days} days of customers with an "
            f"order within {run.active_within_days} days."
        )
        if isinstance(mlruns, Server):
            say(f"Runs and models go to {mlruns}.")
        run = replace(run, trusted=tuple(trusted))
        trained: list[Logged] = []
        for window, alike in _by_window(run, tasks):
            with progress_bar() as progress:
                context = prepared(window, engine, progress)
            found = (_trained(one.name, context, mlruns, tune_minutes, optional=every) for one in alike)
            trained += [one for one in found if one is not None]
        if not trained:
            raise TaskError(
                f"shop '{run.shop.name}' can have none of the tasks yet; perennial check says what is missing."
            )
        tell_verdicts(run.shop, trained, mlruns)
        tell_moved(run.shop, mlruns)
        _release(run.shop, mlruns)
    _next(path, trained)


def backtest_task(
    path: Path,
    task: str,
    until: str | None,
    horizon: str | None,
    active_within: str | None,
    engine_name: str,
    trusted: Sequence[str] = (),
) -> None:
    """Fit a task, print how each fold did, and keep nothing."""
    with (
        asking(path, until, horizon, active_within, engine_name) as (run, engine),
        progress_bar() as progress,
        tempfile.TemporaryDirectory(prefix="model-", dir=own_folder()) as folder,
    ):
        ((window, _),) = _by_window(replace(run, trusted=tuple(trusted)), [task_of(task, run.shop)])
        with _with_what_it_learns_from(task, prepared(window, engine, progress)) as context:
            fitted = fit_prepared(task, context, folder=Path(folder) / task)
    tell_folds(fitted)


def _by_window(run: TrainingWindow, tasks: Sequence[Task]) -> list[tuple[TrainingWindow, list[Task]]]:
    """What is asked for, by horizon and who is asked: tasks that share both share their rows."""
    found: dict[tuple[int, int], list[Task]] = {}
    for one in tasks:
        within = one.active_within_days or run.active_within_days
        found.setdefault((one.horizon_days or run.horizon_days, within), []).append(one)
    return [
        (replace(run, horizon_days=horizon, active_within_days=within), alike)
        for (horizon, within), alike in found.items()
    ]


def prepared(run: TrainingWindow, engine: Engine, progress: Progress) -> Context:
    """The rows every task learns from; what was built before is taken from the feature store."""
    return prepare(
        run.shop,
        run.until,
        engine=engine,
        horizon_days=run.horizon_days,
        active_within_days=run.active_within_days,
        store=FeatureStore(home.features(run.shop)),
        threads=threads(),
        trusted=run.trusted,
        progress=progress,
    )


def train_one(task: str, context: Context, mlruns: Mlruns, progress: Progress = silent) -> tuple[Fitted, Logged]:
    """Fit a task, log the run and register the version; nothing is kept if any of it fails."""
    with (
        tempfile.TemporaryDirectory(prefix="model-", dir=own_folder()) as folder,
        _with_what_it_learns_from(task, context) as whole,
    ):
        fitted = fit_prepared(
            task,
            replace(whole, progress=progress),
            folder=Path(folder) / task,
            git_commit=git_commit(),
            created_at=now().isoformat(timespec="seconds"),
        )
        progress("logging the run")
        logged = sign_off.log(fitted, context.shop, mlruns=mlruns)
    known = registry.version(context.shop.name, task, logged.version, mlruns=mlruns)
    registry.set_tags(known, {_CODE: code_digest(context.shop.extension.digest), **_window(context)}, mlruns=mlruns)
    return fitted, logged


@contextmanager
def _with_what_it_learns_from(task: str, context: Context) -> Iterator[Context]:
    """Uplift learns from what nights and calls decided, too; no feature reads it."""
    if task != UPLIFT:
        yield context
        return
    with with_decisions(context.shop, context.until, context.engine) as shop:
        yield replace(context, shop=shop)


def trained_before(run: TrainingWindow, task: str, mlruns: Mlruns) -> registry.Version | None:
    """The newest version, if it was trained on the same data and window by the same code."""
    versions = registry.versions(run.shop.name, task, mlruns=mlruns)
    wanted = {_CODE: code_digest(run.shop.extension.digest), "shop_digest": run.shop.digest, **_window(run)}
    newest = versions[-1] if versions else None
    return newest if newest and wanted.items() <= newest.tags.items() else None


def _trained(
    task: str, context: Context, mlruns: Mlruns, tune_minutes: float | None, *, optional: bool
) -> Logged | None:
    """Train and tell; an optional task that the shop cannot have is left out with its reason."""
    tuning = None
    try:
        if tune_minutes is not None and (task in TUNABLE or not optional):
            context, tuning = tuned(task, context, tune_minutes)
        with progress_bar() as progress:
            fitted, logged = train_one(task, context, mlruns, progress)
    except TaskError as error:
        if not optional:
            raise
        heading(f"{task}: left out")
        say(f"  {error}")
        return None
    tell_version(fitted, logged)
    if tuning is not None:
        log_tuning(tuning, logged, mlruns)
    return logged


def _release(shop: Shop, mlruns: Mlruns) -> None:
    say()
    try:
        release = publish(shop, mlruns=mlruns)
    except ExportError as error:
        say(f"Registered, but not released: {error}", "yellow")
        return
    say(f"Release {release.release_id}: {', '.join(f'{task} v{m.version}' for task, m in release.models.items())}.")


def _next(path: Path, trained: list[Logged]) -> None:
    say()
    say(f"Next: perennial score --shop {path} writes scores; perennial ui shows cards, plots and reports.")
    for logged in trained:
        if not logged.champion:
            task = logged.name.rpartition(".")[2]
            say(f"      perennial review {task} --shop {path} shows v{logged.version} beside the champion.")


def _window(asked_for: TrainingWindow | Context) -> dict[str, str]:
    return {
        "until": f"{asked_for.until:%Y-%m-%d}",
        "horizon": f"{asked_for.horizon_days}d",
        "active_within": f"{asked_for.active_within_days}d",
    }
