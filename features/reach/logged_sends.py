"""Sends drawn by lot and what came of them: the logs by which a choice of channel can be judged without making it."""

from collections.abc import Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.clocks import add_days
from features.engine import Engine, opened
from features.known import known_before, took_place
from features.shop import Shop


def logged_sends(
    shop: Shop,
    cutoff: datetime,
    horizon_days: int,
    until: datetime,
    kinds: Sequence[str],
    *,
    engine: Engine | None = None,
) -> pa.Table:
    """Sends in [cutoff, cutoff + horizon) whose channel was drawn with a known probability below 1.

    Parameters
    ----------
    kinds : what counts as an answer by a person, known before `until`

    Returns
    -------
    pa.Table        customer_id, channel, propensity, answered; sorted
    """
    with opened(engine) as running:
        start, end = (ibis.literal(moment, "timestamp(6)") for moment in (cutoff, add_days(cutoff, horizon_days)))
        sends = shown(shop, "messages", until, running)
        sends = sends.filter(sends.happened_at >= start, sends.happened_at < end, sends.customer_id.notnull())
        sends = sends.filter(sends.propensity > 0.0, sends.propensity < 1.0)
        answered = answers_known(shop, until, kinds, running).select(known="message_id").distinct()
        rows = sends.left_join(answered, sends.message_id == answered.known)
        rows = rows.select("customer_id", "channel", "propensity", "message_id", answered=rows.known.notnull())
        return running.arrow(rows.order_by("customer_id", "message_id").drop("message_id"))


def last_answered(shop: Shop, cutoff: datetime, kinds: Sequence[str], *, engine: Engine | None = None) -> pa.Table:
    """The channel a customer answered last, as known at the cutoff: customer_id, channel; sorted."""
    with opened(engine) as running:
        rows = answers_known(shop, cutoff, kinds, running)
        rows = rows.filter(rows.customer_id.notnull())
        newest = ibis.row_number().over(group_by="customer_id", order_by=[ibis.desc("happened_at"), "message_id"])
        rows = rows.mutate(place=newest).filter(ibis._.place == 0)
        return running.arrow(rows.select("customer_id", "channel").order_by("customer_id"))


def answers_known(shop: Shop, until: datetime, kinds: Sequence[str], engine: Engine) -> ir.Table:
    """Responses of these kinds by persons, known before `until`."""
    rows = shown(shop, "responses", until, engine)
    return rows.filter(rows.kind.isin(tuple(kinds)), ~rows.is_machine.fill_null(False))


def shown(shop: Shop, table: str, until: datetime, engine: Engine) -> ir.Table:
    """A table's rows known before `until`, no message among them that was withheld."""
    return known_before(took_place(engine.read(shop.path(table)), table), until)
