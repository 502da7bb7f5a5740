"""Which channel the model would choose for whom, judged off-policy on later sends beside the rules of a shop."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.reach.allowed_channels import allowed_channels, reached_channels
from features.reach.logged_sends import last_answered, logged_sends
from features.safe_names import safe
from training.backtest.context import Context
from training.data.dataset import Dataset
from training.data.labels import answering_kinds
from training.data.persons import with_persons
from training.evaluation.choices.logged_choice import OURS, LoggedChoice, together
from training.evaluation.choices.off_policy import Log
from training.learners.channels.contact import ContactModel

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

FEWEST_SENDS = 500  # drawn by lot, below which intervals are too wide to say anything


def judge_choice(
    context: Context, asked: Sequence[ContactModel], data: Dataset, cutoffs: Mapping[datetime, Mapping[str, Array]]
) -> LoggedChoice | None:
    """The model's best allowed channel beside the most engaged and the last answered one.

    Parameters
    ----------
    cutoffs : cutoff → the model's answers to the customers active at it, learnt before it

    Returns
    -------
    None where fewer than 500 sends to people who may be written to were drawn by lot with a stated propensity, or one
    channel is all there is
    """
    if len(asked) < 2 or "propensity" not in context.shop.present.get("messages", frozenset()):
        return None
    parts = [_at(context, asked, data, cutoff, answers) for cutoff, answers in cutoffs.items()]
    if sum(len(one.log.channel) for one in parts) < FEWEST_SENDS:
        return None
    return together(parts)


def _at(
    context: Context, asked: Sequence[ContactModel], data: Dataset, cutoff: datetime, answers: Mapping[str, Array]
) -> LoggedChoice:
    """The log after one cutoff, and what each policy would have chosen for each of its sends."""
    channels, rows = [one.channel for one in asked], data.at(cutoff)
    ids = pa.array(data.customers[rows].tolist(), pa.string())
    kinds = answering_kinds(context.shop, context.until, context.engine)
    with with_persons(context.shop, cutoff, context.engine) as shop:
        # A shop that states neither consent nor basis has not said that nobody may be written to: it writes.
        permitted = shop.has("consents") or bool(shop.settings.channels.contact)
        usable = allowed_channels if permitted else reached_channels
        allowed = _table(usable(shop, cutoff, engine=context.engine), ids, channels)
        last = _table(last_answered(shop, cutoff, kinds, engine=context.engine), ids, channels)
        sends = logged_sends(shop, cutoff, context.horizon_days, context.until, kinds, engine=context.engine)
    scores = np.stack([answers[one.name] for one in asked], axis=1)
    chosen = _choices(scores, allowed > 0, last, _engaged(data, rows, channels))
    who, channel = pc.index_in(sends["customer_id"], ids), pc.index_in(sends["channel"], pa.array(channels))
    kept = np.asarray(pc.and_(pc.is_valid(who), pc.is_valid(channel)))
    kept = kept & np.take(allowed.any(axis=1), np.asarray(pc.fill_null(who, 0)))  # no policy chooses for the others
    row, used = (np.asarray(pc.fill_null(one, 0))[kept].astype(np.int64) for one in (who, channel))
    log = Log(
        customers=data.customers[rows][row],
        channel=used,
        propensity=np.asarray(sends["propensity"])[kept].astype(np.float64),
        reward=np.asarray(sends["answered"])[kept].astype(np.float64),
        expected=scores[row],
    )
    return LoggedChoice(log, {name: one[row] for name, one in chosen.items()})


def _choices(scores: Array, allowed: NDArray[np.bool_], last: Array, engaged: Array) -> dict[str, Rows]:
    """Each policy's channel by customer; where a rule has nothing to go by, what most customers answer decides."""
    usual = engaged.sum(axis=0) / max(float(engaged.sum()), 1.0)
    ranked = {OURS: scores, "most_engaged_channel": engaged + usual, "last_channel": last + usual}
    return {
        name: np.where(allowed.any(axis=1), np.where(allowed, one, -np.inf).argmax(axis=1), -1)
        for name, one in ranked.items()
    }


def _engaged(data: Dataset, rows: NDArray[np.bool_], channels: Sequence[str]) -> Array:
    """Messages answered within a year by channel; (n, channels)."""
    counts = [f"{safe(channel)}_answers_365d" for channel in channels]
    none = np.zeros(int(rows.sum()))
    return np.stack([np.nan_to_num(data.column(name)[rows]) if name in data.names else none for name in counts], axis=1)


def _table(pairs: pa.Table, ids: pa.Array, channels: Sequence[str]) -> Array:
    """1 for each customer and channel among the pairs; (n, channels)."""
    found = np.zeros((len(ids), len(channels)))
    row, column = pc.index_in(pairs["customer_id"], ids), pc.index_in(pairs["channel"], pa.array(channels))
    kept = np.asarray(pc.and_(pc.is_valid(row), pc.is_valid(column)))
    at = (np.asarray(pc.fill_null(one, 0))[kept].astype(np.int64) for one in (row, column))
    found[tuple(at)] = 1.0
    return found
