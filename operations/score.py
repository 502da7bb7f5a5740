"""Answers for every customer at one cutoff, through the same scorer that serves calls."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.build import build, matrix
from features.build.mapped import mapped
from features.build.store import FeatureStore
from features.catalog import fillable_of
from features.engine import Engine, opened
from features.errors import CutoffError, FeatureError, PerennialError
from features.feature import FeatureColumn
from features.progress import Progress, silent
from features.shop import Shop
from features.spine import Spine
from operations import home
from operations.level import level_ahead
from operations.parts import Parts, key_of
from operations.provenance import code_digest
from scoring.level import PeriodLevel
from scoring.products.ranker import TASK as RECOMMENDATION
from scoring.release import FeatureRef, ReleasedModel
from scoring.scorer import Scorer
from scoring.uplift_names import TASK as UPLIFT
from serving.snapshot.snapshot import FACT_COLUMNS
from training.tracking import registry
from training.tracking.store import Mlruns

TASKS = ("churn", "next_purchase", "channel_preference")


@dataclass(frozen=True)
class Batch:
    """Every customer with an order known before the cutoff, with features and answers.

    Attributes
    ----------
    customer_ids : pa.Array, string, sorted
    eligible : bool array (n,)      an order within active_within before the cutoff
    columns : the k columns of `matrix`
    matrix : float32 array (n, k)
    answers : float64 arrays (n,) by name, as scoring.scorer gives them
    models : by task
    level : of the horizon from the cutoff, which the answers are at; None where the models know none
    parts : keeps what is made of the matrix for a run that is cut off
    """

    shop: Shop
    cutoff: datetime
    customer_ids: pa.Array
    eligible: NDArray[np.bool_]
    columns: tuple[FeatureRef, ...]
    matrix: NDArray[np.float32]
    answers: Mapping[str, NDArray[np.float64]]
    models: Mapping[str, ReleasedModel]
    level: PeriodLevel | None = None
    parts: Parts = field(default_factory=Parts, compare=False)

    def __len__(self) -> int:
        return len(self.customer_ids)


def models_for(
    shop: Shop, cutoff: datetime, chosen: Mapping[str, int] | None = None, *, mlruns: Mlruns
) -> dict[str, ReleasedModel]:
    """The shop's champions by task, or the versions chosen instead.

    Raises
    ------
    PerennialError      if the shop has no model, or they differ in horizon
    CutoffError         if a model has seen what happened on or after the cutoff
    """
    home.refuse_no_runs(mlruns, shop)
    versions = {**registry.champions(shop.name, mlruns=mlruns)}
    for task, number in (chosen or {}).items():
        versions[task] = registry.version(shop.name, task, number, mlruns=mlruns)
    if not versions:
        raise PerennialError(
            f"shop '{shop.name}' has no model yet. Train one first: perennial train churn --shop {shop.folder}"
        )
    models = {}
    for task in in_order(versions):
        known = versions[task]
        models[task] = ReleasedModel(registry.load_model(known, mlruns=mlruns), str(known.version), known.digest)
    refuse_unfit(models, cutoff)
    return models


def in_order(named: Collection[str]) -> list[str]:
    """Those of the tasks that answer about customers, in the order in which a night has them."""
    return [task for task in (*TASKS, UPLIFT, *own_tasks(named)) if task in named]


def own_tasks(named: Iterable[str]) -> list[str]:
    """Those of the tasks that stand for themselves, in order: the next step, and the shop's own questions."""
    return sorted(task for task in named if task not in (*TASKS, RECOMMENDATION, UPLIFT))


def refuse_unfit(models: Mapping[str, ReleasedModel], cutoff: datetime) -> None:
    """Refuse models whose answers at a cutoff would be wrong.

    Raises
    ------
    PerennialError      if they differ in horizon
    CutoffError         if one has seen what happened on or after the cutoff
    """
    for task, released in models.items():
        _refuse_knowing(task, released, cutoff)
    _refuse_mixed(models)


def waiting_features(shop: Shop, *, mlruns: Mlruns) -> frozenset[str]:
    """Columns that the newest version of each task needs: a snapshot that has them lets it be promoted at any time."""
    asked = (*TASKS, UPLIFT)
    newest = [versions[-1] for task in asked if (versions := registry.versions(shop.name, task, mlruns=mlruns))]
    models = [registry.load_model(version, mlruns=mlruns) for version in newest if not version.is_champion]
    return frozenset(feature.name for model in models for feature in model.features)


