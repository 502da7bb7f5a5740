"""What came of decisions: sent, answered, bought, and the margin that would not have come without them.

What an action brought is told by lot: of the customers for whom the policy took it, the holdout and those whose send
was withheld on purpose (messages of arm `control`) went without. All else about the two is alike, so the difference of
their margins is the action's. Decisions are our own nights' and calls', and those that exports bring. The holdout is
sticky: its customers have gone without everything as long as it stands.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from decisions.actions import LEAVE_ALONE
from decisions.allocation.arms import ARMS, HOLDOUT, POLICY
from features.build.outcomes import outcomes
from features.engine import Engine
from features.known import WITHHELD, known_before
from features.reach.logged_sends import answers_known
from features.shop import Shop
from features.spine import Spine
from operations import home
from operations.deciding.contacts import earlier_decisions
from operations.deciding.decided import decided_elsewhere
from training.data.labels import answering_kinds
from training.evaluation.bootstrap import Interval
from training.learners.uplift.mean import mean_and_error

LEAST = 20  # customers on either side, before a difference is told
EVERYTHING = "all actions"
Key = tuple[str, str]
Compared = tuple[int, int, Interval | None, Interval | None]  # given, without, margin, orders
Array = NDArray[np.float64]


@dataclass(frozen=True)
class OutcomeLine:
    """What came of one action on one channel.

    Attributes
    ----------
    decided, sent, answered, bought : int   decisions; those with a send, an answer, an order within the horizon
    cost : float                            expected when they were made
    given, without : int                    moments compared: who got it, who went without it by lot
    gained, ordered : Interval or None      margin and orders' probability a moment more than without; None where
                                            too few got it or went without
    """

    action: str
    channel: str
    decided: int
    sent: int
    answered: int
    bought: int
    cost: float
    given: int
    without: int
    gained: Interval | None
    ordered: Interval | None

    @property
    def incremental(self) -> Interval | None:
        """The margin that all its decisions brought."""
        if self.gained is None:
            return None
        return Interval(*(one * self.decided for one in (self.gained.value, self.gained.low, self.gained.high)))

    @property
    def on_cost(self) -> float | None:
        """Incremental margin for each unit of cost; None where nothing was spent or nothing is known."""
        told = self.incremental
        return None if told is None or self.cost <= 0 else told.value / self.cost


@dataclass(frozen=True)
class Outcomes:
    """What came of a shop's decisions by a cutoff.

    Attributes
    ----------
    lines : most decided first; the last one is all of them together
    waiting : decisions whose horizon is not over
    named : sends that name a decision
    """

    lines: list[OutcomeLine]
    waiting: int
    named: int


def outcomes_at(
    shop: Shop, at: datetime, horizon_days: int, engine: Engine, *, since: datetime = datetime(1970, 1, 1)
) -> Outcomes:
    """Join decisions made from `since` on and at least a horizon before `at` with what followed, as known at `at`."""
    last = at - timedelta(days=horizon_days)
    elsewhere = decided_elsewhere(shop, since, at, engine)
    everything = _each_once(earlier_decisions(shop, since, at), elsewhere)
    over = _up_to(everything, last)
    sends, answered = _sends(shop, at, engine)
    policy = _each_once(_policy(shop, since, last), _up_to(elsewhere, last))
    margin = _Margins(shop, at, horizon_days, engine, [over, policy])
    withheld = {one for one, arm in sends.items() if arm == WITHHELD}
    costs = dict(zip(elsewhere["decision_id"].to_pylist(), elsewhere["cost"].to_pylist(), strict=True))
    counted = _counted(over, sends, answered, margin, costs | _costs(shop, since, last))
    compared = _compared(policy, withheld, margin, horizon_days)
    lines = [
        _line(key, counted[key], compared.get(key)) for key in sorted(counted, key=lambda k: -counted[k]["decided"])
    ]
    if lines:
        lines.append(_line((EVERYTHING, ""), sum(counted.values(), Counter()), compared.get((EVERYTHING, ""))))
    return Outcomes(lines, everything.num_rows - over.num_rows, len(sends))


def _each_once(ours: pa.Table, theirs: pa.Table) -> pa.Table:
    """Our own decisions and those of another system, which an export may repeat; in the columns both have."""
    fresh = theirs.filter(pc.invert(pc.is_in(theirs["decision_id"], ours["decision_id"].combine_chunks())))
    both = [name for name in ours.column_names if name in theirs.column_names]
    return pa.concat_tables([ours.select(both), fresh.select(both)])


def _up_to(decided: pa.Table, last: datetime) -> pa.Table:
    return decided.filter(pc.less_equal(decided["as_of"], pa.scalar(last, pa.timestamp("us"))))


class _Margins:
    """Orders and margin within the horizon after each (customer, cutoff) of some tables."""

    def __init__(self, shop: Shop, at: datetime, horizon_days: int, engine: Engine, tables: list[pa.Table]) -> None:
        asked = [one.select(["customer_id", "as_of"]).rename_columns(["customer_id", "cutoff"]) for one in tables]
        spine = Spine.from_rows(pa.concat_tables(asked))
        self._place: dict[tuple[str, datetime], int] = {}
        self.orders, self.margin = np.zeros(len(spine)), np.zeros(len(spine))
        if len(spine) == 0:
            return
        reductions = {
            "orders": ("orders", lambda rows: (rows.kind == "order").cast("int64").sum()),
            "spend": ("orders", lambda rows: rows.amount.sum().cast("float64")),
        }
        found = outcomes(shop, spine, horizon_days, at, reductions, engine=engine)
        pairs = zip(found["customer_id"].to_pylist(), found["cutoff"].to_pylist(), strict=True)
        self._place = {pair: i for i, pair in enumerate(pairs)}
        self.orders = np.asarray(found["orders"].fill_null(0), dtype=np.float64)
        self.margin = np.asarray(found["spend"].fill_null(0.0), dtype=np.float64) * (shop.settings.margin or 1.0)

    def at(self, rows: pa.Table) -> NDArray[np.intp]:
        """The place of each row."""
        pairs = zip(rows["customer_id"].to_pylist(), rows["as_of"].to_pylist(), strict=True)
        return np.array([self._place[pair] for pair in pairs], dtype=np.intp)


def _counted(
    over: pa.Table, sends: Mapping[str, str], answered: set[str], margin: _Margins, costs: Mapping[str, float]
) -> dict[Key, Counter[str]]:
    told: dict[Key, Counter[str]] = {}
    bought = margin.orders[margin.at(over)] > 0
    for row, ordered in zip(over.to_pylist(), bought.tolist(), strict=True):
        number = row["decision_id"]
        sent = sends.get(number, WITHHELD) != WITHHELD
        mine = told.setdefault((row["action"], row["channel"]), Counter())
        mine.update(decided=1, sent=int(sent), answered=int(sent and number in answered), bought=int(ordered))
        mine["cost"] += costs.get(number, 0.0)  # type: ignore[assignment]  # the one count that is money
    return told


def _compared(policy: pa.Table, withheld: set[str], margin: _Margins, horizon_days: int) -> dict[Key, Compared]:
    """By action and channel: moments that got it, that went without, and the difference of their margins."""
    arms = policy["arm"].to_pylist()
    without = np.array([arm == ARMS[HOLDOUT] for arm in arms], dtype=bool)
    without |= np.array([one in withheld for one in policy["decision_id"].to_pylist()], dtype=bool)
    of_policy = np.array([arm in (ARMS[POLICY], ARMS[HOLDOUT]) for arm in arms], dtype=bool)
    places, who = margin.at(policy), np.array(policy["customer_id"].to_pylist())
    values, ordered = margin.margin[places], (margin.orders[places] > 0).astype(np.float64)
    keys = list(zip(policy["action"].to_pylist(), policy["channel"].to_pylist(), strict=True))
    days = np.array(policy["as_of"].to_pylist(), dtype="datetime64[D]")
    told = {}
    for key in [*dict.fromkeys(keys), (EVERYTHING, "")]:
        mine = of_policy & np.array([key[0] == EVERYTHING or one == key for one in keys], dtype=bool)
        rows = np.flatnonzero(mine)
        rows = rows[_apart(who[rows], days[rows], horizon_days)]
        given, left = int((~without[rows]).sum()), int(without[rows].sum())
        gained, more = (_difference(column[rows], who[rows], without[rows]) for column in (values, ordered))
        told[key] = (given, left, gained, more)
    return told


def _apart(who: NDArray[np.str_], days: NDArray[np.datetime64], least: int) -> NDArray[np.bool_]:
    """Which moments count: of one customer's, those at least so many days after the last that counts.

    Who got an action rests from it; who went without would be counted every night.
    """
    kept = np.zeros(len(who), dtype=bool)
    last: dict[str, np.datetime64] = {}
    for row in np.argsort(days, kind="stable").tolist():
        before = last.get(who[row])
        if before is None or (days[row] - before) / np.timedelta64(1, "D") >= least:
            kept[row], last[who[row]] = True, days[row]
    return kept


def _difference(values: Array, who: NDArray[np.str_], without: NDArray[np.bool_]) -> Interval | None:
    if min((~without).sum(), without.sum()) < LEAST:
        return None
    (mean, error), (other, noise) = (mean_and_error(values[rows], who[rows]) for rows in (~without, without))
    wide = 1.96 * float(np.hypot(error, noise))
    return Interval(mean - other, mean - other - wide, mean - other + wide)


def _line(key: Key, counted: Mapping[str, float], compared: Compared | None) -> OutcomeLine:
    given, without, gained, ordered = compared or (0, 0, None, None)
    decided, sent, answered, bought = (int(counted[name]) for name in ("decided", "sent", "answered", "bought"))
    return OutcomeLine(*key, decided, sent, answered, bought, float(counted["cost"]), given, without, gained, ordered)


def _sends(shop: Shop, at: datetime, engine: Engine) -> tuple[dict[str, str], set[str]]:
    """The arm of the send of each decision ("" where it has none), and the decisions whose send was answered."""
    if not shop.has("messages"):
        return {}, set()
    rows = known_before(engine.read(shop.path("messages")), at)
    rows = rows.filter(rows.decision_id.notnull())
    sent = engine.arrow(rows.select("message_id", "decision_id", arm=rows.arm.fill_null("")))
    of = dict(zip(sent["decision_id"].to_pylist(), sent["arm"].to_pylist(), strict=True))
    if not shop.has("responses"):
        return of, set()
    kinds = answering_kinds(shop, at, engine)
    known = set(engine.arrow(answers_known(shop, at, kinds, engine).select("message_id"))["message_id"].to_pylist())
    pairs = zip(sent["message_id"].to_pylist(), sent["decision_id"].to_pylist(), strict=True)
    return of, {decision for message, decision in pairs if message in known}


def _costs(shop: Shop, since: datetime, last: datetime) -> dict[str, float]:
    """What each of the nights' decisions was expected to cost."""
    told: dict[str, float] = {}
    for path in _nights(shop, since, last, "decisions.parquet"):
        rows = pq.read_table(path, columns=["decision_id", "cost"], filters=[("action", "!=", LEAVE_ALONE)])
        told |= dict(zip(rows["decision_id"].to_pylist(), rows["cost"].to_pylist(), strict=True))
    return told


def _policy(shop: Shop, since: datetime, last: datetime) -> pa.Table:
    names = ("customer_id", "decision_id", "action", "channel", "arm")
    empty = pa.table({**{name: pa.array([], pa.string()) for name in names}, "as_of": pa.array([], pa.timestamp("us"))})
    found = [pq.read_table(path).select(empty.column_names) for path in _nights(shop, since, last, "policy.parquet")]
    return pa.concat_tables([empty, *found])


def _nights(shop: Shop, since: datetime, last: datetime, name: str) -> Iterator[Path]:
    for path in sorted(home.all_decisions(shop).glob(f"*/{name}")):
        if f"{since:%Y-%m-%d}" <= path.parent.name <= f"{last:%Y-%m-%d}":
            yield path
