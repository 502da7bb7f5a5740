"""Visits: the touchpoints of one session in one row, how far it went, and whether it was paid for.

A session that lasts longer than a day was never ended: it is cut at midnights. Touchpoints without a session are one
visit a person, channel and day. Where a channel tracks no purchases, an order of the same person through the same
channel on the same day, after the visit began, is the visit's.
"""

import ibis
import ibis.expr.types as ir

from insights.known import Known

STEPS = ("visit", "product", "cart", "checkout", "payment")
SAID = ("review", "share", "invite")  # somebody speaks of the shop; nobody is in it
LONGEST_SECONDS = 24 * 3600


def visits(known: Known) -> ir.Table:
    """One row a visit, derived once and kept.

    Returns
    -------
    ir.Table    visit, session_id, customer_id (null for a guest), happened_at (its first touch), shown_at, channel,
                device, store_id, reason (stated for leaving a cart), failed_payment, touches, dwell_seconds, reached
                (place in STEPS of the furthest step), and for each step but the first whether it was seen itself:
                saw_product, saw_cart, saw_checkout, saw_payment
    """
    if "visits" not in known.kept:
        known.kept["visits"] = known.engine.keep(_derived(known))
    return known.kept["visits"]


def _derived(known: Known) -> ir.Table:
    touches = _with_visit(known)
    kind = touches.kind
    seen = touches.group_by("visit").aggregate(
        session_id=touches.session_id.max(),
        customer_id=touches.customer_id.max(),
        happened_at=touches.happened_at.min(),
        shown_at=touches.shown_at.max(),
        channel=touches.channel.argmin(touches.happened_at),
        device=touches.device.max(),
        store_id=touches.store_id.max(),
        touches=touches.count(),
        dwell_seconds=touches.dwell_seconds.sum(),
        reason=touches.reason.max(),
        failed_payment=(kind == "payment_failed").any(),
        saw_product=((kind == "view") | touches.product_id.notnull()).any(),
        saw_cart=(kind == "add_to_cart").any(),
        saw_checkout=(kind.isin(("begin_checkout", "shipping_quoted", "payment_failed"))).any(),
        bought=(kind == "purchase").any(),
    )
    return _with_payment(known, seen)


def _with_visit(known: Known) -> ir.Table:
    """Touchpoints with the visit they belong to; a guest's without a session belong to none and are left out."""
    rows = known.rows("touchpoints").filter(ibis._.kind.notin(SAID))
    day = rows.happened_at.strftime("%Y-%m-%d")
    one_session = ibis.window(group_by="session_id")
    moment = rows.happened_at.epoch_seconds()
    lasts = moment.max().over(one_session) - moment.min().over(one_session)
    endless = rows.session_id.notnull() & (lasts > LONGEST_SECONDS)
    session = ibis.ifelse(endless, rows.session_id + "/" + day, rows.session_id)
    visit = ibis.coalesce(session, rows.customer_id + "/" + rows.channel + "/" + day)
    return rows.mutate(visit=visit).filter(ibis._.visit.notnull())


def _with_payment(known: Known, seen: ir.Table) -> ir.Table:
    day = seen.happened_at.truncate("D")
    seen = seen.mutate(day=day, tracked=seen.bought.any().over(ibis.window(group_by="channel")))
    if known.has("orders", "channel"):
        orders = known.orders.filter(ibis._.customer_id.notnull() & ibis._.channel.notnull())
        days = orders.group_by("customer_id", "channel", day=orders.happened_at.truncate("D")).aggregate(
            ordered_at=orders.happened_at.max()
        )
        met = seen.left_join(days, ["customer_id", "channel", "day"])
        matched = (met.ordered_at >= met.happened_at).fill_null(False)
        seen = met.mutate(paid=met.bought | (~met.tracked & matched))
    else:
        seen = seen.mutate(paid=seen.bought)
    furthest = ibis.cases((seen.paid, 4), (seen.saw_checkout, 3), (seen.saw_cart, 2), (seen.saw_product, 1), else_=0)
    return seen.select(
        "visit", "session_id", "customer_id", "happened_at", "shown_at", "channel", "device", "store_id", "reason",
        "failed_payment", "touches", "dwell_seconds",
        "saw_product", "saw_cart", "saw_checkout", saw_payment=seen.paid, reached=furthest.cast("int64"),
    )  # fmt: skip
