"""Scores of everybody as a partitioned table: nowhere do all features come together, nor all answers."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.build.build import build_parts
from features.engine import Engine
from features.errors import CutoffError, PerennialError
from features.handed_out import PART, Work
from features.identity.resolve import unmerged
from features.progress import Progress, silent
from features.shop import Shop
from features.spine import Spine
from operations.answered_batches import ELIGIBLE, answered, answers_of, handed
from operations.level import level_ahead
from operations.partitions import AskedParts, PartitionedTable, write_part, write_partitioned
from operations.parts import key_of
from operations.provenance import code_digest
from operations.score import in_order, needed_columns, refuse_unfit
from scoring.level import PeriodLevel
from scoring.release import FeatureRef, Release, ReleasedModel


@dataclass(frozen=True)
class PartitionedScores:
    """A folder of score files that is complete, and how many of its customers are asked about."""

    table: PartitionedTable
    eligible: int


def models_of(release: Release, cutoff: datetime) -> dict[str, ReleasedModel]:
    """A release's models of customers by task, in the order in which a night has them.

    Raises
    ------
    PerennialError  if there are none
    CutoffError     if one has seen what happened on or after the cutoff
    """
    models = {task: release.models[task] for task in in_order(release.models)}
    if not models:
        raise PerennialError(f"release {release.release_id} has no model that answers about customers. Train one.")
    refuse_unfit(models, cutoff)
    return models


def write_scores_in_parts(
    folder: Path,
    shop: Shop,
    cutoff: datetime,
    release: Release,
    parts: int,
    engine: Callable[[], Engine],
    *,
    threads: int = 1,
    progress: Progress = silent,
) -> PartitionedScores:
    """A night's scores, in the columns of operations.score_files, of every customer with an order known before.

    Each process that answers reads the release where it lies, and checks every file of a model against its digest.

    Parameters
    ----------
    shop : as a night works on it (operations.night.tables)
    release : whose models answer
    engine : makes one; what is made together has its own, so that none holds what earlier parts needed
    threads : LightGBM's, where the engine leaves them to the caller

    Raises
    ------
    PerennialError  if the release has no model that answers about customers
    CutoffError     if a model has seen what happened on or after the cutoff, or nobody ordered before it
    """
    models = models_of(release, cutoff)
    columns = needed_columns(shop, models)
    refs = tuple(FeatureRef(column.name, column.fingerprint) for column in columns)
    with closing(engine()) as running:
        name, at_once, threads = running.name, running.parts, running.threads or threads
        spine, active = _everybody(shop, cutoff, models, running)
        level = level_ahead(shop, cutoff, models, running)
    told = handed(release, models, refs, cutoff, level, threads)
    answers = answers_of(told)
    columns_written = answers.remove(answers.get_field_index(PART))

    def make(asked: AskedParts) -> None:
        eligible = pc.is_in(asked.spine.rows["customer_id"].combine_chunks(), active)
        work = Work(partial(write_part, asked.begins, columns_written), partial(answered, told), answers)
        with closing(engine()) as running:
            beside = asked.rows.append_column(ELIGIBLE, eligible)
            build_parts(shop, asked.spine, columns, beside, work, engine=running)

    said = {
        **_said(shop, cutoff, release, models, level),
        "engine": name,
        "eligible": len(active),
        "columns": columns_written.names,
        "features": [[ref.name, ref.fingerprint] for ref in refs],
    }
    table = write_partitioned(folder, spine, parts, said, make, at_once=at_once, progress=progress)
    return PartitionedScores(table, len(active))


def _everybody(
    shop: Shop, cutoff: datetime, models: Mapping[str, ReleasedModel], engine: Engine
) -> tuple[Spine, pa.Array]:
    """Every customer with an order known before the cutoff, and the ids of those who are asked about."""
    spine = Spine.ever(shop, cutoff, engine=engine)
    if not len(spine):
        raise CutoffError(
            f"shop '{shop.name}' has no customer with an order known before {cutoff:%Y-%m-%d}. Give a later --at."
        )
    within = next(iter(models.values())).model.active_within_days
    return spine, Spine.active(shop, [cutoff], within, engine=engine).rows["customer_id"].combine_chunks()


def _said(
    shop: Shop,
    cutoff: datetime,
    release: Release,
    models: Mapping[str, ReleasedModel],
    level: PeriodLevel | None,
) -> dict[str, Any]:
    return {
        "shop": shop.name,
        "shop_digest": shop.digest,
        "as_of": cutoff.isoformat(),
        "release": release.release_id,
        "versions": {task: released.version for task, released in models.items()},
        "models": {task: released.digest for task, released in models.items()},
        "level": level and asdict(level),
        "links_cut": key_of(unmerged(shop)),
        "code": code_digest(shop.extension.digest),
    }
