"""Moments at which something was dealt to a customer, an action or nothing, and what came of it.

The unit is a customer and a day. From the first day on which decisions are known they say what was dealt; before it,
and where there are none, messages do: a send is the action that was dealt; a row of arm `control` is a send withheld on
purpose, so nothing was; messages of purpose `service` are nobody's decision. Whatever followed – other sends, the usual
policy – belongs to the outcome. What was known is told by the newest training row at or before the day.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.outcomes import outcomes
from features.clocks import add_days, midnight
from features.engine import Engine
from features.known import WITHHELD, known_before
from features.shop import Shop
from features.spine import SCHEMA, Spine
from training.data.dealt_by_decision import NOTHING, Dealt, dealt_by_decisions
from training.data.persons import with_persons

__all__ = ["NOTHING", "Moments", "moments_of"]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """n decision moments, sorted by day, then customer.

    Attributes
    ----------
    row : int (n,)              the training row that tells what was known
    customer : str (n,)
    day : datetime64[us] (n,)   local midnight of the day
    action : str (n,)           what was dealt; NOTHING where it was withheld
    propensity : float (n,)     probability of what was dealt, NaN where nobody logged it
    cost : float (n,)           of the send
    possible : object (n,)      names of the actions that could have been dealt beside nothing; None where nobody tells
    campaign : object (n,)      of the message; None where there is none, and of decisions
    spend, orders : float (n,)  within the horizon from the day on: sales less returns, and how many orders
    beside : int                sends of a second action on a day, left out
    unseen : int                moments of customers who were not asked about then: no training row tells of them
    decided, certain, unmixed : int     moments told by decisions; decisions left out because nothing, or no option, was
                                left to lot (training.data.dealt_by_decision)
    """

    row: NDArray[np.intp]
    customer: NDArray[np.str_]
    day: NDArray[np.datetime64]
    action: NDArray[np.str_]
    propensity: Array
    cost: Array
    possible: NDArray[np.object_]
    campaign: NDArray[np.object_]
    spend: Array
    orders: Array
    beside: int = 0
    unseen: int = 0
    decided: int = 0
    certain: int = 0
    unmixed: int = 0

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: NDArray[Any]) -> "Moments":
        """Some of them, in order."""
        arrays = {name: values[rows] for name, values in vars(self).items() if isinstance(values, np.ndarray)}
        return replace(self, **arrays)

    @property
    def ordered(self) -> Array:
        """Whether there was an order, 0 or 1, (n,)."""
        return (self.orders > 0).astype(np.float64)

    def could(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each of these could have been dealt, (n, k); NOTHING always could, and all where nobody tells."""
        rows = [[name == NOTHING or told is None or name in told for name in names] for told in self.possible.tolist()]
        return np.array(rows, dtype=bool).reshape(len(self), len(names))

    def overlap(self, horizon_days: int) -> float:
        """How many moments of one customer share an outcome, on average; 1 where no two lie within a horizon."""
        order = np.lexsort((self.day, self.customer))
        who, days = self.customer[order], self.day[order].astype("datetime64[D]").astype(np.int64)
        _, person = np.unique(who, return_inverse=True)
        place = person * 1_000_000 + days  # a customer's days lie together, far from another's
        within = np.searchsorted(place, place + horizon_days) - np.searchsorted(place, place - horizon_days, "right")
        return float(within.mean()) if len(within) else 1.0