def score_all(
    shop: Shop,
    cutoff: datetime,
    models: Mapping[str, ReleasedModel],
    *,
    store: FeatureStore | None,
    also: Collection[str] = (),
    engine: Engine | None = None,
    threads: int = 1,
    progress: Progress = silent,
    unfinished: Path | None = None,
) -> Batch:
    """Build the models' features (and what decisions look at besides) for every customer, and answer.

    Parameters
    ----------
    store : keeps built features from run to run; None keeps nothing
    also : names of further columns to build, where the shop can fill them
    unfinished : keeps finished parts until the run has ended (operations.parts); None keeps none
    """
    columns = columns_of(shop, models, also)
    spine = Spine.ever(shop, cutoff, engine=engine)
    if not len(spine):
        raise CutoffError(
            f"shop '{shop.name}' has no customer with an order known before {cutoff:%Y-%m-%d}. Give a later --at."
        )
    names = [column.name for column in columns]
    if store is None:
        built = build(shop, spine, columns, engine=engine, progress=progress)
        customer_ids, rows = built["customer_id"].combine_chunks(), matrix(built, names)
    else:
        customer_ids, rows = mapped(store.build_file(shop, spine, columns, engine=engine, progress=progress), names)
    refs = tuple(FeatureRef(column.name, column.fingerprint) for column in columns)
    progress("scoring")
    with opened(engine) as running:
        level = level_ahead(shop, cutoff, models, running)
    scorer = Scorer([released.model for released in models.values()], refs, threads=threads, level=level)
    parts = Parts(unfinished, _answered_by(shop, models, refs, level))
    answers = parts.each("answers", rows, scorer.answers)
    eligible = _eligible(shop, cutoff, customer_ids, models, engine)
    return Batch(shop, cutoff, customer_ids, eligible, refs, rows, answers, models, level, parts)


def _answered_by(
    shop: Shop, models: Mapping[str, ReleasedModel], refs: Sequence[FeatureRef], level: PeriodLevel | None
) -> str:
    """The key of all that answers follow from, but for the rows of features."""
    digests = {task: [released.version, released.digest] for task, released in models.items()}
    features = [[one.name, one.fingerprint] for one in refs]
    return key_of([digests, features, repr(level), code_digest(shop.extension.digest)])


def columns_of(
    shop: Shop, models: Mapping[str, ReleasedModel], also: Collection[str] = ()
) -> tuple[FeatureColumn, ...]:
    """The catalogue's columns that some model needs or a decision looks at.

    Raises
    ------
    FeatureError    if a model needs a column that the shop's tables no longer fill
    """
    return _fillable(shop, models, {*FACT_COLUMNS, *also})


def needed_columns(shop: Shop, models: Mapping[str, ReleasedModel]) -> tuple[FeatureColumn, ...]:
    """The same of the models alone."""
    return _fillable(shop, models, ())


def _fillable(shop: Shop, models: Mapping[str, ReleasedModel], also: Collection[str]) -> tuple[FeatureColumn, ...]:
    wanted = {feature.name for released in models.values() for feature in released.model.features}
    columns = fillable_of(shop, wanted.union(also))
    lost = sorted(wanted - {column.name for column in columns})
    if lost:
        raise FeatureError(
            f"the models need {', '.join(lost)}, which shop '{shop.name}' cannot fill any more: a table or column is "
            "gone, or the catalogue changed. Give the table again, or train anew."
        )
    return columns


def _eligible(
    shop: Shop,
    cutoff: datetime,
    customer_ids: pa.Array,
    models: Mapping[str, ReleasedModel],
    engine: Engine | None,
) -> NDArray[np.bool_]:
    within = next(iter(models.values())).model.active_within_days
    active = Spine.active(shop, [cutoff], within, engine=engine)
    return np.asarray(pc.is_in(customer_ids, active.rows["customer_id"].combine_chunks()))


def _refuse_knowing(task: str, released: ReleasedModel, cutoff: datetime) -> None:
    if datetime.fromisoformat(released.model.until) > cutoff:
        raise CutoffError(
            f"{task} version {released.version} has seen what was known until {released.model.until[:10]}, later than "
            f"the cutoff {cutoff:%Y-%m-%d}: its scores would know the future. "
            f"Score --at {released.model.until[:10]} or later, or train with --until {cutoff:%Y-%m-%d}."
        )


def _refuse_mixed(models: Mapping[str, ReleasedModel]) -> None:
    for what in ("horizon_days", "active_within_days"):
        found = {task: getattr(released.model, what) for task, released in models.items() if task in (*TASKS, UPLIFT)}
        if len(set(found.values())) > 1:
            told = ", ".join(f"{task}: {days}" for task, days in found.items())
            raise PerennialError(
                f"the models differ in {what} ({told}), so their answers would not fit together. "
                "Train them alike with --horizon and --active-within, or choose versions with --model TASK=VERSION."
            )


def parse_choices(texts: Sequence[str]) -> dict[str, int]:
    """Read `--model churn=3` options.

    Raises
    ------
    PerennialError      if one is not TASK=VERSION
    """
    chosen = {}
    for text in texts:
        task, _, number = text.partition("=")
        if not task.isidentifier() or task == RECOMMENDATION or not number.isdigit():
            known = ", ".join((*TASKS, UPLIFT))
            raise PerennialError(
                f"--model {text} is not TASK=VERSION, such as churn=3. Tasks are {known}, and questions of your own."
            )
        chosen[task] = int(number)
    return chosen
