"""What customers meet otherwise from channel to channel: prices, messages about one thing, service asked for again."""

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.clocks import add_days
from features.known import took_place
from insights.known import Known, Period
from insights.kpis.relations import rows_of
from insights.small_groups import SMALLEST
from insights.touchpoints.rights import rights

PRICE, PROMOTION, RIGHT, MESSAGE, SERVICE = "price", "promotion", "right", "message", "service"
_AGAIN_DAYS = {MESSAGE: 3, SERVICE: 14}
_LEAST_LINES = 5  # of a product in a week and channel, below which its price there is not told
_LEAST_DIFFERENCE = 0.05
_SURVEY = "survey"  # a topic that the shop asks about, not the customer
_OFTEN = 0.5  # share of lines from which a product is promoted in a week and channel
_KEYS = ("product_id", "week")
_PROMOTED = ("on_display", "in_mailer", "with_coupon")

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("what", "channel", "other_channel")),
        ("cases", pa.int64()),
        ("people", pa.int64()),
        ("dearer_by", pa.float64()),
        ("tier", pa.string()),
        ("right", pa.string()),
    ]
)


def consistency(known: Known, period: Period) -> pa.Table:
    """Inconsistencies of a period by pair of channels, the most frequent of each kind first.

    "price": a product cost over 5 % more through `other_channel` than through `channel` in the same week, by the mean
    of five lines or more without promotion; cases are products × weeks, `dearer_by` their mean. "promotion": of five
    lines or more of a product in a week, at least half were promoted through `other_channel`, none through `channel`;
    cases are products × weeks. "right": members of a `tier` were given a `right` through `other_channel` and not
    through `channel`, see `insights.touchpoints.rights`; cases are products × weeks. "message": a person was written to
    through `other_channel` at the same moment as through `channel` or within three days after, about the same campaign
    (the same action where campaigns are not told); bounces are no messages. "service": a person opened a case on
    the same topic through `other_channel` within fourteen days after `channel`. Their cases are messages and cases
    that came again, each once a pair of channels.

    Returns
    -------
    pa.Table    as SCHEMA; pairs that met fewer than twenty people are left out, and kinds whose columns are not given
    """
    found = [
        _prices(known, period), _promotions(known, period), _rights(known, period),
        _messages(known, period), _service(known, period),
    ]  # fmt: skip
    tables = [_shown(known, one) for one in found if one is not None]
    return pa.concat_tables([SCHEMA.empty_table(), *tables])


def _shown(known: Known, found: ir.Table) -> pa.Table:
    """Pairs that met twenty people or more, with every column of SCHEMA."""
    nothing = {name: ibis.null("string") for name in ("tier", "right") if name not in found.columns}
    told = found.filter(found.people >= SMALLEST).mutate(**nothing)
    ordered = told.order_by(ibis.desc("cases"), "channel", "other_channel", "tier", "right")
    return known.engine.arrow(ordered.select(SCHEMA.names)).cast(SCHEMA)


def _rights(known: Known, period: Period) -> ir.Table | None:
    found = rights(known, period)
    return None if found is None else found.mutate(what=ibis.literal(RIGHT), dearer_by=ibis.null("float64"))


def _prices(known: Known, period: Period) -> ir.Table | None:
    lines = _sold(known, period)
    if lines is None or not known.has("order_lines", "amount"):
        return None
    lines = lines.filter(lines.quantity > 0, ~lines.promoted)
    lines = lines.mutate(unit=lines.amount.cast("float64") / lines.quantity)
    price = lines.group_by(*_KEYS, "channel").aggregate(unit=lines.unit.mean(), lines=lines.count())
    price = price.filter(price.lines >= _LEAST_LINES)
    other = price.view()
    pairs = price.join(
        other,
        [*(price[key] == other[key] for key in _KEYS), other.unit > price.unit * (1 + _LEAST_DIFFERENCE)],
        rname="other_{name}",
    ).select(*_KEYS, "channel", "other_channel", dearer_by=ibis._.other_unit / ibis._.unit - 1)
    return _counted(lines, pairs, PRICE)