def moments_of(shop: Shop, asked: Spine, until: datetime, horizon_days: int, engine: Engine) -> Moments:
    """All moments whose horizon was over by `until`, as known then.

    Parameters
    ----------
    asked : what was known of whom and when; a moment's row is the newest of them not after its day
    """
    with with_persons(shop, until, engine) as people:
        last = add_days(until, -horizon_days)
        decided = dealt_by_decisions(people, last, until, engine)
        messages, beside = _sent(people, decided, last, until, engine)
        sends = sorted([*decided.rows, *messages], key=lambda one: (one["day"], one["customer_id"]))
        rows = _training_rows(asked)
        placed = [(row, one) for one in sends if (row := _row_at(rows, one["customer_id"], one["day"])) >= 0]
        spine = Spine.from_rows(
            pa.table([[one["customer_id"] for _, one in placed], [one["day"] for _, one in placed]], schema=SCHEMA)
        )
        spend, orders = _outcomes(people, spine, horizon_days, until, engine)
    return Moments(
        row=np.array([row for row, _ in placed], dtype=np.intp),
        customer=np.array([one["customer_id"] for _, one in placed], dtype=np.str_),
        day=np.array([one["day"] for _, one in placed], dtype="datetime64[us]"),
        action=np.array([one["action"] for _, one in placed], dtype=np.str_),
        propensity=np.array([one["action_propensity"] for _, one in placed], dtype=np.float64),
        cost=np.array([one["cost"] for _, one in placed], dtype=np.float64),
        possible=_objects([one["possible"] for _, one in placed]),
        campaign=_objects([one.get("campaign") for _, one in placed]),
        spend=spend,
        orders=orders,
        beside=beside,
        unseen=len(sends) - len(placed),
        decided=len(decided.rows),
        certain=decided.certain,
        unmixed=decided.unmixed,
    )


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _sent(
    shop: Shop, decided: Dealt, last: datetime, until: datetime, engine: Engine
) -> tuple[list[dict[str, Any]], int]:
    """One row a customer and day up to `last`, before decisions tell: the day's first action, nothing only where no
    send went out."""
    if not shop.has("messages"):
        return [], 0
    if decided.since is not None:
        last = min(last, add_days(decided.since, -1))
    rows = known_before(engine.read(shop.path("messages")), until)
    rows = rows.filter(rows.customer_id.notnull(), rows.arm.fill_null("").isin((WITHHELD,)) | rows.action.notnull())
    rows = rows.filter(rows.purpose.fill_null("") != "service")
    names = ("customer_id", "happened_at", "message_id", "action", "arm", "action_propensity", "cost", "campaign_id")
    table = engine.arrow(rows.order_by("happened_at", "message_id").select(*names))
    found: dict[tuple[datetime, str], dict[str, Any]] = {}
    beside = 0
    for one in table.to_pylist():
        day, withheld = midnight(one["happened_at"]), one["arm"] == WITHHELD
        if day > last:
            continue
        known = found.get((day, one["customer_id"]))
        if known is not None and (withheld or known["action"] != NOTHING):
            beside += int(not withheld and known["action"] != one["action"])
            continue
        chance = one["action_propensity"]
        found[day, one["customer_id"]] = {
            "customer_id": one["customer_id"],
            "day": day,
            "action": NOTHING if withheld else one["action"],
            "action_propensity": np.nan if chance is None else chance,
            "cost": 0.0 if withheld or one["cost"] is None else float(one["cost"]),
            "possible": None,
            "campaign": one["campaign_id"],
        }
    return [found[key] for key in sorted(found)], beside


def _training_rows(asked: Spine) -> Mapping[str, list[tuple[datetime, int]]]:
    """Customer → cutoffs and rows, oldest first."""
    found: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    pairs = zip(asked.rows["customer_id"].to_pylist(), asked.rows["cutoff"].to_pylist(), strict=True)
    for row, (who, cutoff) in enumerate(pairs):
        found[who].append((cutoff, row))
    return found


def _row_at(rows: Mapping[str, list[tuple[datetime, int]]], who: str, day: datetime) -> int:
    known = [row for cutoff, row in rows.get(who, ()) if cutoff <= day]
    return known[-1] if known else -1


def _outcomes(shop: Shop, spine: Spine, horizon_days: int, until: datetime, engine: Engine) -> tuple[Array, Array]:
    if not len(spine):
        return np.zeros(0), np.zeros(0)
    reductions = {
        "orders": ("orders", lambda rows: (rows.kind == "order").cast("int64").sum()),
        "spend": ("orders", lambda rows: rows.amount.sum().cast("float64")),
    }
    found = outcomes(shop, spine, horizon_days, until, reductions, engine=engine)
    spend, orders = (np.asarray(found[name].fill_null(0), dtype=np.float64) for name in ("spend", "orders"))
    return spend, orders
