"""The people behind an odd stretch: how many they are, and how much more people vary than rows would.

One person who buys twenty times in a week is twenty rows and one whim. What each person adds to the stretch, less what
the same person adds to as many other rows, is squared and summed up: the variance where people, not rows, are drawn.
Who has always been so cancels out.
"""

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir

from features.clocks import add_days
from insights.episodes.daily import DailySeries
from insights.episodes.scan import OddStretch
from insights.known import Known, Period
from insights.small_groups import SMALLEST


@dataclass(frozen=True)
class Crowd:
    """People by what they did in the days of a stretch and in all others.

    Attributes
    ----------
    part, rest : int            people behind the stretch's part, and behind what is in its whole alone
    part_beside, rest_beside : int      the same of all other days
    of_rows : bool              whether the whole is made of the same rows; there is no rest where it is not
    spread : float              variance of the stretch's part, as so many times that of chance
    """

    part: int
    rest: int
    part_beside: int
    rest_beside: int
    of_rows: bool
    spread: float

    @property
    def may_be_told(self) -> bool:
        """Whether the stretch's share may be told: nobody, or twenty people and more, on either side of it."""
        return _is_large(self.part, self.rest)

    @property
    def usual_may_be_told(self) -> bool:
        """The same of the share of all other days."""
        return _is_large(self.part_beside, self.rest_beside)


def crowd_of(known: Known, series: DailySeries, since: datetime, found: OddStretch) -> Crowd:
    """The people behind a stretch of a series whose days begin at `since`.

    Source
    ------
    Rao and Scott, A simple method for the analysis of clustered binary data, 1992: the design effect of a share of
    people who differ in how many rows they have.
    """
    inside = Period(add_days(since, found.begin), add_days(since, found.end))
    each = _by_person(series.rows, inside)
    beside = float(series.whole.sum()) - found.whole
    rate = found.part / found.whole
    own = each.part - each.whole * rate
    usually = (each.part_beside - each.whole_beside * found.usual) * (found.whole / beside)
    sides = {
        "part": each.part > 0, "rest": each.whole > each.part,
        "part_beside": each.part_beside > 0, "rest_beside": each.whole_beside > each.part_beside,
        "of_rows": each.whole_beside > 0,
    }  # fmt: skip
    counts = {name: side.sum() for name, side in sides.items()}
    told = each.aggregate(squares=((own - usually) * (own - usually)).sum(), **counts)
    row = known.engine.arrow(told).to_pylist()[0]
    people = {name: int(row[name] or 0) for name in counts}
    is_share = bool((series.part <= series.whole).all())
    inner, outer = (share * (1.0 - share) if is_share else share for share in (rate, found.usual))
    chance = found.whole * (max(inner, outer) + outer * found.whole / beside)
    of_rows = bool(people.pop("of_rows"))
    return Crowd(**people, of_rows=of_rows, spread=float(row["squares"] or 0.0) / chance)


def _by_person(rows: ir.Table, inside: Period) -> ir.Table:
    """A row a person: part and whole in the days of the stretch and beside them."""
    since, until = (ibis.literal(moment, "timestamp(6)") for moment in (inside.since, inside.until))
    here = (rows.day >= since) & (rows.day < until)
    rows = rows.filter(rows.person.notnull())
    counts = {name: rows[name].sum(where=here).fill_null(0).cast("float64") for name in ("part", "whole")}
    counts |= {f"{name}_beside": rows[name].sum(where=~here).fill_null(0).cast("float64") for name in ("part", "whole")}
    return rows.group_by("person").aggregate(**counts)


def is_of_people(crowd: Crowd, found: OddStretch) -> bool:
    """Whether twenty people stand behind what is told: those seen, or of a fall those who are usually seen.

    A share that rises is one that falls for the rest, and has to be of twenty people there, too.
    """
    sides = (crowd.part, crowd.rest_beside) if found.score > 0 else (crowd.part_beside, crowd.rest)
    return min(sides if crowd.of_rows else sides[:1]) >= SMALLEST


def _is_large(*people: int) -> bool:
    return all(not one or one >= SMALLEST for one in people)
