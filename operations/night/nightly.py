"""The nightly run: one build of features gives the scores' files and the snapshot the service looks customers up in."""

import json
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from decisions.channels import Channel
from features.build.store import FeatureStore
from features.engine import Engine, opened
from features.identity.settle import settle
from features.products.own_and_popular import last_stores
from features.progress import Progress, silent
from features.reach.allowed_channels import allowed_channels, best_hours, withdrawn_profiling
from features.reach.best_hours import hours_by_weekday
from features.shop import Shop
from operations import home
from operations.deciding.contacts import looked_back
from operations.deciding.decide import Night as Decided
from operations.deciding.decide import decide_all
from operations.deciding.decision_files import decision_table, write_decisions, write_policy
from operations.deciding.effects import learnt_effects
from operations.deciding.plan import columns_of_plan, shop_plan
from operations.night.archive import move_old, with_archived
from operations.night.merge_events import absorb
from operations.night.night_guard import refuse_less, remember
from operations.score import Batch, score_all
from operations.score_files import refuse_unwritable, run_key, write_scores
from scoring.release import ReleasedModel
from serving.snapshot.candidates import write_candidates
from serving.snapshot.decided import write_decided
from serving.snapshot.snapshot import NO_HOUR, NO_STORE, Facts
from serving.snapshot.write import point_to, write_snapshot
from serving.state.database import State
from serving.state.erase_files import sweep
from serving.state.erasure import settle_holding_lock
from serving.state.files_lock import NIGHT, changing_files
from serving.state.received import Written, read_written
from serving.state.schema import database_of
from training.data.candidates import candidates_at
from training.data.candidates import places as places_of
from training.data.labels import answering_kinds

_PATIENCE = 600.0  # seconds to wait for an import or erasures that are under way
KEPT = 3  # snapshots; workers that still read an older one finish on it


@dataclass(frozen=True)
class Night:
    """What a nightly run left behind.

    Attributes
    ----------
    files, decision_files : dict    "parquet", "csv", "manifest" → path; no decisions where nothing is served
    snapshot : Path or None         None when a newer one is there already
    decided : Decided or None       what to do about everybody; None where nothing is served
    waiting : str                   what callers wrote that waits for a later night, "" when nothing does
    """

    batch: Batch
    files: Mapping[str, Path]
    snapshot: Path | None
    decided: Decided | None = None
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
    DataError        if the shop got much less than last night (operations.night.night_guard)
    """
    plan = shop_plan(shop)
    if budget is not None:
        plan = replace(plan, budget=budget)
    for place in (out, *([decisions_out] if decisions_out else [])):
        refuse_unwritable(place)
    with changing_files(home.state(shop), NIGHT, seconds=_PATIENCE), _settled(shop), opened(engine) as running:
        written = with_archived(shop, read_written(home.state(shop), cutoff))
        absorbed = absorb(shop, written, running)
        full, linked = settle(absorbed, cutoff, engine=running)
        also = {*also, *columns_of_plan(plan)}
        store = FeatureStore(home.features(shop))
        batch = score_all(
            full, cutoff, models, store=store, also=also, engine=running, threads=threads, progress=progress
        )
        wanted = serve and not _older(shop, cutoff, latest)
        if wanted and not accept:
            refuse_less(shop, len(batch))
        progress("writing scores")
        files = write_scores(batch, out)
        if not serve:
            return Night(batch, files, None, waiting=written.waiting)
        progress("gathering channels, stores and hours")
        facts = facts_of(batch, running)
        progress("deciding")
        learnt = learnt_effects(absorbed, cutoff, next(iter(models.values())).model.horizon_days, running)
        decided = decide_all(batch, facts, plan, linked, running, learnt)
        table = decision_table(decided, facts)
        write_policy(decided, home.policy(shop, cutoff))
        decisions = write_decisions(decided, table, home.decisions(shop, cutoff))
        if decisions_out:
            decisions = write_decisions(decided, table, decisions_out)
        snapshot = _snapshot(decided, facts, linked, written, running, progress) if wanted else None
        if snapshot is not None:
            remember(shop, len(batch))
            _archive(shop, cutoff, written, looked_back(plan))
    return Night(batch, files, snapshot, decided, decisions, written.waiting)


@contextmanager
def _settled(shop: Shop) -> Iterator[None]:
    """Finish erasures that wait: before the work, so that it need not be undone, and those asked for meanwhile.

    What a killed night left half done goes first: it is nobody's, and people stand in it.
    """
    sweep(home.places(shop))
    folder = home.state(shop)
    if database_of(folder) is None:
        yield
        return
    with closing(State(folder)) as state:
        settle_holding_lock(state, home.places(shop))
        try:
            yield
        finally:
            with suppress(OSError, sqlite3.Error):  # they wait for the next one; the night's own end is what is told
                settle_holding_lock(state, home.places(shop))


def _archive(shop: Shop, cutoff: datetime, written: Written, needed: int) -> None:
    """Move what the service's database holds for longer than the shop says into files."""
    if database_of(home.state(shop)) is not None:
        with closing(State(home.state(shop))) as state:
            move_old(shop, state, cutoff, events_until=written.events_until, looked_back=needed)


