"""Touchpoints: what a customer looks at, puts into a cart, gives up, and says to others."""

import ibis
import ibis.expr.types as ir

from features.catalog.expressions import days_since, local_day, share, trend
from features.feature import days_between, feature, ratio

ADVOCACY = ("review", "share", "invite")


def _kind(touchpoints: ir.Table, *kinds: str) -> ir.BooleanValue:
    return touchpoints.kind.isin(kinds)


@feature(table="touchpoints", windows=("30d", "90d"), unit="touches", empty=0)
def touches(touchpoints: ir.Table) -> ir.Value:
    """Touches of any kind. None means 0."""
    return touchpoints.count()


@feature(table="touchpoints", unit="days")
def days_since_touch(touchpoints: ir.Table) -> ir.Value:
    """Days since the latest touch of any kind: a silent buyer may still be looking. Missing without a touch."""
    return days_since(touchpoints)


@feature(table="touchpoints", windows=("30d", "90d"), unit="days", empty=0)
def touch_days(touchpoints: ir.Table) -> ir.Value:
    """Local days with a touch. None means 0."""
    return local_day(touchpoints).nunique()


@feature(table="touchpoints", windows=("90d",), unit="position")
def touches_trend(touchpoints: ir.Table, days: int) -> ir.Value:
    """Where in the window the touches lie, −1 to 1: below 0 the interest fades. Missing without a touch."""
    return trend(touchpoints, days, touchpoints.happened_at.notnull())


@feature(table="touchpoints", windows=("90d",), unit="sessions", empty=0, needs=("session_id",))
def sessions(touchpoints: ir.Table) -> ir.Value:
    """Different sessions. None means 0."""
    return touchpoints.session_id.nunique()


@feature(table="touchpoints", windows=("90d",), unit="channels", empty=0)
def touch_channels(touchpoints: ir.Table) -> ir.Value:
    """Different channels touched. None means 0."""
    return touchpoints.channel.nunique()


@feature(table="touchpoints", windows=("30d", "90d"), unit="views", empty=0)
def views(touchpoints: ir.Table) -> ir.Value:
    """Products viewed, repeats counted. None means 0."""
    return touchpoints.count(where=_kind(touchpoints, "view"))


@feature(table="touchpoints", windows=("90d",), unit="products", empty=0, needs=("product_id",))
def view_variety(touchpoints: ir.Table) -> ir.Value:
    """Different products viewed. None means 0."""
    return touchpoints.product_id.nunique(where=_kind(touchpoints, "view"))


@feature(table="touchpoints", windows=("90d",), unit="searches", empty=0)
def searches(touchpoints: ir.Table) -> ir.Value:
    """Searches. None means 0."""
    return touchpoints.count(where=_kind(touchpoints, "search"))


@feature(table="touchpoints", windows=("30d", "90d"), unit="additions", empty=0)
def cart_additions(touchpoints: ir.Table) -> ir.Value:
    """Products put into a cart. None means 0."""
    return touchpoints.count(where=_kind(touchpoints, "add_to_cart"))


@feature(table="touchpoints", windows=("90d",), unit="abandonments", empty=0)
def abandonments(touchpoints: ir.Table) -> ir.Value:
    """Carts and checkouts given up. None means 0."""
    return touchpoints.count(where=_kind(touchpoints, "abandon"))


@feature(table="touchpoints", unit="days")
def days_since_abandonment(touchpoints: ir.Table) -> ir.Value:
    """Days since a cart or checkout was last given up. Missing where none was."""
    return days_since(touchpoints, _kind(touchpoints, "abandon"))


@feature(table="touchpoints", windows=("365d",), unit="share", needs=("reason",))
def shipping_abandon_share(touchpoints: ir.Table) -> ir.Value:
    """Share of abandonments whose reason names shipping. Missing without an abandonment."""
    given_up = _kind(touchpoints, "abandon")
    return share(touchpoints, touchpoints.reason.lower().contains("shipping"), given_up)


