"""`perennial monitor`: look at what serves, write what was found, tell it, and end with what a scheduler acts on."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from features.clocks import parse_date
from features.engine import Engine
from features.errors import PerennialError
from features.ingest.source.config import read_config
from features.shop import Shop
from operations import home
from operations.monitor.announce import WebhookError, log_to_mlflow, post, write_metrics
from operations.monitor.findings import EXPECTED, OUTCOMES, Figure, Findings
from operations.monitor.monitor import monitor
from operations.monitor.report import write_report
from operations.monitor.wording import LANGUAGES, Wording, wording
from operations.night.retraining import asks_for_training
from operations.night.snapshot import snapshot_cutoff
from operations.night.tonight import refuse_future
from perennial.models.fitting import train_tasks
from perennial.nights.batch import ends_today
from perennial.opening import cutoff_of, engine_named, reading_shop
from perennial.terminal.printing import heading, say, table
from perennial.terminal.progress import progress_bar
from scoring.processors import threads
from training.evaluation.metrics.measures import measure, written
from training.tracking import registry
from training.tracking.store import Mlruns, holds_runs


def monitor_shop(
    path: Path,
    at: str | None,
    language: str,
    mlruns: Mlruns,
    engine_name: str,
    *,
    today: str | None = None,
    act: bool = False,
) -> None:
    """Look, write, tell; with `act` also train challengers of the models that were found off.

    Raises
    ------
    PerennialError      if the language is unknown
    SystemExit          with the code of the most urgent finding, where one asks for anything
    """
    if language not in LANGUAGES:
        raise PerennialError(f"--language {language} is not known. Choose one of {', '.join(LANGUAGES)}.")
    with reading_shop(path) as shop, closing(engine_named(engine_name)) as engine:
        cutoff = _cutoff(shop, at, today)
        found = look(shop, cutoff, language, mlruns, engine)
        due, waiting = asks_for_training(found, shop, mlruns=mlruns) if act else ([], [])
    if act:
        _train(path, due, waiting, wording(language), mlruns, engine_name)
    if found.exit_code:
        raise SystemExit(found.exit_code)


def _train(
    path: Path, due: Sequence[str], waiting: Sequence[str], words: Wording, mlruns: Mlruns, engine_name: str
) -> None:
    """Challengers, asked as their champions are; nothing that serves changes."""
    for task in waiting:
        say(words.words["act_waits"].format(task=task))
    if not due and not waiting:
        say(words.words["act_nothing"])
    for task in due:
        champion = registry.champions(read_config(path).name, mlruns=mlruns)[task]
        model = registry.load_model(champion, mlruns=mlruns)
        horizon, active = f"{model.horizon_days}d", f"{model.active_within_days}d"
        train_tasks(path, task, None, horizon, active, mlruns, engine_name)


def look(shop: Shop, cutoff: datetime, language: str, mlruns: Mlruns, engine: Engine) -> Findings:
    """Look at what serves; write, log, tell and send what was found, as the verb and the night both do."""
    with progress_bar() as progress:
        found = monitor(shop, cutoff, mlruns=mlruns, engine=engine, threads=threads(), progress=progress)
    report = write_report(found, home.looks(shop, cutoff))
    write_metrics(shop, found)
    if holds_runs(mlruns):
        log_to_mlflow(found, mlruns=mlruns)
    tell(found, wording(language))
    say(wording(language).words["written"].format(path=report))
    _post(found)
    return found


def _post(found: Findings) -> None:
    """A hook that fails is told and changes nothing: the findings are written."""
    try:
        post(found)
    except WebhookError as error:
        say(str(error), "yellow")


def _cutoff(shop: Shop, at: str | None, today: str | None) -> datetime:
    """The one given, else the last night's, else the last midnight not after the newest row."""
    if at is None:
        return snapshot_cutoff(shop) or cutoff_of(shop, None)
    cutoff = parse_date(at)
    refuse_future(cutoff, ends_today(shop, today))
    return cutoff


def tell(found: Findings, words: Wording) -> None:
    """Print findings, figures and what was not looked at."""
    say(words.words["title"].format(shop=found.shop, at=f"{found.at:%Y-%m-%d}"), "bold")
    rows = [(words.advice[one.advice], words.sentence(one)) for one in found.findings]
    if rows:
        table((words.words["advice"], words.words["finding"]), rows)
    for check, title in ((OUTCOMES, "figures"), (EXPECTED, "promises")):
        _tell_figures([one for one in found.figures if (one.check, one.grouping) == (check, "all")], title, words)
    if found.shifts:
        alarms = sum(one.alarm for one in found.shifts)
        say()
        say(words.words["compared"].format(alarms=alarms, columns=len(found.shifts)))
    if found.not_checked:
        heading(words.words["not_checked"])
        table(("", ""), [(_subject(what, words), words.reason(why)) for what, why in found.not_checked.items()])
    say()
    say(
        words.words["to_do"].format(advice=words.advice[found.advice]) if found.exit_code else words.words["nothing"],
        "bold",
    )


def _tell_figures(figures: Iterable[Figure], title: str, words: Wording) -> None:
    figures = list(figures)
    for as_of in sorted({one.as_of for one in figures}):
        heading(words.words[title].format(as_of=as_of))
        rows = [
            (one.task, measure(one.metric).title, _with_interval(one), written(one.metric, one.expected))
            for one in figures
            if one.as_of == as_of
        ]
        table(tuple(words.words[name] for name in ("task", "metric", "found", "expected")), rows)


def _with_interval(one: Figure) -> str:
    return f"{written(one.metric, one.found)} ({written(one.metric, one.low)} to {written(one.metric, one.high)})"


def _subject(what: str, words: Wording) -> str:
    check, _, subject = what.partition(":")
    return f"{words.checks[check]}, {subject}" if subject else words.checks[check]
