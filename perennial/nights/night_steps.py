"""`perennial nightly`: the whole night as steps of a ledger, for cron to run once and a person to run again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import typer

from decisions.allocation.arms import NOTHING
from features.clocks import parse_date, parse_days
from features.engine import DuckDB
from features.ingest.source.config import read_config
from features.shop import Shop
from operations import home
from operations.deciding.plan import shop_plan
from operations.monitor import findings
from operations.monitor.report import sentences
from operations.monitor.wording import wording
from operations.night import nightly
from operations.night.ledger import DONE, FAILED, RUNNING, Entry, Ledger, Step, Told, failed, forget_old, run_steps
from operations.night.retraining import why_due
from operations.night.snapshot import snapshot_cutoff
from operations.night.tonight import end_of_today_in
from operations.provenance import code_digest
from operations.publish import LANGUAGES, refuse_other_models
from operations.report import journey_pages, write_pages
from operations.score import waiting_features
from perennial.models.fitting import train_tasks
from perennial.nights.batch import cutoff_and_models, tell
from perennial.nights.deciding import tell as tell_decided
from perennial.nights.monitoring import look
from perennial.opening import cutoff_of, opened_shop, reading_shop, until_of
from perennial.terminal.errors import sentence
from perennial.terminal.printing import counted, say
from perennial.terminal.progress import progress_bar
from scoring.processors import threads
from scoring.release import ReleasedModel
from serving.state.files_lock import NIGHT, changing_files
from serving.state.received import read_written
from training.tracking.store import Mlruns

SCORE, RETRAIN = "score", "retrain"
FAILED_CODE, ALARM_CODE = 1, 4  # 2 and 3 are what a person can mend, and data that break their contract


@dataclass(frozen=True)
class NightAsked:
    """What a night is asked for.

    Attributes
    ----------
    path : the shop's folder
    ends : the midnight that ends the night's day
    retrain_days : age from which models are trained again; None never does
    accept : go on although the shop got much less than last night
    """

    path: Path
    ends: datetime
    mlruns: Mlruns
    retrain_days: int | None
    accept: bool


def run_night(
    path: Path, today: str | None, mlruns: Mlruns, retrain_after: str, *, accept: bool, explain: bool
) -> None:
    """Do the night, or tell how far it came; the exit code says what a scheduler should know.

    Raises
    ------
    FilesBusyError      if another one is under way
    typer.Exit          1 a step failed, 4 all done but somebody should look
    """
    days = None if retrain_after == "never" else parse_days(retrain_after)
    day = parse_date(today).date() if today else None
    asked = NightAsked(path, end_of_today_in(read_config(path).timezone, day), mlruns, days, accept)
    folder = home.state_of(path) / "nightly"
    ledger, steps = Ledger(folder / f"{asked.ends:%Y-%m-%d}.json"), NightWork(asked).steps
    if explain:
        tell_plan(asked, ledger, steps)
        return
    home.refuse_another(path)
    with changing_files(folder, NIGHT):
        entries = run_steps(ledger, steps, _tell, sentence)
        forget_old(folder)
    _end(entries, asked)


class NightWork:
    """The work behind the steps; the shop is opened once, by the first of them."""

    def __init__(self, asked: NightAsked) -> None:
        self._asked = asked
        self._shop: Shop | None = None

    @property
    def steps(self) -> list[Step]:
        """In the order they are done."""
        score = "merge what callers sent; build features, score, decide, write the snapshot"
        watch = "judge earlier scores by what happened, look for drift and missing deliveries"
        retrain = "train again when due; what comes out waits for a reviewer"
        report = "write the journey's report in both languages"
        return [
            Step("import", "read the exports and check them", _always, self._import),
            Step(SCORE, score, self._depends, self._score, ("import",), self._stands),
            Step("monitor", watch, self._depends, self._monitor, (SCORE,)),
            Step(RETRAIN, retrain, _always, self._retrain, (SCORE,)),
            Step("report", report, self._depends, self._report, (SCORE,), self._reported),
        ]

    @property
    def shop(self) -> Shop:
        """The shop as this night imported it."""
        assert self._shop is not None  # every other step needs the import
        return self._shop

    @cached_property
    def _answering(self) -> tuple[datetime, Mapping[str, ReleasedModel]]:
        """The cutoff and the champions, which the release holds as well."""
        cutoff, models = cutoff_and_models(self.shop, None, self._asked.ends, None, mlruns=self._asked.mlruns)
        refuse_other_models(self.shop, models)
        return cutoff, models

    def _import(self) -> Told:
        self._shop = shop = opened_shop(self._asked.path)
        shop_plan(shop)  # a mistake in shop.toml is told before the long work
        refused = sum(one.quarantined for one in shop.reconciliation)
        rows = ", ".join(f"{count:,} {name}" for name, count in shop.rows.items())
        looks = sum(one.severity == "warning" for one in shop.findings)
        told = f"{rows}; newest order known {shop.newest_known_at:%Y-%m-%d %H:%M}; {counted(refused, 'row')} refused"
        return Told(f"{told}; {counted(looks, 'thing')} to look at, see perennial check" if looks else told)

    def _depends(self) -> str:
        """Everything the score files, the decisions and the snapshot follow from."""
        cutoff, models = self._answering
        written = read_written(home.state(self.shop), cutoff)
        says = {
            "shop": self.shop.digest,
            "cutoff": cutoff.isoformat(),
            "models": {task: released.digest for task, released in models.items()},
            "written": [written.events_until, written.consents_until],
            "code": code_digest(self.shop.extension.digest),
        }
        return hashlib.sha256(json.dumps(says, sort_keys=True).encode()).hexdigest()

    def _stands(self) -> bool:
        return snapshot_cutoff(self.shop) is not None

    def _score(self) -> Told:
        cutoff, models = self._answering
        with closing(DuckDB()) as engine, progress_bar() as progress:
            night = nightly.run(
                self.shop,
                cutoff,
                models,
                home.scores(self.shop, cutoff),
                serve=True,
                latest=self._asked.ends,
                accept=self._asked.accept,
                also=waiting_features(self.shop, mlruns=self._asked.mlruns),
                engine=engine,
                threads=threads(),
                progress=progress,
            )
        tell(night)
        if night.decided is None:
            return Told(f"{counted(len(night.batch), 'customer')} as of {cutoff:%Y-%m-%d}")
        tell_decided(night.decided, self.shop)
        acted = int((night.decided.shared.chosen.choice != NOTHING).sum())
        told = f"{counted(len(night.batch), 'customer')} as of {cutoff:%Y-%m-%d}, {acted:,} given something"
        return Told(f"{told}; {night.waiting}" if night.waiting else told, alarm=bool(night.waiting))

    def _monitor(self) -> Told:
        cutoff, _ = self._answering
        with reading_shop(self._asked.path) as shop, closing(DuckDB()) as engine:
            found = look(shop, cutoff, "en", self._asked.mlruns, engine)
        if not found.exit_code:
            return Told("nothing is to be done")
        advice = wording("en").advice[found.advice]
        return Told(f"{counted(len(found.findings), 'finding')}, the most urgent: {advice}", alarm=True)

    def _reasons(self, cutoff: datetime) -> list[str]:
        """What monitoring found that asks for training."""
        return sentences(home.looks(self.shop, cutoff), findings.RETRAIN, "en")

    def _retrain(self) -> Told:
        if self._asked.retrain_days is None:
            return Told("switched off")
        cutoff, models = self._answering
        days, mlruns = self._asked.retrain_days, self._asked.mlruns
        why = why_due(self.shop, until_of(self.shop, None), days, self._reasons(cutoff), mlruns=mlruns)
        if not why:
            return Told("not due")
        for task in models:
            train_tasks(self._asked.path, task, None, None, None, self._asked.mlruns, "duckdb")
        return Told(f"{why}: trained again; perennial review compares what waits with what serves")

    def _report(self) -> Told:
        _, models = self._answering
        model = next(iter(models.values())).model
        with reading_shop(self._asked.path) as shop, closing(DuckDB()) as engine, progress_bar() as progress:
            at = cutoff_of(shop, None)
            pages = journey_pages(
                shop,
                at,
                None,
                LANGUAGES,
                model.horizon_days,
                model.active_within_days,
                engine=engine,
                progress=progress,
            )
            written = write_pages(shop, at, pages, self._asked.mlruns)
        return Told(", ".join(str(path) for path in written.values()))

    def _reported(self) -> bool:
        at = cutoff_of(self.shop, None)
        return all(home.report(self.shop, at, language).is_file() for language in LANGUAGES)


def tell_plan(asked: NightAsked, ledger: Ledger, steps: Sequence[Step]) -> None:
    """Print what the night does, what ran, what failed and why: a line a step."""
    say(f"The night that ends {asked.ends:%Y-%m-%d} of {asked.path}:")
    for step in steps:
        entry = ledger.entry(step.name)
        told = step.about if entry is None else f"{_state(entry)}: {entry.told or step.about}"
        say(f"  {step.name:8} {told}")
    todo = [step.name for step in steps if (entry := ledger.entry(step.name)) is None or entry.state != DONE]
    say(f"A run now would do: {', '.join(todo) or 'only what changed since'}.")


def _always() -> str:
    return ""


def _tell(step: Step, entry: Entry) -> None:
    say(f"{step.name:8} {_state(entry)}: {entry.told}", "red" if entry.state == FAILED else "")


def _state(entry: Entry) -> str:
    if entry.state == RUNNING:
        return f"began at {entry.began}, has not ended (or was cut off)"
    when = f" at {entry.ended}" if entry.ended else ""
    return f"{entry.state}{when}{', look at it' if entry.alarm and entry.state == DONE else ''}"


def _end(entries: Sequence[Entry], asked: NightAsked) -> None:
    if failed(entries):
        say(
            f"Run again to go on where it ended; perennial nightly --shop {asked.path} --explain tells how far it came."
        )
        raise typer.Exit(FAILED_CODE)
    if any(entry.alarm for entry in entries):
        raise typer.Exit(ALARM_CODE)
