"""Which questions of channel preference a shop's tables can answer, with what happened next for each."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.engine import Engine
from features.occurring import occurring
from features.safe_names import safe
from features.shop import Shop
from features.spine import Spine
from scoring.derived.shrinkage import smoothed_rate
from training.backtest.context import Context
from training.data.dataset import Dataset
from training.data.labels import PROMOTIONS as FLAGS
from training.data.labels import answering_kinds, channel_labels, contact_labels, promotion_labels
from training.learners.baselines import own_shares
from training.learners.channels.contact import ContactModel
from training.learners.channels.contact_prior import past as past_contacts
from training.learners.channels.shares import Question
from training.task import TaskError

Array = NDArray[np.float64]
ChannelQuestion = Question | ContactModel

PROMOTIONS = tuple(FLAGS)


def questions(context: Context) -> list[ChannelQuestion]:
    """The questions the shop's tables can answer."""
    return questions_of(context.shop, context.data.spine, context.horizon_days, context.until, context.engine)


def questions_of(shop: Shop, spine: Spine, horizon: int, until: datetime, engine: Engine) -> list[ChannelQuestion]:
    """The same of any spine whose outcome windows are over at `until`.

    Raises
    ------
    TaskError     if none of them occurred
    """
    found: list[ChannelQuestion] = []
    if shop.present.get("order_lines", frozenset()) >= set(FLAGS.values()):
        counts = promotion_labels(shop, spine, horizon, until, engine=engine)
        recent = {kind: f"{kind}_credit_90d" for kind in PROMOTIONS}
        found.append(Question("promotion", PROMOTIONS, {kind: f"{kind}_credit" for kind in PROMOTIONS}, recent, counts))
    kinds = occurring(shop, "orders.channel", until, engine)
    if len(kinds) > 1:
        counts = channel_labels(shop, spine, horizon, until, kinds, engine=engine)
        found.append(Question("purchase", kinds, {kind: f"{safe(kind)}_orders_365d" for kind in kinds}, {}, counts))
    if shop.has("responses"):
        answering = answering_kinds(shop, until, engine)
        channels, homes = occurring(shop, "messages.channel", until, engine), tuple(map(safe, kinds))
        sends = contact_labels(shop, spine, horizon, until, channels, answering, engine=engine) if channels else {}
        found += [ContactModel(channel, counts[:, :2], counts[:, 2:], homes) for channel, counts in sends.items()]
    found = [one for one in found if one.counts.any()]
    if not found:
        raise TaskError(
            f"channel_preference needs promotions on order_lines, a channel on orders, or messages with responses; "
            f"'{shop.name}' has none that occurred. Add one of them to shop.toml."
        )
    return found


def baseline_answers(
    asked: Sequence[ChannelQuestion], data: Dataset, rows: NDArray[np.bool_], learnt: Mapping[str, Array]
) -> dict[str, dict[str, Array]]:
    """Own past shrunk to the shop by ten lines, and the shop's mean for everybody.

    Parameters
    ----------
    rows : array (n,), bool      rows of `data` to answer for
    learnt : mapping             question → its counts on the rows a model learns from
    """
    own: dict[str, Array] = {}
    shop: dict[str, Array] = {}
    for one in asked:
        if isinstance(one, ContactModel):
            sent, answered = learnt[one.name].sum(axis=0)
            shop[one.name] = np.full(int(rows.sum()), smoothed_rate(sent, answered))
            own[one.name] = smoothed_rate(*past_contacts(one.safe, data, rows)[1])
            continue
        past = one.past(data, one.whole, rows)
        mean = (past.sum(axis=0) + 1e-3) / (past.sum() + 1e-3 * len(one.kinds))
        own |= dict(zip(one.answers, own_shares(past, mean).T, strict=True))
        shop |= {name: np.full(len(past), mean[i]) for i, name in enumerate(one.answers)}
    return {"own_shares": own, "shop_shares": shop}
