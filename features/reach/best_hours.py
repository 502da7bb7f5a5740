"""The hour at which a customer's messages are answered best, by weekday; shrunk to the shop where sends are few."""

from collections.abc import Collection, Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.clocks import add_days
from features.engine import Engine, opened
from features.reach.logged_sends import answers_known, shown
from features.shop import Shop

Array = NDArray[np.float64]
Hours = NDArray[np.uint8]

NO_HOUR = 255
WEEKDAYS, HOURS = 7, 24
DAYS = 365
FEWEST_SENDS = 100  # at an hour, below which the shop cannot tell how good it is
SHOP_PRIOR = 200.0  # messages by which an hour is shrunk to the shop, and an hour of a weekday on the hour
OWN_PRIOR = 2.0  # answers expected, by which a customer is shrunk to the shop
_CHUNK = 20_000


def hours_by_weekday(
    shop: Shop,
    cutoff: datetime,
    customers: pa.Array,
    kinds: Sequence[str],
    *,
    usable: Collection[int] = range(HOURS),
    engine: Engine | None = None,
) -> Hours:
    """The best local hour to send on each weekday, from how the sends of 365 days were answered.

    The chance of an answer at an hour of a weekday is the shop's there, times how much better or worse than the shop
    the customer answers at that hour, shrunk to 1 by two expected answers. Hours with fewer than 100 sends are left
    out; of two alike the earlier one is chosen.

    Parameters
    ----------
    customers : string array (n,)
    kinds : what counts as an answer by a person
    usable : hours at which anybody may be written to at all

    Returns
    -------
    uint8 array (n, 7), Monday first        255 throughout where the shop's sends cannot tell
    """
    with opened(engine) as running:
        if not (shop.has("messages") and shop.has("responses")):
            return np.full((len(customers), WEEKDAYS), NO_HOUR, dtype=np.uint8)
        found = running.arrow(_counted(shop, cutoff, kinds, running))
    weekday, hour = (np.asarray(found[name]).astype(np.int64) for name in ("weekday", "hour"))
    sent, answered = (np.asarray(found[name]).astype(np.float64) for name in ("sent", "answered"))
    rate, judged = _shop_rates(weekday, hour, sent, answered)
    open_hours = judged & np.isin(np.arange(HOURS), sorted(usable))
    best = np.full((len(customers), WEEKDAYS), NO_HOUR, dtype=np.uint8)
    if not open_hours.any():
        return best
    best[:] = np.where(open_hours, rate, -1.0).argmax(axis=1)
    row = np.asarray(pc.fill_null(pc.index_in(found["customer_id"], customers), -1)).astype(np.int64)
    expected = sent * rate[weekday, hour]
    for start in range(0, len(customers), _CHUNK):
        here = (row >= start) & (row < start + _CHUNK)
        at = (min(_CHUNK, len(customers) - start), HOURS)
        own, due = np.zeros(at), np.zeros(at)
        np.add.at(own, (row[here] - start, hour[here]), answered[here])
        np.add.at(due, (row[here] - start, hour[here]), expected[here])
        ratio = (own + OWN_PRIOR) / (due + OWN_PRIOR)
        chance = np.where(open_hours, rate * ratio[:, None, :], -1.0)
        best[start : start + _CHUNK] = chance.argmax(axis=2)
    return best


def _shop_rates(
    weekday: NDArray[np.int64], hour: NDArray[np.int64], sent: Array, answered: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """The shop's rate of answers at each hour of each weekday, (7, 24), and which hours can be judged, (24,)."""
    sends, answers = np.zeros((WEEKDAYS, HOURS)), np.zeros((WEEKDAYS, HOURS))
    np.add.at(sends, (weekday, hour), sent)
    np.add.at(answers, (weekday, hour), answered)
    overall = answers.sum() / max(float(sends.sum()), 1.0)
    by_hour = (answers.sum(axis=0) + SHOP_PRIOR * overall) / (sends.sum(axis=0) + SHOP_PRIOR)
    return (answers + SHOP_PRIOR * by_hour) / (sends + SHOP_PRIOR), sends.sum(axis=0) >= FEWEST_SENDS


def _counted(shop: Shop, cutoff: datetime, kinds: Sequence[str], engine: Engine) -> ir.Table:
    """Sends that carry a time of day and how many were answered: customer_id, weekday, hour, sent, answered."""
    since = ibis.literal(add_days(cutoff, -DAYS), "timestamp(6)")
    sends = shown(shop, "messages", cutoff, engine)
    sends = sends.filter(sends.happened_at >= since, sends.happened_at != sends.happened_at.truncate("D"))
    answered = answers_known(shop, cutoff, kinds, engine).select(known="message_id").distinct()
    rows = sends.left_join(answered, sends.message_id == answered.known)
    timed = rows.select(
        "customer_id",
        weekday=rows.happened_at.day_of_week.index().cast("int64"),
        hour=rows.happened_at.hour().cast("int64"),
        answer=rows.known.notnull().cast("int64"),
    )
    counted = timed.group_by("customer_id", "weekday", "hour").aggregate(
        sent=lambda t: t.count(), answered=lambda t: t.answer.sum()
    )
    return counted.order_by("customer_id", "weekday", "hour")
