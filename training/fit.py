"""`fit`: from a shop and a day to a model on disk with the evidence for judging it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.build.store import FeatureStore
from features.clocks import midnight
from features.engine import Engine, opened
from features.feasts import moveable_feasts
from features.progress import Progress, silent
from features.shop import Shop
from scoring.release import Model, read_model, write_model
from training.backtest.context import Context, Seconds, answers_of
from training.data.cutoffs import plan
from training.data.dataset import load
from training.data.horizon import KnownOrders, propose, span
from training.data.labels import purchase_labels
from training.data.sampling import MOST_ROWS
from training.data.stretches import stretches
from training.evaluation.folds import PREPARED, Fitted
from training.learners.boosting_settings import checked_settings
from training.learners.model_kinds import pace_columns
from training.level.periods import Periods
from training.level.trips import trips_before
from training.task import Task
from training.tasks.churn import CHURN
from training.tasks.own import task_of


def fit(
    task: str | Task,
    shop: Shop,
    until: datetime,
    *,
    folder: Path,
    horizon_days: int | None = None,
    active_within_days: int | None = None,
    engine: Engine | None = None,
    store: FeatureStore | None = None,
    threads: int = 1,
    git_commit: str = "",
    created_at: str = "",
    trusted: Sequence[str] = (),
    settings: Mapping[str, float] | None = None,
    progress: Progress = silent,
) -> Fitted:
    """Train a task's model on what was known before `until`, and judge it on cutoffs it has not seen.

    Parameters
    ----------
    task : str or Task
    shop : Shop
    until : datetime                   local midnight; no row known on or after it is seen
    folder : Path                      where model.json and the boosters are written
    horizon_days, active_within_days : int, optional
        what shop.toml says, else what the customers' rhythm proposes
    engine : Engine, optional          DuckDB by default
    store : FeatureStore, optional     keeps built features from run to run
    threads : int                      LightGBM's
    git_commit, created_at : str       written into the model
    trusted : sequence of str          columns that may tell the outcome alone: someone has made sure that they are
                                       known before the cutoff
    settings : mapping, optional       of boosting, other than shop.toml's under [train] and ours

    Raises
    ------
    LeakError       if another column alone tells the outcome
    TaskError       if the shop's data cannot answer the task, or the history is too short
    CutoffError     if `until` is not a midnight
    """
    task = task if isinstance(task, Task) else task_of(task, shop)
    with opened(engine) as running:
        context = prepare(
            shop,
            until,
            horizon_days=horizon_days or task.horizon_days,
            active_within_days=active_within_days or task.active_within_days,
            engine=running,
            store=store,
            threads=threads,
            trusted=trusted,
            settings=settings,
            progress=progress,
        )
        return fit_prepared(task, context, folder=folder, git_commit=git_commit, created_at=created_at)


def fit_prepared(
    task: str | Task, context: Context, *, folder: Path, git_commit: str = "", created_at: str = ""
) -> Fitted:
    """`fit` on rows that `prepare` has built, so that several tasks share them."""
    task = task if isinstance(task, Task) else task_of(task, context.shop)
    context = labelled(task, replace(context, seconds=Seconds(dict(context.seconds.steps)), beside={}, drawn={}))
    learned = task.learn(context)
    model = replace(
        learned.model,
        percentiles=_percentiles(context, learned.model),
        git_commit=git_commit,
        created_at=created_at,
    )
    sha256s = write_model(model, learned.boosters, folder)
    return Fitted(
        model=read_model(folder, sha256s),
        folder=folder,
        sha256s=sha256s,
        evaluation=learned.evaluation,
        dataset_digest=context.data.digest(*(context.labels[name] for name in sorted(context.labels))),
        rows=len(context.data.spine),
        sample=context.data.taken.sample(context.labels) if context.data.taken else None,
        seconds=dict(context.seconds.steps),
        settings=dict(context.boosting),
    )


def prepare(
    shop: Shop,
    until: datetime,
    *,
    engine: Engine,
    horizon_days: int | None = None,
    active_within_days: int | None = None,
    store: FeatureStore | None = None,
    threads: int = 1,
    trusted: Sequence[str] = (),
    settings: Mapping[str, float] | None = None,
    progress: Progress = silent,
    most_rows: int = MOST_ROWS,
) -> Context:
    """Build the rows every task learns from; the engine must stay open while fitting.

    Arguments as for `fit`; where there are more than `most_rows`, about so many are taken.
    """
    seconds = Seconds()
    horizon, active, known = _window_of(shop, until, horizon_days, active_within_days, engine)
    cutoffs = plan(known.first, until, horizon, active, lag_days=known.lag_days)
    cutoffs = cutoffs.outside(stretches(shop, until, engine=engine))
    features, outcomes = PREPARED
    with seconds.of(features):
        data = load(
            shop, cutoffs.training, until, horizon_days=horizon, active_within_days=active, engine=engine,
            store=store, progress=progress, most_rows=most_rows,
        )  # fmt: skip
    with seconds.of(outcomes):
        progress("looking at what happened next")
        labels = purchase_labels(shop, data.spine, horizon, until, engine=engine)
        periods = Periods(trips_before(shop, until, engine), horizon, known.lag_days, moveable_feasts(shop.country))
    pace = pace_columns(data.columns, active, horizon)
    return Context(
        task=CHURN,
        shop=shop,
        until=until,
        horizon_days=horizon,
        active_within_days=active,
        plan=cutoffs.among(data.spine.cutoffs),
        data_from=midnight(known.first),
        engine=engine,
        data=data,
        labels=labels,
        pace=pace,
        pace_days=_window(pace["shopping_days"]),
        yearly_spend="spend_365d",
        threads=threads,
        trusted=tuple(trusted),
        progress=progress,
        seconds=seconds,
        boosting=checked_settings({**shop.settings.train, **(settings or {})}),
        periods=periods,
    )


def _window_of(
    shop: Shop, until: datetime, horizon_days: int | None, active_within_days: int | None, engine: Engine
) -> tuple[int, int, KnownOrders]:
    """Horizon and activity window, with the orders known: the rhythm is asked only where nobody has named both."""
    if horizon_days and active_within_days:
        return horizon_days, active_within_days, span(shop, until, engine=engine)
    proposal = propose(shop, until, engine=engine)
    return horizon_days or proposal.horizon_days, active_within_days or proposal.active_within_days, proposal.known


def labelled(task: Task, context: Context) -> Context:
    """The rows with the task's own outcomes; those that the built-in tasks share are there already."""
    if task.labels is purchase_labels:
        return replace(context, task=task)
    args = context.shop, context.data.spine, context.horizon_days, context.until
    own = task.labels(*args, engine=context.engine)
    return replace(context, task=task, labels={**context.labels, **own})


def _percentiles(context: Context, model: Model) -> tuple[float, ...]:
    """The first answer's distribution over the customers active at the newest training cutoff; none for products."""
    if not context.task.per_customer:
        return ()
    rows = context.data.at(context.plan.training[-1])
    answers: dict[str, NDArray[np.float64]] = answers_of(context, model, context.data.narrowed(set(model.inputs)), rows)
    return tuple(np.quantile(next(iter(answers.values())), np.linspace(0, 1, 101)).tolist())


def _window(name: str) -> int:
    return int(name.rsplit("_", 1)[1][:-1])
