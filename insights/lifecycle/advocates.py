"""Advocates: who brings others, and what those brought are worth, by what customer records say of who invited them."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from features.clocks import add_days
from insights.known import Known, Period
from insights.small_groups import SMALLEST

YEAR = 365


@dataclass(frozen=True)
class Advocates:
    """People who invited somebody that bought, and whom they brought.

    Attributes
    ----------
    people : int            who invited at least one buyer
    invited : int           people who name an inviter
    buyers : int            of them, who ordered
    brought : float         net sales to them until the cutoff, in the shop's currency
    invited_each, advocates_each, others_each : float       net sales of the year before the cutoff to each of its
                            buyers: those invited, those who invited, and everybody else
    """

    people: int
    invited: int
    buyers: int
    brought: float
    invited_each: float
    advocates_each: float
    others_each: float


def advocates(known: Known) -> Advocates | None:
    """Who brings others and what that is worth; none of it an effect: friends of good customers are alike.

    Who was invited and did not buy may be under twenty: then `invited` is not to be told beside `buyers`.
    None where records name no inviters, or where advocates, invited buyers or other buyers are under twenty people.
    """
    if not known.has("customers", "referred_by"):
        return None
    invited = _invited(known)
    orders = known.rows("orders").filter(ibis._.customer_id.notnull())
    ever = orders.group_by("customer_id").aggregate(
        ordered=(orders.kind == "order").any(), brought=orders.amount.cast("float64").sum()
    )
    buying = invited.inner_join(ever.filter(ever.ordered), "customer_id")
    buying = known.engine.keep(buying)
    inviters = buying.select(customer_id="referred_by").distinct()
    each = _spending(known, orders, buying, inviters)
    told = buying.aggregate(buyers=buying.count(), brought=buying.brought.sum(), people=buying.referred_by.nunique())
    row = known.engine.arrow(told.mutate(invited=invited.count().as_scalar())).to_pylist()[0]
    sizes = [row["people"], row["buyers"], *(size for size, _ in each)]
    if min(sizes) < SMALLEST:
        return None
    return Advocates(row["people"], row["invited"], row["buyers"], row["brought"], *(spent for _, spent in each))


def _invited(known: Known) -> ir.Table:
    """customer_id and the inviter their latest record that names one names; nobody invites themselves."""
    records = known.rows("customers")
    records = records.filter(records.referred_by.notnull() & (records.referred_by != records.customer_id))
    return records.group_by("customer_id").aggregate(referred_by=records.referred_by.argmax(records.known_at))


def _spending(
    known: Known, orders: ir.Table, buying: ir.Table, inviters: ir.Table
) -> tuple[tuple[int, float], tuple[int, float], tuple[int, float]]:
    """Buyers of the year and what each spent: invited, inviting, neither; who is both counts as both."""
    year = Period(add_days(known.at, -YEAR), known.at)
    lately = orders.filter(year.holds(orders))
    spent = lately.group_by("customer_id").aggregate(
        spent=lately.amount.cast("float64").sum(), orders=(lately.kind == "order").sum()
    )
    spent = spent.filter(spent.orders > 0)
    flagged = spent.mutate(
        was_invited=spent.customer_id.isin(buying.customer_id), invites=spent.customer_id.isin(inviters.customer_id)
    )
    parts = (flagged.was_invited, flagged.invites, ~(flagged.was_invited | flagged.invites))
    names = {f"{what}_{place}": value for place, part in enumerate(parts)
             for what, value in (("people", part.sum()), ("spent", flagged.spent.mean(where=part)))}  # fmt: skip
    row = known.engine.arrow(flagged.aggregate(**names)).to_pylist()[0]
    first, second, third = ((row[f"people_{place}"] or 0, row[f"spent_{place}"] or 0.0) for place in range(3))
    return first, second, third
