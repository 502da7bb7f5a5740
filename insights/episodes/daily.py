"""Counts day by day, each with the rows behind it, so that it can be asked how many people they are."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from insights.known import Known, Period
from insights.people import person

Floats = NDArray[np.float64]
Place = tuple[tuple[str, str], ...]  # (kind of place, its name), in a fixed order


@dataclass(frozen=True)
class DailySeries:
    """Counts day by day.

    Attributes
    ----------
    what : str          payment_failures, reasons, steps, traffic, orders, lines, unsubscribes, consents, cases
    place : Place       where: of channel, device, store, department, step, reason, topic
    part, whole : array (n_days,)
    rows : ir.Table     what was counted: day, person, part and whole (0 or 1 each); whole is 0 throughout where it
                        counts something else than these rows
    """

    what: str
    place: Place
    part: Floats
    whole: Floats
    rows: ir.Table


class Cells:
    """Counts by day and place, summed up to whatever places are asked for.

    Parameters
    ----------
    dims : columns of places
    guest : column that stands for a guest's person
    flags : name → whether a row counts
    """

    def __init__(
        self,
        known: Known,
        rows: ir.Table,
        period: Period,
        dims: Sequence[str],
        guest: str,
        flags: Mapping[str, ir.BooleanValue],
    ) -> None:
        counts = {name: flag.fill_null(False).cast("int64") for name, flag in flags.items()}
        rows = rows.mutate(day=rows.happened_at.truncate("D"), person=person(rows, guest), **counts)
        self._rows = rows.filter(period.holds(rows)).select(*dims, "day", "person", *counts)
        told = self._rows.group_by(*dims, "day").aggregate(**{name: self._rows[name].sum() for name in counts})
        self.days = period.days
        self._cells: list[dict[str, Any]] = known.engine.arrow(told).to_pylist()
        for row in self._cells:
            row["day"] = (row["day"] - period.since).days

    def by(self, level: Sequence[str], count: str) -> dict[Place, Floats]:
        """One count by the places of a level; rows that do not state them are left out."""
        found: dict[Place, Floats] = defaultdict(lambda: np.zeros(self.days))
        for row in self._cells:
            if all(row[name] is not None for name in level):
                found[tuple((name, row[name]) for name in level)][row["day"]] += float(row[count] or 0)
        return found

    def ratios(
        self, what: str, part: str, whole: str, levels: Sequence[Sequence[str]], *also: tuple[str, str]
    ) -> Iterator[DailySeries]:
        """One count as a share of another at the same place."""
        for level in levels:
            wholes = self.by(level, whole)
            for place, counts in self.by(level, part).items():
                rows = _at(self._rows, place)
                rows = rows.select("day", "person", part=rows[part], whole=rows[whole])
                yield DailySeries(what, (*place, *also), counts, wholes[place], rows)

    def shares(self, what: str, count: str, level: Sequence[str], within: Sequence[str] = ()) -> Iterator[DailySeries]:
        """A place's part of all places that share the names of `within`; none where there is but one."""
        whole: dict[Place, Floats] = defaultdict(lambda: np.zeros(self.days))
        sizes: dict[Place, int] = defaultdict(int)
        parts = self.by(level, count)
        for place, counts in parts.items():
            above = tuple(one for one in place if one[0] in within)
            whole[above] += counts
            sizes[above] += 1
        for place, counts in parts.items():
            above = tuple(one for one in place if one[0] in within)
            if sizes[above] > 1:
                rows = _at(self._rows, above).filter([ibis._[name].notnull() for name in level])
                here = ibis.and_(*(rows[name] == value for name, value in place)).cast("int64") * rows[count]
                yield DailySeries(
                    what, place, counts, whole[above], rows.select("day", "person", part=here, whole=rows[count])
                )

    def rates(self, what: str, count: str, level: Sequence[str], whole: Floats) -> Iterator[DailySeries]:
        """One count beside something else than these rows, day by day."""
        for place, counts in self.by(level, count).items():
            rows = _at(self._rows, place)
            rows = rows.select("day", "person", part=rows[count], whole=ibis.literal(0, "int64"))
            yield DailySeries(what, place, counts, whole, rows)


def _at(rows: ir.Table, place: Place) -> ir.Table:
    return rows.filter([rows[name] == value for name, value in place]) if place else rows
