"""Segments people plan with: by recency, frequency and money, and by age, gender and region where they are given."""

from collections.abc import Sequence
from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.clocks import add_days
from insights.known import Known, Period

YEAR = 365
RFM = ("best", "loyal_small", "big_rare", "fresh", "slipping", "asleep")
_AGES = ((0, 25), (25, 35), (35, 45), (45, 55), (55, 65), (65, 200))


def rfm(known: Known) -> pa.Table:
    """Everybody who ordered in the year before the cutoff, by how lately, how often and for how much.

    The cuts are the shop's own medians, so that each shop has every segment: "best" ordered lately, often and for much;
    "loyal_small" lately and often, for less; "big_rare" lately and seldom, for much; "fresh" lately and seldom, for
    less; "slipping" not lately, but often or for much; "asleep" neither.

    Returns
    -------
    pa.Table        customer_id, segment, days_since_order, orders, spent (in that year, returns deducted)
    """
    year = Period(add_days(known.at, -YEAR), known.at)
    rows = known.rows("orders")
    rows = rows.filter(year.holds(rows) & rows.customer_id.notnull())
    bought = rows.kind == "order"
    told = rows.group_by("customer_id").aggregate(
        last=rows.happened_at.max(where=bought),
        orders=rows.count(where=bought),
        spent=rows.amount.cast("float64").sum(),
    )
    table = known.engine.arrow(told.filter(told.orders > 0).order_by("customer_id"))
    silence = _days_since(table["last"], known.at)
    orders, spent = (table[name].to_numpy().astype(np.float64) for name in ("orders", "spent"))
    return pa.table(
        {
            "customer_id": table["customer_id"],
            "segment": pa.array(_named(silence, orders, spent).tolist(), pa.string()),
            "days_since_order": pa.array(silence),
            "orders": table["orders"],
            "spent": table["spent"],
        }
    )


def _days_since(last: pa.ChunkedArray, at: datetime) -> NDArray[np.float64]:
    days = (np.datetime64(at, "D") - last.to_numpy().astype("datetime64[D]")).astype(np.float64)
    return np.asarray(days)


def _named(silence: NDArray[np.float64], orders: NDArray[np.float64], spent: NDArray[np.float64]) -> NDArray[np.str_]:
    if not len(silence):
        return np.array([], dtype=str)
    lately, often, much = silence <= np.median(silence), orders > np.median(orders), spent > np.median(spent)
    conditions = [lately & often & much, lately & often, lately & much, lately, often | much]
    return np.select(conditions, list(RFM[:-1]), default=RFM[-1])


def stated(known: Known, column: str) -> pa.Table | None:
    """People by what their latest record states: "gender", "region" or "age"; None where the shop does not give it.

    Returns
    -------
    pa.Table        customer_id, segment; ages as "25–34" at the cutoff, "65+" last
    """
    source = "birth_year" if column == "age" else column
    if not known.has("customers", source):
        return None
    records = known.rows("customers").filter(ibis._[source].notnull())
    latest = records.group_by("customer_id").aggregate(stated=records[source].argmax(records.known_at))
    table = known.engine.arrow(latest.order_by("customer_id"))
    values: Sequence[object] = table["stated"].to_pylist()
    if column == "age":
        values = [_age(known.at.year - int(float(str(value)))) for value in values]
    return pa.table(
        {"customer_id": table["customer_id"], "segment": pa.array([str(one) for one in values], pa.string())}
    )


def _age(years: int) -> str:
    low, high = next((pair for pair in _AGES if pair[0] <= years < pair[1]), _AGES[-1])
    return f"{low}+" if high > 100 else f"{low}–{high - 1}"
