"""What counts against caps and cool-downs: sends known at a cutoff, and decisions that may still become one.

A message that was withheld on purpose is no contact. A decision whose send is known counts once, as the send.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from decisions.actions import LEAVE_ALONE, Plan
from features.engine import Engine
from features.reach.logged_sends import shown
from features.shop import Shop
from operations import home
from operations.deciding.replaced import KEPT, with_replaced
from serving.state.decisions import decided_rows
from training.data.candidates import places

WEEK_DAYS, MONTH_DAYS = 7, 30
_MOST = 255  # a count is kept in a byte
Counts = NDArray[np.uint8]


@dataclass(frozen=True)
class Contacts:
    """What n customers were sent or may yet be, at a cutoff.

    Attributes
    ----------
    week, month : uint8 (n, c)          by channel, within 7 and 30 days
    week_all, month_all : uint8 (n,)    over all channels, also those not named
    rested : bool (n, a)                no send or decision of the action within its cool-down
    digest : str                        of the decisions that counted; two runs with the same see the same
    """

    week: Counts
    month: Counts
    week_all: Counts
    month_all: Counts
    rested: NDArray[np.bool_]
    digest: str


def contacts_at(
    shop: Shop,
    cutoff: datetime,
    customer_ids: pa.Array,
    plan: Plan,
    channels: tuple[str, ...],
    linked: Mapping[str, str],
    engine: Engine,
) -> Contacts:
    """Count what happened and what was decided before a cutoff.

    Parameters
    ----------
    customer_ids : string array (n,)
    linked : other ids of a customer → the one among `customer_ids`
    """
    since = cutoff - timedelta(days=looked_back(plan))
    sent = _sends(shop, since, cutoff, engine)
    decided = with_replaced(shop, earlier_decisions(shop, since, cutoff), since, cutoff)
    decided = decided.filter(pc.invert(pc.is_in(decided["decision_id"], sent["decision_id"].combine_chunks())))
    told = pa.array([linked.get(one, one) for one in decided["customer_id"].to_pylist()], pa.string())
    decided = decided.set_column(decided.column_names.index("customer_id"), "customer_id", told)
    waiting = decided.filter(pc.greater(decided["expires_at"], cutoff.isoformat()))
    n, names = len(customer_ids), pa.array(channels, pa.string())
    counted = {}
    for days in (WEEK_DAYS, MONTH_DAYS):
        recent = sent.filter(pc.greater_equal(sent["happened_at"], pa.scalar(cutoff - timedelta(days=days))))
        both = [(one["customer_id"], one["channel"]) for one in (recent, waiting)]
        by_channel = np.zeros((n, len(channels)), dtype=np.int64)
        everywhere = np.zeros(n, dtype=np.int64)
        for who, through in both:
            row, found = places(who, customer_ids)
            column, named = places(through, names)
            np.add.at(everywhere, row[found], 1)
            np.add.at(by_channel, (row[found & named], column[found & named]), 1)
        counted[days] = (_byte(by_channel), _byte(everywhere))
    rested = _rested(sent, decided, customer_ids, plan, cutoff)
    (week, week_all), (month, month_all) = counted[WEEK_DAYS], counted[MONTH_DAYS]
    return Contacts(week, month, week_all, month_all, rested, _digest(decided))


def looked_back(plan: Plan) -> int:
    """Days for which caps and cool-downs need to know what was sent and decided."""
    return max([MONTH_DAYS, *(action.cooldown_days for action in plan.actions)])


def earlier_decisions(shop: Shop, since: datetime, cutoff: datetime) -> pa.Table:
    """Decisions to do something made at cutoffs in [since, cutoff), by nights and calls; each decision once.

    Returns
    -------
    pa.Table        decision_id, customer_id, action, channel, as_of (timestamp), expires_at (ISO text, local)
    """
    rows: dict[str, dict[str, Any]] = {}
    for row in (*_by_nights(shop, since, cutoff), *_by_calls(home.state(shop), since, cutoff)):
        rows[row["decision_id"]] = row
    ordered = [rows[one] for one in sorted(rows)]
    types = {"as_of": pa.timestamp("us")}
    return pa.table({name: pa.array([row[name] for row in ordered], types.get(name, pa.string())) for name in KEPT})


def _by_nights(shop: Shop, since: datetime, cutoff: datetime) -> Iterator[dict[str, Any]]:
    for path in sorted(home.all_decisions(shop).glob("*/decisions.parquet")):
        if since.strftime("%Y-%m-%d") <= path.parent.name < cutoff.strftime("%Y-%m-%d"):
            table = pq.read_table(path, columns=list(KEPT), filters=[("action", "!=", LEAVE_ALONE)])
            for row in table.to_pylist():
                yield {**row, "expires_at": _local(row["expires_at"])}


def _by_calls(state: Path, since: datetime, cutoff: datetime) -> Iterator[dict[str, Any]]:
    for row in decided_rows(state):
        as_of = datetime.fromisoformat(row["cutoff"])
        if row.get("decision_id") and row["action"] != LEAVE_ALONE and since <= as_of < cutoff:
            known = {name: row[name] for name in KEPT if name in row}
            yield {**known, "as_of": as_of, "expires_at": _local(row["expires_at"])}


def _local(moment: str) -> str:
    """A local moment with its offset, without it."""
    return datetime.fromisoformat(moment).replace(tzinfo=None).isoformat()


def _sends(shop: Shop, since: datetime, cutoff: datetime, engine: Engine) -> pa.Table:
    if not shop.has("messages"):
        empty = {name: pa.array([], pa.string()) for name in ("customer_id", "channel", "action", "decision_id")}
        return pa.table({**empty, "happened_at": pa.array([], pa.timestamp("us"))})
    rows = shown(shop, "messages", cutoff, engine)
    rows = rows.filter(rows.customer_id.notnull(), rows.happened_at >= ibis.literal(since, "timestamp(6)"))
    return engine.arrow(rows.select("customer_id", "channel", "action", "decision_id", "happened_at"))


def _rested(
    sent: pa.Table, decided: pa.Table, customer_ids: pa.Array, plan: Plan, cutoff: datetime
) -> NDArray[np.bool_]:
    rested = np.ones((len(customer_ids), len(plan.actions)), dtype=bool)
    for place, action in enumerate(plan.actions):
        since = pa.scalar(cutoff - timedelta(days=action.cooldown_days), pa.timestamp("us"))
        for table, moment in ((sent, "happened_at"), (decided, "as_of")):
            # A decision as of yesterday's midnight is one day old, whatever hour its send has.
            mine = table.filter(pc.and_(pc.equal(table["action"], action.name), pc.greater(table[moment], since)))
            row, found = places(mine["customer_id"], customer_ids)
            rested[row[found], place] = False
    return rested


def _byte(counts: NDArray[np.int64]) -> Counts:
    return np.minimum(counts, _MOST).astype(np.uint8)


def _digest(decided: pa.Table) -> str:
    return hashlib.sha256(json.dumps(decided["decision_id"].to_pylist()).encode()).hexdigest()
