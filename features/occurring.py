"""Values of a column that features are made for: those that occurred often enough."""

from datetime import datetime

import ibis

from features.engine import Engine, opened
from features.known import known_before, took_place
from features.shop import Shop

SMALLEST_SHARE = 0.005  # of the rows that state one, below which a value is not told apart
MOST = 64  # values of one column


def occurring(shop: Shop, where: str, until: datetime, engine: Engine | None = None) -> tuple[str, ...]:
    """The values of a column that occurred often enough in rows known before `until`, most frequent first.

    Of two as frequent the one that occurred earlier goes first, so that the order follows the data and not the names.

    Parameters
    ----------
    where : str         table and column, "orders.channel"

    Returns
    -------
    tuple of str        at most 64; empty where the shop does not give the column
    """
    table, column = where.split(".")
    if not shop.has(table):
        return ()
    with opened(engine) as running:
        rows = known_before(took_place(running.read(shop.path(table)), table), until)
        rows = rows.filter(rows[column].notnull())
        stated = rows.select(value=rows[column], happened_at=rows.happened_at).filter(ibis._.value != "")
        counts = stated.group_by("value").aggregate(times=stated.count(), first=stated.happened_at.min())
        found = running.arrow(counts.order_by(ibis.desc("times"), "first", "value"))
    least = SMALLEST_SHARE * sum(found["times"].to_pylist())
    kept = [one["value"] for one in found.to_pylist() if one["times"] >= least]
    return tuple(kept[:MOST])
