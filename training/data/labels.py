"""What happened next, as arrays a model learns from. One window, built by features.build.outcomes alone."""

from collections.abc import Callable, Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.outcomes import Outcome, outcomes
from features.clocks import add_days
from features.engine import Engine
from features.shop import Shop
from features.spine import Spine

Array = NDArray[np.float64]
Labels = dict[str, Array]

PROMOTIONS = {"display": "on_display", "mailer": "in_mailer", "coupon": "with_coupon"}
ANSWERED = ("open", "click", "convert")


def purchase_labels(
    shop: Shop, spine: Spine, horizon_days: int, until: datetime, *, engine: Engine | None = None
) -> Labels:
    """Orders in the horizon after each cutoff, rows as in the spine.

    Returns
    -------
    dict of arrays (n,)
        churn       1 where no order was placed, else 0
        days        local days with an order
        spend       max(0, orders + returns), currency
        next_order  whole days from the cutoff to the next order (0 is the cutoff's own day); where none came, infinity
        watched     days over which the next order was looked for: twice the horizon, or the horizon
    """
    reductions: dict[str, Outcome] = {
        "days": ("orders", lambda rows: rows.happened_at.truncate("D").nunique(where=rows.kind == "order")),
        "spend": ("orders", lambda rows: rows.amount.sum().cast("float64")),
    }
    found = outcomes(shop, spine, horizon_days, until, reductions, engine=engine)
    days, spend = _numbers(found["days"]), _numbers(found["spend"])
    next_order, watched = _next_orders(shop, spine, horizon_days, until, engine)
    return {
        "churn": (days == 0).astype(np.float64),
        "days": days,
        "spend": np.maximum(spend, 0.0),
        "next_order": next_order,
        "watched": watched,
    }


def promotion_labels(
    shop: Shop, spine: Spine, horizon_days: int, until: datetime, *, engine: Engine | None = None
) -> Array:
    """Promoted lines of the horizon credited to display, mailer and coupon; a line of k kinds gives each 1/k.

    Returns
    -------
    array (n, 3)
    """
    reductions = {kind: ("order_lines", _credit(flag)) for kind, flag in PROMOTIONS.items()}
    return _counts(outcomes(shop, spine, horizon_days, until, reductions, engine=engine), list(PROMOTIONS))


def channel_labels(
    shop: Shop,
    spine: Spine,
    horizon_days: int,
    until: datetime,
    channels: Sequence[str],
    *,
    engine: Engine | None = None,
) -> Array:
    """Orders of the horizon by sales channel; array (n, channels)."""
    # Numbered: channels may differ in case alone, columns may not.
    reductions = {f"orders_{number}": ("orders", _orders_through(one)) for number, one in enumerate(channels)}
    return _counts(outcomes(shop, spine, horizon_days, until, reductions, engine=engine), list(reductions))


def answering_kinds(shop: Shop, until: datetime, engine: Engine) -> tuple[str, ...]:
    """What counts as an answer, alike on all channels: clicks and conversions where the shop records clicks.

    Some channels tell who opened and others cannot: beside each other, openings would favour those that do.
    """
    rows = engine.read(shop.path("responses"))
    clicks = rows.filter(rows.known_at < until, rows.kind == "click", ~rows.is_machine.fill_null(False)).count()
    return ("click", "convert") if engine.arrow(clicks.as_table()).column(0)[0].as_py() else ANSWERED