def snapshot_cutoff(shop: Shop) -> datetime | None:
    """The cutoff of the snapshot the service reads now."""
    try:
        root = home.snapshots(shop)
        pointer = json.loads((root / "current.json").read_bytes())
        manifest = json.loads((root / pointer["snapshot"] / "manifest.json").read_bytes())
        return datetime.fromisoformat(manifest["cutoff"])
    except (OSError, ValueError, KeyError):
        return None


def _older(shop: Shop, cutoff: datetime, latest: datetime | None) -> bool:
    current = snapshot_cutoff(shop)
    return current is not None and cutoff < current and (latest is None or current <= latest)


def _snapshot(
    decided: Decided, facts: Facts, linked: Mapping[str, str], written: Written, engine: Engine, progress: Progress
) -> Path:
    """Write the snapshot with its candidates and decisions, then let the pointer name it."""
    batch = decided.batch
    root = home.snapshots(batch.shop)
    name = f"{batch.cutoff:%Y-%m-%d}-{run_key(batch)[:8]}"
    asked = set(batch.customer_ids.to_pylist())
    folder = write_snapshot(
        root,
        name,
        shop=home.key(batch.shop),
        cutoff=batch.cutoff,
        ids=batch.customer_ids.to_pylist(),
        columns=batch.columns,
        matrix=batch.matrix,
        facts=facts,
        level=batch.level,
        history=batch.shop.data,
        events_until=written.events_until,
        consents_until=written.consents_until,
        linked={other: person for other, person in linked.items() if person in asked},
    )
    margin = batch.shop.settings.margin
    write_decided(
        folder, decided.customers, decided.shared.chosen, decided.menu, decided.setting, margin, decided.learnt
    )
    if batch.shop.has("order_lines"):
        progress("gathering products to recommend")
        write_candidates(
            folder, candidates_at(batch.shop, batch.cutoff, batch.customer_ids, facts.stores, engine=engine)
        )
    point_to(root, folder.name)
    _forget_old(root, folder.name)
    return folder


def facts_of(batch: Batch, engine: Engine) -> Facts:
    """Channels that may be used, the last store and the best hour, one entry a customer."""
    allowed = allowed_channels(batch.shop, batch.cutoff, engine=engine)
    withdrawn = withdrawn_profiling(batch.shop, batch.cutoff, engine=engine)
    found = {one for table in (allowed, withdrawn) for one in pc.unique(table["channel"]).to_pylist()}
    stated = [channel for channel in batch.shop.settings.channels.contact if channel in found]
    channels = (*stated, *sorted(found - set(stated)))
    stores, store = _last_store(batch, engine)
    bits, withheld = (_bits(table, channels, batch.customer_ids) for table in (allowed, withdrawn))
    properties = _properties(batch, channels)
    usable = sorted({hour for name in channels for hour in properties[name].hours})
    hours = _by_weekday(batch, usable, engine)
    return Facts(channels, bits, stores, store, _hours(batch, usable, engine), withheld, hours, properties)


def _properties(batch: Batch, channels: Sequence[str]) -> dict[str, Channel]:
    """What the shop says of these channels and of all others it states."""
    given = batch.shop.settings.channels
    said = {name: given[name] for name in (*given.stated, *channels)}
    return {name: Channel(one.online, one.contact, one.cost, one.quiet, one.reached_by) for name, one in said.items()}


def _bits(pairs: pa.Table, channels: Sequence[str], customer_ids: pa.Array) -> NDArray[np.uint64]:
    """For every customer the channels of their pairs: bit i stands for channels[i]."""
    bits = np.zeros(len(customer_ids), dtype=np.uint64)
    rows, keep = places_of(pairs["customer_id"], customer_ids)
    bit = places_of(pairs["channel"], pa.array(channels, pa.string()))[0][keep]
    np.bitwise_or.at(bits, rows[keep], np.left_shift(np.uint64(1), bit.astype(np.uint64)))
    return bits


def _last_store(batch: Batch, engine: Engine) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Every store that is some customer's last, and its place for each customer."""
    store = np.full(len(batch), NO_STORE, dtype=np.int32)
    if "store_id" not in batch.shop.present["orders"]:
        return (), store
    last = last_stores(batch.shop, batch.cutoff, engine=engine)
    stores = pc.unique(last["store_id"]).sort()
    rows, keep = places_of(last["customer_id"], batch.customer_ids)
    store[rows[keep]] = places_of(last["store_id"], stores)[0][keep]
    return tuple(stores.to_pylist()), store


def _hours(batch: Batch, usable: Sequence[int], engine: Engine) -> NDArray[np.uint8]:
    hours = np.full(len(batch), NO_HOUR, dtype=np.uint8)
    best = best_hours(batch.shop, batch.cutoff, usable=usable, engine=engine)
    rows, keep = places_of(best["customer_id"], batch.customer_ids)
    hours[rows[keep]] = best["hour"].to_numpy()[keep]
    return hours


def _by_weekday(batch: Batch, usable: Sequence[int], engine: Engine) -> NDArray[np.uint8] | None:
    if not batch.shop.has("responses"):
        return None
    kinds = answering_kinds(batch.shop, batch.cutoff, engine)
    return hours_by_weekday(batch.shop, batch.cutoff, batch.customer_ids, kinds, usable=usable, engine=engine)


def _forget_old(root: Path, current: str) -> None:
    folders = sorted((path for path in root.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for folder in folders[:-KEPT]:
        if folder.name != current:
            shutil.rmtree(folder, ignore_errors=True)
