"""Where the visits of each channel and device ended on the way to payment, and how many people that were."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from insights.funnel.visits import STEPS, visits
from insights.known import Known, Period
from insights.people import person
from insights.small_groups import SMALLEST

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Where = tuple[str | None, ...]
RETURNS_WITHIN_DAYS = 7
_RANGES = tuple(combinations(range(len(STEPS) + 1), 2))  # of steps [first, end)
_KINDS = ("ended", "back", "gone")
_PAIRS = tuple((one, two) for one in range(len(STEPS)) for two in range(one, len(STEPS)))


@dataclass(frozen=True)
class Stops:
    """Visits of one place in a period, by the furthest step each reached.

    Attributes
    ----------
    ended, back : array (n_steps,)              visits that ended there; of them, followed by an order within seven days
    people, back_people, gone_people : array (n_steps + 1, n_steps + 1)     at [a, b]: people with such a visit that
                                                ended at steps [a, b); gone are those that no order followed
    squares : array (n_steps, n_steps)          at [a, b]: over people, the sum of the visits that came to a times those
                                                that came to b
    tracked : tuple of bool                     whether the step was ever seen itself
    """

    ended: Floats
    back: Floats
    people: Ints
    back_people: Ints
    gone_people: Ints
    squares: Floats
    tracked: tuple[bool, ...]

    def came(self, step: int) -> float:
        """Visits that came to a step."""
        return float(self.ended[step:].sum())

    def tells(self, step: int, following: int) -> bool:
        """Whether nobody, or twenty people and more, went on between two steps, and the same of those who did not."""
        sides = (self.people[step, following], self.people[following, len(STEPS)])
        return all(not people or people >= SMALLEST for people in sides)

    def spread(self, step: int, following: int) -> float:
        """Variance of the share that goes on where people are drawn, as so many times that of drawing visits; ≥ 1."""
        came, passed = self.came(step), self.came(following)
        share = passed / came if came else 0.0
        chance = came * share * (1.0 - share)
        squares = self.squares
        found = squares[following, following] - 2 * share * squares[step, following] + share**2 * squares[step, step]
        return max(float(found) / chance, 1.0) if chance > 0 else 1.0

    def lost_spread(self, step: int, following: int) -> float:
        """The same of how many visits end between two steps."""
        lost = self.came(step) - self.came(following)
        squares = self.squares
        found = squares[step, step] - 2 * squares[step, following] + squares[following, following]
        return max(float(found) / lost, 1.0) if lost > 0 else 1.0


def stops(known: Known, period: Period, by: Sequence[str], *, returns: bool) -> dict[Where, Stops]:
    """Every place of a period; `returns` also looks for orders that followed."""
    rows = visits(known)
    rows = rows.filter(period.holds(rows))
    rows = _with_return(known, rows) if returns else rows.mutate(came_back=ibis.literal(False))
    told = known.engine.arrow(_summed(_by_person(rows, by), by)).to_pylist()
    return {tuple(row[name] for name in by): _stops(row) for row in told}


def _by_person(rows: ir.Table, by: Sequence[str]) -> ir.Table:
    """A row a place and person: visits that ended at each step, of them followed by an order, and steps seen."""
    steps = range(len(STEPS))
    counts = {f"ended_{step}": (rows.reached == step).sum().cast("float64") for step in steps}
    counts |= {f"back_{step}": ((rows.reached == step) & rows.came_back).sum().cast("float64") for step in steps}
    seen = {f"saw_{step}": rows[f"saw_{step}"].any() for step in STEPS[1:]}
    return rows.group_by(*by, who=person(rows, "session_id")).aggregate(**counts, **seen)


def _summed(each: ir.Table, by: Sequence[str]) -> ir.Table:
    steps = range(len(STEPS))
    came = [sum((each[f"ended_{at}"] for at in steps if at >= step), ibis.literal(0.0)) for step in steps]
    sums = {f"{kind}_{step}": each[f"{kind}_{step}"].sum() for kind in ("ended", "back") for step in steps}
    each = each.mutate(**{f"gone_{step}": each[f"ended_{step}"] - each[f"back_{step}"] for step in steps})
    people = {
        f"{kind}_people_{first}_{end}": ibis.or_(*(each[f"{kind}_{at}"] > 0 for at in range(first, end))).sum()
        for kind in _KINDS for first, end in _RANGES
    }  # fmt: skip
    squares = {f"squares_{one}_{two}": (came[one] * came[two]).sum() for one, two in _PAIRS}
    seen = {f"saw_{step}": each[f"saw_{step}"].any() for step in STEPS[1:]}
    return each.group_by(*by).aggregate(**sums, **people, **squares, **seen)


def _stops(row: dict[str, float]) -> Stops:
    size = len(STEPS)
    ended, back = (np.array([row[f"{kind}_{step}"] for step in range(size)]) for kind in ("ended", "back"))
    people = {kind: np.zeros((size + 1, size + 1), dtype=np.int64) for kind in _KINDS}
    for kind, table in people.items():
        for first, end in _RANGES:
            table[first, end] = row[f"{kind}_people_{first}_{end}"]
    squares = np.zeros((size, size))
    for one, two in _PAIRS:
        squares[one, two] = squares[two, one] = row[f"squares_{one}_{two}"]
    tracked = (True, *(bool(row[f"saw_{step}"]) for step in STEPS[1:]))
    return Stops(ended, back, people["ended"], people["back"], people["gone"], squares, tracked)


def _with_return(known: Known, rows: ir.Table) -> ir.Table:
    """Whether a visit without payment was followed by an order of the same person within seven days."""
    orders = known.orders.filter(ibis._.customer_id.notnull()).select("customer_id", ordered_at="happened_at")
    unpaid = rows.filter((rows.reached < len(STEPS) - 1) & rows.customer_id.notnull())
    unpaid = unpaid.select("visit", "customer_id", "happened_at")
    near = unpaid.join(
        orders,
        [
            unpaid.customer_id == orders.customer_id,
            orders.ordered_at >= unpaid.happened_at,
            orders.ordered_at < unpaid.happened_at + ibis.interval(days=RETURNS_WITHIN_DAYS),
        ],
    )
    returned = near.select("visit").distinct().mutate(came_back=ibis.literal(True))
    met = rows.left_join(returned, "visit")
    return met.mutate(came_back=met.came_back.fill_null(False)).drop("visit_right")
