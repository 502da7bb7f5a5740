"""The nightly run: one build of features gives the scores' files and the snapshot the service looks customers up in."""

from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from features.build.store import FeatureStore
from features.engine import Engine, opened
from features.progress import Progress, silent
from features.shop import Shop
from operations import home
from operations.deciding.contacts import looked_back
from operations.deciding.decide import NightDecisions, decide_all
from operations.deciding.decision_files import write_decisions, write_policy
from operations.deciding.effects import learnt_effects
from operations.deciding.overtaken import is_same, refuse_overtaken
from operations.deciding.plan import columns_of_plan, shop_plan
from operations.deciding.replaced import keep_replaced
from operations.night.archive import move_old
from operations.night.customer_facts import facts_of
from operations.night.night_guard import refuse_less, remember
from operations.night.snapshot import is_older, write_with_decisions
from operations.night.tables import files_of_night, tables_of_night
from operations.score import Batch, score_all
from operations.score_files import refuse_unwritable, write_scores
from scoring.release import ReleasedModel
from serving.snapshot.snapshot import CustomerFacts
from serving.state.database import State
from serving.state.received import Written
from serving.state.schema import database_of

KEPT = 3  # snapshots; workers that still read an older one finish on it


@dataclass(frozen=True)
class Night:
    """What a nightly run left behind.

    Attributes
    ----------
    files, decision_files : dict    "parquet", "csv", "manifest" → path; no decisions where nothing is served
    snapshot : Path or None         None when a newer one is there already
    decided : NightDecisions or None       what to do about everybody; None where nothing is served
    waiting : str                   what callers wrote that waits for a later night, "" when nothing does
    """

    batch: Batch
    files: Mapping[str, Path]
    snapshot: Path | None
    decided: NightDecisions | None = None
    decision_files: Mapping[str, Path] = field(default_factory=dict)
    waiting: str = ""


def run(
    shop: Shop,
    cutoff: datetime,
    models: Mapping[str, ReleasedModel],
    out: Path,
    *,
    serve: bool,
    latest: datetime | None = None,
    accept: bool = False,
    also: Collection[str] = (),
    budget: float | None = None,
    decisions_out: Path | None = None,
    engine: Engine | None = None,
    threads: int = 1,
    progress: Progress = silent,
) -> Night:
    """Score every customer and write the files; with `serve`, also decide for everybody and write the snapshot.

    What callers told the service before the cutoff counts with what the exports say.
    A snapshot older than the current one is not written: the service never goes back in time.

    Parameters
    ----------
    latest : the midnight that ends the shop's today; a snapshot from beyond it, a mistake, does not count as newer
    accept : go on although the shop got much less than last night
    also : names of further columns the snapshot shall hold
    budget : instead of the one in shop.toml, in money
    decisions_out : where decisions are written besides their place under home

    Raises
    ------
    FilesBusyError   if another night is under way, or something else for longer than ten minutes
    DataError        if the shop got much less than last night (operations.night.night_guard), or newer
                     decisions were made without these (operations.deciding.overtaken)
    """
    plan = shop_plan(shop) if budget is None else replace(shop_plan(shop), budget=budget)
    for place in filter(None, (out, decisions_out)):
        refuse_unwritable(place)
    with files_of_night(shop), opened(engine) as running:
        tables = tables_of_night(shop, cutoff, running)
        written, linked = tables.written, tables.linked
        batch = _scored(tables.settled, cutoff, models, {*also, *columns_of_plan(plan)}, running, threads, progress)
        wanted = serve and _wanted(shop, batch, latest, accept=accept)
        progress("writing scores")
        files = write_scores(batch, out)
        if not serve:
            batch.parts.forget()
            return Night(batch, files, None, waiting=written.waiting)
        facts = facts_of(batch, running, progress)
        progress("deciding")
        learnt = learnt_effects(tables.merged, cutoff, next(iter(models.values())).model.horizon_days, running)
        decided = decide_all(batch, facts, plan, linked, running, learnt)
        decisions, snapshot = _written(decided, facts, decisions_out, latest, accept=accept), None
        if wanted:
            snapshot = write_with_decisions(decided, facts, linked, written, running, progress)
            remember(shop, len(batch))
            _archive(shop, cutoff, written, looked_back(plan))
        batch.parts.forget()
    return Night(batch, files, snapshot, decided, decisions, written.waiting)


def _scored(
    shop: Shop,
    cutoff: datetime,
    models: Mapping[str, ReleasedModel],
    also: Collection[str],
    engine: Engine,
    threads: int,
    progress: Progress,
) -> Batch:
    """Everybody scored; features are kept from night to night, finished parts until the night has ended."""
    return score_all(
        shop,
        cutoff,
        models,
        store=FeatureStore(home.features(shop)),
        also=also,
        engine=engine,
        threads=threads,
        progress=progress,
        unfinished=home.unfinished(shop),
    )


def _wanted(shop: Shop, batch: Batch, latest: datetime | None, *, accept: bool) -> bool:
    """Whether a snapshot is to be written: refused where the shop got much less, unless that is accepted."""
    if is_older(shop, batch.cutoff, latest):
        return False
    if not accept:
        refuse_less(shop, len(batch))
    return True


def _written(
    decided: NightDecisions, facts: CustomerFacts, beside: Path | None, latest: datetime | None, *, accept: bool
) -> Mapping[str, Path]:
    """Write the policy and the decisions under home, and the decisions where they were also asked for."""
    shop, cutoff = decided.batch.shop, decided.batch.cutoff
    if not accept:
        refuse_overtaken(decided, latest, looked_back(decided.menu.plan))
    if not is_same(decided):
        keep_replaced(shop, cutoff)
    write_policy(decided, home.policy(shop, cutoff))
    paths = write_decisions(decided, facts, home.decisions(shop, cutoff))
    return write_decisions(decided, facts, beside) if beside else paths


def _archive(shop: Shop, cutoff: datetime, written: Written, needed: int) -> None:
    """Move what the service's database holds for longer than the shop says into files."""
    if database_of(home.state(shop)) is not None:
        with closing(State(home.state(shop))) as state:
            move_old(shop, state, cutoff, events_until=written.events_until, looked_back=needed)