def _promotions(known: Known, period: Period) -> ir.Table | None:
    lines = _sold(known, period)
    if lines is None or not any(known.has("order_lines", name) for name in _PROMOTED):
        return None
    share = lines.group_by(*_KEYS, "channel").aggregate(promoted=lines.promoted.mean(), lines=lines.count())
    share = share.filter(share.lines >= _LEAST_LINES)
    other = share.view()
    pairs = share.join(
        other,
        [*(share[key] == other[key] for key in _KEYS), share.promoted == 0.0, other.promoted >= _OFTEN],
        rname="other_{name}",
    ).select(*_KEYS, "channel", "other_channel", dearer_by=ibis.null("float64"))
    return _counted(lines, pairs, PROMOTION)


def _sold(known: Known, period: Period) -> ir.Table | None:
    """Lines of known people by channel and week, each with whether it was promoted."""
    if not (known.shop.has("order_lines") and known.has("orders", "channel")):
        return None
    lines = known.rows("order_lines")
    lines = lines.filter(
        period.holds(lines), lines.kind == "order", lines.channel.notnull(), lines.customer_id.notnull()
    )
    promoted: ir.BooleanValue = ibis.literal(False)
    for name in _PROMOTED:
        if known.has("order_lines", name):
            promoted = promoted | lines[name].fill_null(False)
    return lines.mutate(week=lines.happened_at.truncate("W"), promoted=promoted)


def _counted(lines: ir.Table, pairs: ir.Table, what: str) -> ir.Table:
    """Pairs of channels with how many products × weeks, and whom they met on either."""
    buyers = lines.select(*_KEYS, bought_on="channel", customer_id="customer_id")
    met = pairs.join(buyers, [pairs.product_id == buyers.product_id, pairs.week == buyers.week], rname="{name}_right")
    met = met.filter((met.bought_on == met.channel) | (met.bought_on == met.other_channel))
    people = met.group_by("channel", "other_channel").aggregate(people=met.customer_id.nunique())
    counted = pairs.group_by("channel", "other_channel").aggregate(
        cases=pairs.count(), dearer_by=pairs.dearer_by.mean()
    )
    return counted.inner_join(people, ["channel", "other_channel"]).mutate(what=ibis.literal(what))


def _messages(known: Known, period: Period) -> ir.Table | None:
    """Sends that arrived, as far as bounces are told, about the same campaign."""
    about = next((one for one in ("campaign_id", "action") if known.has("messages", one)), None)
    if about is None:
        return None
    if known.shop.has("responses"):
        rows = rows_of(known, "sends").filter(~ibis._.bounces)
    else:
        rows = took_place(known.rows("messages"), "messages")
    return _again(rows, period, "message_id", about, MESSAGE)


def _service(known: Known, period: Period) -> ir.Table | None:
    """Cases as they were opened: a later version of one is no case of its own, whatever it says."""
    if not known.has("tickets", "topic", "channel"):
        return None
    rows = known.rows("tickets")
    versions = ibis.window(group_by="ticket_id", order_by=[rows.happened_at, rows.known_at])
    rows = rows.mutate(nth=ibis.row_number().over(versions)).filter(ibis._.nth == 0, ibis._.topic != _SURVEY)
    return _again(rows, period, "ticket_id", "topic", SERVICE)


def _again(rows: ir.Table, period: Period, number: str, about: str, what: str) -> ir.Table:
    """Rows of the period that follow another of the same person about one thing through another channel within days.

    A row counts once for a channel, however often that one was used before it; of two at one moment the channel
    further on in the alphabet is the later one.
    """
    since = ibis.literal(add_days(period.since, -_AGAIN_DAYS[what]), "timestamp(6)")
    rows = rows.filter(rows.customer_id.notnull(), rows.channel.notnull(), rows[about].notnull())
    first = rows.filter(rows.happened_at >= since).select("customer_id", "channel", about=about, first_at="happened_at")
    later = rows.filter(period.holds(rows)).select(
        "customer_id", other_channel="channel", about=about, later_at="happened_at", number=number
    )
    met = first.join(
        later,
        [
            first.customer_id == later.customer_id,
            first.about == later.about,
            first.channel != later.other_channel,
            later.later_at >= first.first_at,
            (later.later_at > first.first_at) | (later.other_channel > first.channel),
            later.later_at <= first.first_at + ibis.interval(days=_AGAIN_DAYS[what]),
        ],
        rname="{name}_right",
    )
    return met.group_by("channel", "other_channel").aggregate(
        what=ibis.literal(what), cases=met.number.nunique(), people=met.customer_id.nunique(),
        dearer_by=ibis.null("float64"),
    )  # fmt: skip
