"""`perennial train --tune`: search before the fit, say what was found, and log it within the run."""

from dataclasses import dataclass, replace

from perennial.terminal.printing import heading, say
from perennial.terminal.progress import progress_bar
from scoring.clock import now
from training.backtest.context import Context
from training.tasks.catalogue import TASKS
from training.tasks.own import task_of
from training.tasks.tuning import tune
from training.tasks.tuning_result import TriedSettings, Tuning
from training.tracking import runs
from training.tracking.record import Child
from training.tracking.runs import Logged
from training.tracking.store import Mlruns

TUNABLE = tuple(name for name, task in TASKS.items() if task.targets)


@dataclass(frozen=True)
class Searched:
    """What a search found, and when it began, in seconds since the epoch."""

    found: Tuning
    began: float


def tuned(task: str, context: Context, minutes: float) -> tuple[Context, Searched]:
    """Search, and say what came of it; the context trains with what was taken."""
    began = now().timestamp()
    with progress_bar() as progress:
        found = tune(replace(context, task=task_of(task, context.shop), progress=progress), minutes)
    heading(f"{task}: tuning")
    say(
        f"  {len(found.trials)} trials in {found.minutes:.1f} minutes, {found.pruned} of them pruned. Losses are those "
        f"of the folds, the default's is 1."
    )
    say(f"  Seeds alone move the default by {found.spread:.4f} ({len(found.defaults)} seeds).")
    say(f"  {_verdict(found)}")
    return replace(context, boosting={**context.boosting, **found.settings}), Searched(found, began)


def log_tuning(searched: Searched, logged: Logged, mlruns: Mlruns) -> None:
    """The search's figures on the run, its trials as runs within."""
    found, began = searched.found, searched.began
    figures = {"gain": found.gain, "seed_spread": found.spread, "trials": len(found.trials), "pruned": found.pruned}
    taken = {name: _number(value) for name, value in found.settings.items()} or {"settings": "default"}
    children = [
        *(_child(f"default, seed {one.settings['seed']:g}", one, began) for one in found.defaults),
        *(_child(f"trial {number}", one, began) for number, one in enumerate(found.trials)),
        *(_child(f"best, seed {one.settings['seed']:g}", one, began) for one in found.best),
    ]
    runs.log_within(
        logged.run_id,
        children,
        parameters={f"tuning.{name}": value for name, value in taken.items()},
        metrics={f"tuning.{name}": float(value) for name, value in (figures | {"minutes": found.minutes}).items()},
        mlruns=mlruns,
    )


def _verdict(found: Tuning) -> str:
    if not found.best:
        return "No trial ended in time that could be compared: the default stays. Give it more minutes."
    seeds = f"over {len(found.best)} seeds"
    if found.taken:
        told = ", ".join(f"{name} {_number(value)}" for name, value in found.settings.items())
        return f"The best gains {found.gain:.4f} {seeds}, more than that: taken ({told})."
    if len(found.best) < len(found.defaults):
        return f"The best gains {found.gain:.4f} {seeds}, too few to tell: the default stays. Give it more minutes."
    return f"The best gains {found.gain:.4f} {seeds}, no more than that: the default stays."


def _child(title: str, one: TriedSettings, began: float) -> Child:
    parameters = {name: _number(value) for name, value in one.settings.items()}
    return Child(title, parameters, one.by_fold, one.loss, not one.pruned, began + one.started, one.seconds)


def _number(value: float) -> str:
    return f"{value:.4g}"
