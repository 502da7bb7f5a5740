"""What came of the newest night whose outcome window is over, by task: customers, answers, outcomes, groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from decisions.stages import COLUMNS, stages
from features.build.build import build
from features.catalog import fillable_of
from features.clocks import add_days
from features.engine import Engine
from features.shop import Shop
from features.spine import Spine
from operations.monitor.past_scores import PastNight, answers_of, dealt_at, past_nights
from scoring.model import Model
from scoring.products.ranker import TASK as RECOMMENDATION
from scoring.uplift_names import TASK as UPLIFT
from training.backtest.groups import by_channel, by_tenure
from training.data.next_touch import as_steps, first_touches
from training.data.treatment import TREATED, UNTREATED, treated
from training.evaluation.folds import Fold
from training.learners.channels.contact import ContactModel
from training.task import Task, TaskError
from training.tasks.catalogue import TASKS
from training.tasks.channel_preference import CHANNEL_PREFERENCE
from training.tasks.channel_questions import ChannelQuestion, questions_of
from training.tasks.next_step import NEXT_STEP
from training.tasks.own import tasks_of
from training.tracking import registry
from training.tracking.registry import Version
from training.tracking.store import Mlruns, TrackingError

Array = NDArray[np.float64]
Groups = Mapping[str, NDArray[np.str_]]
TREATMENT = "treatment"
_GROUPING_COLUMNS = (*COLUMNS, "last_order_online")


@dataclass(frozen=True)
class Closed:
    """A night's answers to one task, whose window is over.

    Attributes
    ----------
    task : Task
    version : Version      that answered
    model : Model          of that version
    night : PastNight
    """

    task: Task
    version: Version
    model: Model
    night: PastNight


def closed_windows(shop: Shop, at: datetime, mlruns: Mlruns) -> Iterator[tuple[str, Closed | str]]:
    """Each task with the newest night whose window closed, or the code of a sentence that says why there is none."""
    questions = {
        name: task for name, task in {**TASKS, **tasks_of(shop)}.items() if name not in (RECOMMENDATION, UPLIFT)
    }

    known = cache(partial(answered_by, shop.name, mlruns=mlruns))
    for name, task in questions.items():
        why = ""
        for night in past_nights(shop, at):
            if (number := night.version(name)) is None:
                continue
            found = known(name, number, night.digest(name))
            if found is None:
                why = "model_gone"
                continue
            version, model = found
            why = "window_open"
            if add_days(night.as_of, model.horizon_days + model.lag_days) <= at:
                yield name, Closed(task, version, model, night)
                break
        else:
            if why:
                yield name, why


def answered_by(shop: str, task: str, number: str, digest: str, *, mlruns: Mlruns) -> tuple[Version, Model] | None:
    """The version that a night says answered, with its model; None where the registry holds no such model any more."""
    try:
        version = registry.version(shop, task, int(number), mlruns=mlruns)
        return (version, registry.load_model(version, mlruns=mlruns)) if version.digest == digest else None
    except (TrackingError, ValueError):
        return None


def fold_of(shop: Shop, at: datetime, closed: Closed, engine: Engine) -> Fold:
    """The night's eligible customers with answers, outcomes and groups; those gone since, merged or erased, left out.

    Raises
    ------
    DataError     if the score file was damaged
    """
    night, model = closed.night, closed.model
    scores = night.scores()
    active = Spine.active(shop, [night.as_of], model.active_within_days, engine=engine)
    both = pc.is_in(active.rows["customer_id"], value_set=scores["customer_id"].combine_chunks())
    spine = Spine.from_rows(active.rows.filter(both))
    rows = scores.take(pc.index_in(spine.rows["customer_id"].combine_chunks(), scores["customer_id"].combine_chunks()))
    answers = answers_of(rows, night.as_of)
    truth = _outcomes(shop, spine, at, closed, answers, engine) if len(spine) else {}
    return Fold(
        cutoff=f"{night.as_of:%Y-%m-%d}",
        trained_to=model.cutoffs[-1] if model.cutoffs else model.until,
        customers=np.array(spine.rows["customer_id"].to_pylist(), dtype=np.str_),
        truth=truth,
        answers=answers,
        baselines={},
        metrics={},
        groups=_groups(shop, spine, at, closed, engine) if len(spine) else {},
    )


def _outcomes(
    shop: Shop, spine: Spine, at: datetime, closed: Closed, answers: Mapping[str, Array], engine: Engine
) -> dict[str, Array]:
    horizon = closed.model.horizon_days
    if closed.task is NEXT_STEP:
        first = first_touches(shop, spine, horizon, at, engine=engine) if shop.has("touchpoints") else None
        return {} if first is None else {closed.task.name: as_steps(first, closed.model.heads[0].kinds)}
    if closed.task is not CHANNEL_PREFERENCE:
        return closed.task.labels(shop, spine, horizon, at, engine=engine)
    try:
        asked = questions_of(shop, spine, horizon, at, engine)
    except TaskError:  # nothing was sent, promoted or bought through more than one channel
        return {}
    return {one.name: _as_answered(one, answers) for one in asked}


def _as_answered(question: ChannelQuestion, answers: Mapping[str, Array]) -> Array:
    """A question's outcome, its kinds as the night's answers name and order them.

    Kinds are ordered by how often they occur today, the night's by how often they did when its model was trained. Of
    kinds that came since the model says nothing, so they are left out.
    """
    if isinstance(question, ContactModel):
        return question.outcome
    place = {name: i for i, name in enumerate(question.answers)}
    told = [name for name in answers if name.startswith(f"{question.name}_")]
    never = np.zeros(len(question.outcome))
    columns = [question.outcome[:, place[name]] if name in place else never for name in told]
    return np.stack(columns, axis=1) if columns else question.outcome


def _groups(shop: Shop, spine: Spine, at: datetime, closed: Closed, engine: Engine) -> dict[str, NDArray[np.str_]]:
    """What decisions tell apart, as known at the night's cutoff; and who was treated."""
    columns = fillable_of(shop, _GROUPING_COLUMNS)
    built = build(shop, spine, columns, engine=engine)
    known = {column.name: _floats(built[column.name]) for column in columns}
    groups = {TREATMENT: _treatment(shop, spine, at, closed, engine)}
    if set(COLUMNS) <= set(known):
        groups["stage"] = stages(known, closed.model.horizon_days, closed.model.active_within_days)
        groups["tenure"] = by_tenure(known["days_since_first_order"])
    if "last_order_online" in known:
        groups["channel"] = by_channel(known["last_order_online"])
    return groups


def _treatment(shop: Shop, spine: Spine, at: datetime, closed: Closed, engine: Engine) -> NDArray[np.str_]:
    """Treated is whom the night's decisions meant to reach; without any, who was sent anything meanwhile."""
    dealt = dealt_at(shop, closed.night.as_of)
    if dealt is not None:
        acted = np.array([dealt.get(one, False) for one in spine.rows["customer_id"].to_pylist()], dtype=bool)
    else:
        sent = treated(shop, spine, closed.model.horizon_days, at, engine, by=("messages",))
        if sent is None:
            return np.full(len(spine), "unknown")
        acted = sent
    return np.where(acted, TREATED, UNTREATED)


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
