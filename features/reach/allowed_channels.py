"""Through which channels a customer may be written to and can be reached, and at what hour, as known at a cutoff."""

from collections.abc import Collection
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.engine import Engine, opened
from features.known import known_before, took_place
from features.shop import Shop

REACH_DAYS = 365
ALL = "all"  # the channel of a word on every channel
_OBJECTIONS = ("unsubscribe", "complaint")
_PAIR = ("customer_id", "channel")


def allowed_channels(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """Channels that may be used for a customer and reach them.

    A channel may be used with consent for contact, or with a basis in shop.toml and no objection: the latest
    consents row decides, an unsubscribe or complaint after it is an objection. It reaches a customer who has an
    identity of its kind, or was sent a message through it within 365 days without a later bounce.

    Returns
    -------
    pa.Table        customer_id, channel; sorted, no pair twice
    """
    with opened(engine) as running:
        pairs = _reached(shop, cutoff, running)
        if pairs is None:
            return pa.table({name: pa.array([], pa.string()) for name in _PAIR})
        asked = _joined(pairs, _consent(shop, cutoff, running), _objection(shop, cutoff, running))
        bases = sorted(shop.settings.channels.contact)
        stated = asked.channel.isin(bases) if bases else ibis.literal(False)
        objected = asked.objected_at.notnull() & (asked.decided_at.isnull() | (asked.objected_at > asked.decided_at))
        may = asked.granted.fill_null(stated) & ~objected
        return running.arrow(asked.filter(may).select(*_PAIR).distinct().order_by(*_PAIR))


def reached_channels(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """Channels that reach a customer, whether or not they may be used.

    Returns
    -------
    pa.Table        customer_id, channel; sorted, no pair twice
    """
    with opened(engine) as running:
        pairs = _reached(shop, cutoff, running)
        if pairs is None:
            return pa.table({name: pa.array([], pa.string()) for name in _PAIR})
        return running.arrow(pairs.select(*_PAIR).distinct().order_by(*_PAIR))


def withdrawn_profiling(shop: Shop, cutoff: datetime, *, engine: Engine | None = None) -> pa.Table:
    """Channels on which a customer's latest word on profiling is no.

    Returns
    -------
    pa.Table        customer_id, channel; sorted, no pair twice
    """
    with opened(engine) as running:
        words = _consent(shop, cutoff, running, "profiling")
        if words is None:
            return pa.table({name: pa.array([], pa.string()) for name in _PAIR})
        return running.arrow(words.filter(~words.granted).select(*_PAIR).order_by(*_PAIR))


def best_hours(
    shop: Shop, cutoff: datetime, *, usable: Collection[int] = range(24), engine: Engine | None = None
) -> pa.Table:
    """The local hour in which a customer ordered or was in touch most often within 365 days; the earlier one of two.

    Rows that carry no time of day (all at midnight sharp) say nothing, nor do hours at which nobody may be written to.

    Parameters
    ----------
    usable : the hours that may be chosen

    Returns
    -------
    pa.Table        customer_id, hour (int64, 0–23); sorted, only customers of whom something is known
    """
    with opened(engine) as running:
        tables = [name for name in ("orders", "touchpoints") if shop.has(name)]
        moments = [_recent(shop, name, cutoff, running).select("customer_id", "happened_at") for name in tables]
        rows = ibis.union(*moments) if len(moments) > 1 else moments[0]
        timed = rows.filter(rows.happened_at != rows.happened_at.truncate("D"))
        hours = timed.mutate(hour=timed.happened_at.hour().cast("int64")).group_by("customer_id", "hour")
        counted = hours.aggregate(times=lambda t: t.count())
        counted = counted.filter(counted.hour.isin(sorted(usable)) if usable else ibis.literal(False))
        rank = ibis.row_number().over(group_by="customer_id", order_by=[ibis.desc("times"), "hour"])
        return running.arrow(
            counted.mutate(place=rank).filter(ibis._.place == 0).select("customer_id", "hour").order_by("customer_id")
        )


def _reached(shop: Shop, cutoff: datetime, engine: Engine) -> ir.Table | None:
    parts = [
        part for part in (_by_identity(shop, cutoff, engine), _by_message(shop, cutoff, engine)) if part is not None
    ]
    if not parts:
        return None
    return (ibis.union(*parts) if len(parts) > 1 else parts[0]).distinct()


def _by_identity(shop: Shop, cutoff: datetime, engine: Engine) -> ir.Table | None:
    if not shop.has("identities"):
        return None
    marks = _known(shop, "identities", cutoff, engine)
    marks = marks.filter(marks.source == shop.name).select("source_customer_id", mark=marks.kind.lower())
    kinds = sorted(engine.arrow(marks.filter(marks.mark.notnull()).select("mark").distinct())["mark"].to_pylist())
    # A mark that no channel is stated to be reached by reaches the channel of its own name.
    pairs = [(kind, way) for kind in kinds for way in shop.settings.channels.reached_by(kind) or (kind,)]
    ways = engine.table(
        pa.table({"mark": pa.array([kind for kind, _ in pairs], pa.string()),
                  "channel": pa.array([way for _, way in pairs], pa.string())})
    )  # fmt: skip
    return marks.join(ways, "mark").select(customer_id="source_customer_id", channel="channel")


def _by_message(shop: Shop, cutoff: datetime, engine: Engine) -> ir.Table | None:
    if not shop.has("messages"):
        return None
    sent = _recent(shop, "messages", cutoff, engine).group_by(*_PAIR).aggregate(sent_at=lambda t: t.happened_at.max())
    if not shop.has("responses"):
        return sent.select(*_PAIR)
    bounced = _last_response(shop, ("bounce",), cutoff, engine).rename(bounced_at="at")
    met = sent.left_join(bounced, [*_PAIR])
    return met.filter(met.bounced_at.isnull() | (met.sent_at > met.bounced_at)).select(*_PAIR)


def _consent(shop: Shop, cutoff: datetime, engine: Engine, purpose: str = "contact") -> ir.Table | None:
    """The latest decision on a purpose by customer and channel; of two at the same moment the refusal counts."""
    if not shop.has("consents"):
        return None
    rows = _known(shop, "consents", cutoff, engine)
    rows = _said_on_each(shop, rows.filter(rows.purpose == purpose), engine)
    last = ibis.row_number().over(
        group_by=list(_PAIR), order_by=[ibis.desc("happened_at"), ibis.desc("known_at"), "granted"]
    )
    return rows.mutate(place=last).filter(ibis._.place == 0).select(*_PAIR, "granted", decided_at="happened_at")


def _said_on_each(shop: Shop, rows: ir.Table, engine: Engine) -> ir.Table:
    """Words on all channels as words on each one that occurs or that somebody could be reached through."""
    named = rows.filter(rows.channel != ALL)
    channels = shop.settings.channels
    parts = [engine.table(pa.table({"channel": sorted({"email", *channels.stated})})), named.select("channel")]
    if shop.has("messages"):
        parts.append(took_place(engine.read(shop.path("messages")), "messages").select("channel"))
    if shop.has("identities"):
        marks = engine.arrow(engine.read(shop.path("identities")).select("kind").distinct())["kind"].to_pylist()
        kinds = sorted({kind.lower() for kind in marks if kind})
        ways = sorted({way for kind in kinds for way in channels.reached_by(kind) or (kind,)})
        parts.append(engine.table(pa.table({"channel": pa.array(ways, pa.string())})))
    each = ibis.union(*parts, distinct=True).rename(each="channel")
    on_all = rows.filter(rows.channel == ALL).drop("channel").cross_join(each).rename(channel="each")
    return named.union(on_all.select(*named.columns))


def _objection(shop: Shop, cutoff: datetime, engine: Engine) -> ir.Table | None:
    if not shop.has("responses"):
        return None
    return _last_response(shop, _OBJECTIONS, cutoff, engine).rename(objected_at="at")


def _last_response(shop: Shop, kinds: tuple[str, ...], cutoff: datetime, engine: Engine) -> ir.Table:
    rows = _known(shop, "responses", cutoff, engine)
    return rows.filter(rows.kind.isin(kinds)).group_by(*_PAIR).aggregate(at=lambda t: t.happened_at.max())


def _joined(pairs: ir.Table, consent: ir.Table | None, objection: ir.Table | None) -> ir.Table:
    if consent is None:
        pairs = pairs.mutate(granted=ibis.null("boolean"), decided_at=ibis.null("timestamp(6)"))
    else:
        pairs = pairs.left_join(consent, [*_PAIR]).select(*_PAIR, "granted", "decided_at")
    if objection is None:
        return pairs.mutate(objected_at=ibis.null("timestamp(6)"))
    return pairs.left_join(objection, [*_PAIR]).select(*_PAIR, "granted", "decided_at", "objected_at")


def _known(shop: Shop, table: str, cutoff: datetime, engine: Engine) -> ir.Table:
    return known_before(took_place(engine.read(shop.path(table)), table), cutoff)


def _recent(shop: Shop, table: str, cutoff: datetime, engine: Engine) -> ir.Table:
    rows = _known(shop, table, cutoff, engine)
    start = ibis.literal(cutoff, "timestamp(6)") - ibis.interval(days=REACH_DAYS)
    return rows.filter(rows.customer_id.notnull(), rows.happened_at >= start)
