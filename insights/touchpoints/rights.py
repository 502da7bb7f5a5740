"""Rights of members that one channel honours and another does not, for the same tier, product and week."""

import ibis
import ibis.expr.types as ir

from insights.known import Known, Period

LEAST_LINES = 5  # of a product through a channel, below which it is not told what that channel gives on it
OFTEN = 0.5  # share of lines from which a channel gives a right on a product
SELDOM = 0.05  # share of lines up to which a channel does not give it: a till may err
_KIND = ("tier", "right")
_CELL = (*_KIND, "product_id", "week")
_PAIR = (*_KIND, "channel", "other_channel")


def rights(known: Known, period: Period) -> ir.Table | None:
    """What members of a tier were given through `other_channel` and not through `channel`.

    Only weeks in which members of the tier bought the product through both are compared, and only products on which
    `other_channel` gave the right on at least half of five such lines or more; over all of them `channel` gave it on
    at most 5 %.
    The tier is the one the shop knew when the line was bought.

    Returns
    -------
    ir.Table or None    channel, other_channel, tier, right, cases: products × weeks with the right there and without
                        it here, people: members who bought those; None where lines state no benefit, orders no channel
                        or customers no tier
    """
    if not (known.has("order_lines", "benefit") and known.has("orders", "channel") and known.has("customers", "tier")):
        return None
    lines = _lines(known, period)
    pairs = _told_apart(_pairs(lines))
    missed = pairs.filter(pairs.other_given > 0, pairs.given == 0)
    bought = lines.select("customer_id", *_CELL, bought_on="channel").distinct()
    met = missed.inner_join(bought, list(_CELL)).filter(
        lambda rows: (rows.bought_on == rows.channel) | (rows.bought_on == rows.other_channel)
    )
    people = met.group_by(*_PAIR).aggregate(people=met.customer_id.nunique())
    return missed.group_by(*_PAIR).aggregate(cases=missed.count()).inner_join(people, list(_PAIR))


def _lines(known: Known, period: Period) -> ir.Table:
    """One row a line of a member and right that the tier was ever given: whether it was on this line."""
    lines = known.rows("order_lines")
    lines = lines.filter(period.holds(lines), lines.kind == "order", lines.channel.notnull()).select(
        "customer_id", "happened_at", "product_id", "channel", "benefit", week=lines.happened_at.truncate("W")
    )
    versions = known.rows("customers").filter(ibis._.tier.notnull())
    versions = versions.group_by("customer_id", since="known_at").aggregate(tier=versions.tier.max())
    placed = lines.asof_join(versions, lines.happened_at >= versions.since, "customer_id").filter(ibis._.tier.notnull())
    placed = placed.mutate(benefit=placed.benefit.nullif(""))
    given = placed.filter(placed.benefit.notnull()).select("tier", right="benefit").distinct()
    rows = placed.inner_join(given, "tier")
    return rows.mutate(given=(rows.benefit == rows.right).fill_null(False))


def _pairs(lines: ir.Table) -> ir.Table:
    """Cells of tier, right, product and week that two channels sold, with what either gave."""
    cells = lines.group_by(*_CELL, "channel").aggregate(lines=lines.count(), given=lines.given.sum())
    other = cells.rename({f"other_{name}": name for name in ("channel", "lines", "given")})
    return cells.inner_join(other, list(_CELL)).filter(ibis._.channel != ibis._.other_channel)


def _told_apart(pairs: ir.Table) -> ir.Table:
    """The cells of products that the other channel gives the right on, of pairs of which this channel does not."""
    of_product = ibis.window(group_by=[*_PAIR, "product_id"])
    pairs = pairs.mutate(
        there=pairs.other_lines.sum().over(of_product), got_there=pairs.other_given.sum().over(of_product)
    )
    pairs = pairs.filter(pairs.there >= LEAST_LINES, pairs.got_there >= OFTEN * pairs.there)
    of_pair = ibis.window(group_by=list(_PAIR))
    pairs = pairs.mutate(here=pairs.lines.sum().over(of_pair), got_here=pairs.given.sum().over(of_pair))
    return pairs.filter(pairs.here >= LEAST_LINES, pairs.got_here <= SELDOM * pairs.here)