@feature(table="touchpoints", windows=("90d",), unit="failures", empty=0)
def payment_failures(touchpoints: ir.Table) -> ir.Value:
    """Payments that failed. None means 0."""
    return touchpoints.count(where=_kind(touchpoints, "payment_failed"))


@feature(table="touchpoints", windows=("90d",), unit="seconds", needs=("dwell_seconds",))
def dwell_mean(touchpoints: ir.Table) -> ir.Value:
    """Mean stay of a touch that states one. Missing without one."""
    return touchpoints.dwell_seconds.mean()


@feature(table="touchpoints", windows=("90d",), unit="share", needs=("dwell_seconds",))
def bounce_share(touchpoints: ir.Table) -> ir.Value:
    """Share of visits left within ten seconds. Missing without a visit that states its stay."""
    timed = _kind(touchpoints, "visit") & touchpoints.dwell_seconds.notnull()
    return share(touchpoints, touchpoints.dwell_seconds < 10, timed)


@feature(table="touchpoints", windows=("90d",), unit="share", needs=("load_ms",))
def slow_share(touchpoints: ir.Table) -> ir.Value:
    """Share of pages that took longer than three seconds to load. Missing without a timed page."""
    return share(touchpoints, touchpoints.load_ms > 3000, touchpoints.load_ms.notnull())


@feature(table="touchpoints", windows=("90d",), unit="pieces", empty=0)
def reads(touchpoints: ir.Table) -> ir.Value:
    """Pieces of content read. None means 0."""
    return touchpoints.count(where=_kind(touchpoints, "read"))


@feature(table="touchpoints", windows=("365d",), unit="times", empty=0)
def try_ons(touchpoints: ir.Table) -> ir.Value:
    """Try-ons and consultations. None means 0."""
    return touchpoints.count(where=_kind(touchpoints, "try_on", "consult"))


@feature(table="touchpoints", windows=("365d",), unit="acts", empty=0)
def advocacy(touchpoints: ir.Table) -> ir.Value:
    """Reviews, shares and invitations: the seeds of word of mouth. None means 0."""
    return touchpoints.count(where=_kind(touchpoints, *ADVOCACY))


@feature(table="touchpoints", windows=("365d",), unit="views per purchase")
def views_per_purchase(touchpoints: ir.Table) -> ir.Value:
    """Views over touches of kind purchase: much looking, little buying. Missing without such a purchase."""
    bought = touchpoints.count(where=_kind(touchpoints, "purchase"))
    return ratio(touchpoints.count(where=_kind(touchpoints, "view")), bought)


@feature(table="touchpoints", windows=("365d",), unit="share", empty=0.125, per="channel")
def channel_touch_share(touchpoints: ir.Table, value: str) -> ir.Value:
    """Share of touches through {channel}, as if eight more had been made, one of them there. None means 0.125."""
    one, eight = ibis.literal(1, "int64"), ibis.literal(8, "int64")
    return ratio(touchpoints.count(where=touchpoints.channel == value) + one, touchpoints.count() + eight)


@feature(table="touchpoints", windows=("365d",), unit="touches", empty=0, per="device")
def device_touches(touchpoints: ir.Table, value: str) -> ir.Value:
    """Touches on {device}. None means 0."""
    return touchpoints.count(where=touchpoints.device == value)


@feature(table="touchpoints", unit="days", per="channel")
def channel_silence(touchpoints: ir.Table, value: str) -> ir.Value:
    """Days and their fractions since the latest touch through {channel}. Missing without one."""
    return days_between(touchpoints.cutoff, touchpoints.happened_at.max(where=touchpoints.channel == value))


@feature(table="touchpoints", unit="days", per="kind")
def kind_recency(touchpoints: ir.Table, value: str) -> ir.Value:
    """Days and their fractions since the latest touch of kind {kind}. Missing without one."""
    return days_between(touchpoints.cutoff, touchpoints.happened_at.max(where=_kind(touchpoints, value)))
