"""Cohorts: people by the month, and the channel, of their first order – who came back, and what they have spent."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import FeatureError
from insights.known import Known
from insights.months import month_of
from insights.small_groups import SMALLEST, without_small

BY = ("channel", "campaign")
_STATED_IN = {"channel": "acquisition_channel", "campaign": "acquisition_campaign"}


def cohorts(known: Known, *, by: Sequence[str] = ()) -> pa.Table:
    """Retention and value of every cohort, month by month after its first.

    Parameters
    ----------
    by : of "channel" and "campaign"    of acquisition, as the latest customer record states it; where a shop states no
                                        channel, that of the first order stands in

    Returns
    -------
    pa.Table    cohort (month of the first order), then `by`, months_since (0, 1, …), people in the cohort, active (of
                them ordered in that month), retention (active / people), net_sales (of that month), value (net sales a
                person from the first order to that month's end). Months that are not over at the cutoff, and cohorts
                under twenty people, are left out

    Raises
    ------
    FeatureError    if `by` names something else, or what the shop does not state
    """
    orders = known.rows("orders").filter(ibis._.customer_id.notnull())
    first = _firsts(known, orders, by)
    keys = ["cohort", *by]
    sizes = first.group_by(keys).aggregate(people=first.count())
    met = orders.select("customer_id", "happened_at", "kind", "amount").inner_join(first, "customer_id")
    months = (met.happened_at.year() - met.cohort.year()) * 12 + (met.happened_at.month() - met.cohort.month())
    met = met.mutate(months_since=months.cast("int64"))
    told = met.filter(met.months_since >= 0).group_by([*keys, "months_since"]).aggregate(
        active=met.customer_id.nunique(where=met.kind == "order"), net_sales=met.amount.cast("float64").sum()
    )  # fmt: skip
    counted = known.engine.arrow(told.inner_join(sizes, keys).order_by([*keys, "months_since"]))
    people = without_small(known.engine.arrow(sizes.order_by(keys)), ["cohort"])
    return _filled(counted.select([*keys, "months_since", "active", "net_sales"]), people, known, keys)


def _firsts(known: Known, orders: ir.Table, by: Sequence[str]) -> ir.Table:
    """One row a person who ordered: the month of the first order, and where they came from."""
    bought = orders.filter(orders.kind == "order")
    first = bought.group_by("customer_id").aggregate(
        cohort=bought.happened_at.min().truncate("M").cast("timestamp(6)"),
        **({"channel": bought.channel.argmin(bought.happened_at)} if known.has("orders", "channel") else {}),
    )
    for place in by:
        if place not in BY:
            raise FeatureError(f"Cohorts are not told by '{place}'. Choose of {', '.join(BY)}.")
        column = _STATED_IN[place]
        if known.has("customers", column):
            records = known.rows("customers")
            latest = records.group_by("customer_id").aggregate(stated=records[column].argmax(records.known_at))
            stated = first.left_join(latest, "customer_id").drop("customer_id_right")
            first = stated.mutate(**{place: stated.stated}).drop("stated")
        elif place not in first.columns:
            raise FeatureError(
                f"shop '{known.shop.name}' states no {place} of acquisition. Give customers.{column} in shop.toml."
            )
    return first.filter(*(first[place].notnull() for place in by)).select("customer_id", "cohort", *by) if by else (
        first.select("customer_id", "cohort")
    )  # fmt: skip


def _filled(counted: pa.Table, people: pa.Table, known: Known, keys: Sequence[str]) -> pa.Table:
    """A row for every month that is over, also those in which nobody came back; value adds up."""
    seen = {tuple(row[name] for name in (*keys, "months_since")): row for row in counted.to_pylist()}
    last = month_of(known.at)
    rows = []
    for cohort in people.to_pylist():
        start, spent = cohort["cohort"], 0.0
        for since in range((last.year - start.year) * 12 + last.month - start.month):
            found = seen.get((*(cohort[name] for name in keys), since), {"active": 0, "net_sales": 0.0})
            spent += found["net_sales"]
            rows.append({**cohort, "months_since": since, "active": found["active"],
                         "retention": found["active"] / cohort["people"], "net_sales": found["net_sales"],
                         "value": spent / cohort["people"]})  # fmt: skip
    kinds = {"cohort": pa.timestamp("us"), "months_since": pa.int64(), "people": pa.int64(), "active": pa.int64()}
    floats = ("retention", "net_sales", "value")
    names = [*keys, "months_since", "people", "active", *floats]
    schema = pa.schema([(name, kinds.get(name, pa.float64() if name in floats else pa.string())) for name in names])
    return pa.Table.from_pylist(rows, schema=schema)


def without_small_cells(table: pa.Table) -> pa.Table:
    """The same without what few people did: null where one to nineteen of a cohort ordered in a month.

    `value` is null as long as those who ordered since it was last told are fewer than twenty, so that the difference of
    two values tells of twenty orders' people or more, or of nobody.
    """
    rows, since = table.to_pylist(), 0
    for row in rows:
        alone = not row["active"] and row["net_sales"] != 0.0  # returns alone, of nobody knows how many
        since = row["active"] + alone + (since if row["months_since"] else 0)
        if 0 < since < SMALLEST:
            row["value"] = None
        else:
            since = 0
        if alone:
            row["net_sales"] = None
        if 0 < row["active"] < SMALLEST:
            row |= {"active": None, "retention": None, "net_sales": None}
    return pa.Table.from_pylist(rows, schema=table.schema)


def mean_retention(table: pa.Table) -> list[tuple[int, int, float]]:
    """By months since the first order: people of the cohorts that are that old, and the share of them active then.

    It ends before the month in which fewer than twenty people ordered.
    """
    sums = table.group_by("months_since").aggregate([("people", "sum"), ("active", "sum")]).sort_by("months_since")
    few = pc.less(sums["active_sum"], SMALLEST).to_pylist()
    sums = sums.slice(0, few.index(True) if True in few else len(few))
    share = pc.divide(sums["active_sum"].cast(pa.float64()), sums["people_sum"].cast(pa.float64()))
    columns = (sums["months_since"], sums["people_sum"], share)
    return list(zip(*(column.to_pylist() for column in columns), strict=True))
