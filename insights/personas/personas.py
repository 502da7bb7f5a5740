"""Personas: who behaves alike, how many they are, what they bring, what is typical of them and what fits them."""

from dataclasses import dataclass, field

import ibis
import numpy as np
import pyarrow as pa

from features.clocks import add_days
from insights.known import Known, Period
from insights.personas.behaviour import YEAR
from insights.personas.monthly import Month, Name, monthly
from insights.personas.portrait import reachable, typical
from insights.small_groups import SMALLEST, large_enough

# What fits, by (trait, least, most) that all have to hold in standard deviations; the first that does.
_FITS: tuple[tuple[str, tuple[tuple[str, float, float], ...]], ...] = (
    ("advice", (("returns", 0.7, 9.0),)),
    ("voucher", (("saves", 0.5, 9.0),)),
    ("help_to_decide", (("looks", 0.5, 9.0), ("often", -9.0, 0.0))),
    ("sooner", (("often", -9.0, -0.4), ("dear", 0.3, 9.0))),
    ("second_order", (("often", -9.0, -0.4),)),
    ("early_access", (("often", 0.4, 9.0),)),
)
_ELSE = "companions"


@dataclass(frozen=True)
class Persona:
    """A group of people who behave alike.

    Attributes
    ----------
    name : Name                     what sets it apart: (trait, more than usual), the most telling first
    people, reachable : int         of the year's buyers; of them who may be written to and can be
    people_before : int or None     a month earlier; None where the persona was not there, or was under twenty
    orders, spent : float           of the year before the cutoff, a person; spent in the shop's currency, less returns
    share_of_sales : float          of what all personas' people spent
    fits : str                      what to offer
    typical : dict                  of portrait.TYPICAL, what stands out from the shop
    """

    name: Name
    people: int
    reachable: int
    people_before: int | None
    orders: float
    spent: float
    share_of_sales: float
    fits: str
    typical: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Personas:
    """The personas of a cutoff.

    Attributes
    ----------
    found : list of Persona         the largest share of sales first; empty where no division of the people holds up
    stability : float               of the division, 0 to 1, as in `clusters.Groups`
    """

    found: list[Persona]
    stability: float

    @property
    def people(self) -> int:
        """Everybody in one that is shown."""
        return sum(one.people for one in self.found)


def personas(known: Known) -> Personas:
    """The personas at the cutoff, those under twenty people left out."""
    months = monthly(known)
    if not months:
        return Personas([], 0.0)
    now, before = months[-1], months[-2] if len(months) > 1 else None
    labels = now.groups.labels
    members = known.engine.keep(
        known.engine.table(pa.table({"customer_id": now.behaviour.customers, "group": pa.array(labels)}))
    )
    money = _money(known, members)
    sales = sum(spent for _, spent in money.values())
    reached, told = reachable(known, members), typical(known, members)
    sizes = np.bincount(labels, minlength=len(now.names))
    found = []
    for group in np.flatnonzero(large_enough(sizes.tolist())).tolist():
        people, (orders, spent) = int(sizes[group]), money[group]
        found.append(
            Persona(
                name=now.names[group],
                people=people,
                reachable=reached.get(group, 0),
                people_before=_people_before(before, now.names[group]),
                orders=orders / people,
                spent=spent / people,
                share_of_sales=spent / sales if sales > 0 else 0.0,
                fits=fits(dict(zip(now.behaviour.traits, now.groups.centres[group], strict=True))),
                typical=dict(told.get(group, {})),
            )
        )
    return Personas(sorted(found, key=lambda one: -one.share_of_sales), now.groups.stability)


def fits(centre: dict[str, float]) -> str:
    """What to offer people of such traits."""
    for name, conditions in _FITS:
        if all(least <= centre.get(trait, 0.0) <= most and trait in centre for trait, least, most in conditions):
            return name
    return _ELSE


def _people_before(before: Month | None, name: Name) -> int | None:
    if before is None or name not in before.names:
        return None
    sizes = np.bincount(before.groups.labels, minlength=len(before.names))
    place = before.names.index(name)
    return int(sizes[place]) if large_enough(sizes.tolist())[place] and sizes[place] >= SMALLEST else None


def _money(known: Known, members: ibis.expr.types.Table) -> dict[int, tuple[float, float]]:
    """By group: orders, and net sales of the year."""
    rows = known.rows("orders")
    rows = rows.filter(Period(add_days(known.at, -YEAR), known.at).holds(rows)).inner_join(members, "customer_id")
    told = rows.group_by("group").aggregate(
        orders=(rows.kind == "order").sum(), spent=rows.amount.cast("float64").sum()
    )
    return {row["group"]: (float(row["orders"]), float(row["spent"])) for row in known.engine.arrow(told).to_pylist()}