def contact_labels(
    shop: Shop,
    spine: Spine,
    horizon_days: int,
    until: datetime,
    channels: Sequence[str],
    kinds: Sequence[str] = ANSWERED,
    *,
    engine: Engine | None = None,
) -> dict[str, Array]:
    """Messages of the horizon by channel, and what came of them.

    Returns
    -------
    dict of arrays (n, 4)       channel → messages sent; how many of them a person answered; how many have a logged
                                propensity; the sum of its inverse over those
    """
    logged = "propensity" in shop.present.get("messages", frozenset())
    reductions: dict[str, Outcome] = {}
    for number, channel in enumerate(channels):  # numbered for the same reason
        reductions[f"sent_{number}"] = ("messages", _sent_through(channel))
        reductions[f"answered_{number}"] = ("responses", _answered_through(channel, kinds))
        if logged:
            reductions[f"drawn_{number}"] = ("messages", _drawn_through(channel))
            reductions[f"inverse_{number}"] = ("messages", _inverse_through(channel))
    table = outcomes(shop, spine, horizon_days, until, reductions, engine=engine)
    names = ("sent", "answered", "drawn", "inverse") if logged else ("sent", "answered")
    found = {}
    for number, channel in enumerate(channels):
        counts = np.zeros((len(spine), 4))
        counts[:, : len(names)] = _counts(table, [f"{name}_{number}" for name in names])
        counts[:, 1] = np.minimum(counts[:, 1], counts[:, 0])
        found[channel] = counts
    return found


def _sent_through(channel: str) -> Callable[[ir.Table], ir.Scalar]:
    return lambda rows: rows.count(where=rows.channel == channel)


def _drawn(rows: ir.Table, channel: str) -> ir.BooleanValue:
    return (rows.channel == channel) & (rows.propensity > 0.0) & (rows.propensity <= 1.0)


def _drawn_through(channel: str) -> Callable[[ir.Table], ir.Scalar]:
    return lambda rows: rows.count(where=_drawn(rows, channel))


def _inverse_through(channel: str) -> Callable[[ir.Table], ir.Scalar]:
    one = ibis.literal(1.0, "float64")
    return lambda rows: (one / rows.propensity.nullif(0.0)).sum(where=_drawn(rows, channel))


def _answered_through(channel: str, kinds: Sequence[str]) -> Callable[[ir.Table], ir.Scalar]:
    def answered(rows: ir.Table) -> ir.Scalar:
        by_person = rows.kind.isin(tuple(kinds)) & ~rows.is_machine & (rows.channel == channel)
        return rows.message_id.nunique(where=by_person & (rows.sent_at >= rows.cutoff))

    return answered


def _credit(flag: str) -> Callable[[ir.Table], ir.Scalar]:
    def credit(rows: ir.Table) -> ir.Scalar:
        flags = [rows[name].fill_null(False).cast("float64") for name in PROMOTIONS.values()]
        kinds = flags[0] + flags[1] + flags[2]
        one = ibis.literal(1.0, "float64")
        return (one / kinds.nullif(0.0)).sum(where=rows[flag].fill_null(False) & (rows.kind == "order"))

    return credit


def _orders_through(channel: str) -> Callable[[ir.Table], ir.Scalar]:
    return lambda rows: rows.count(where=(rows.kind == "order") & (rows.channel == channel))


def _next_orders(
    shop: Shop, spine: Spine, horizon_days: int, until: datetime, engine: Engine | None
) -> tuple[Array, Array]:
    """Customers are watched for two horizons where that much is over, so that the forecast may reach as far."""
    reductions: dict[str, Outcome] = {
        "first": ("orders", lambda rows: rows.happened_at.min(where=rows.kind == "order"))
    }
    cutoffs = spine.rows["cutoff"].to_numpy().astype("datetime64[D]")
    last = np.datetime64(add_days(until, -2 * horizon_days), "D")
    days, watched = np.full(len(spine), np.inf), np.full(len(spine), float(horizon_days))
    watched[cutoffs <= last] = 2 * horizon_days
    for reach in (horizon_days, 2 * horizon_days):
        rows = watched == reach
        if rows.any():
            part = Spine.from_rows(spine.rows.filter(pa.array(rows)))
            found = outcomes(shop, part, reach, until, reductions, engine=engine)
            first = found["first"].to_numpy().astype("datetime64[D]")
            after = (first - cutoffs[rows]) / np.timedelta64(1, "D")
            days[rows] = np.where(np.isnat(first), np.inf, after)
    return days, watched


def _counts(found: pa.Table, names: Sequence[str]) -> Array:
    return np.stack([_numbers(found[name]) for name in names], axis=1)


def _numbers(column: pa.ChunkedArray) -> Array:
    values: Array = pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy()
    return values
