"""What units did before and since they were dealt, from the shop's own orders as known at a look."""

from dataclasses import dataclass
from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.engine import Engine
from features.identity.resolve import records_at, resolve
from features.known import known_before
from features.shop import Shop
from insights.experiments.metrics import BEFORE, SUMS, Columns


@dataclass(frozen=True)
class TrialSums:
    """Units of a trial and their sums.

    Attributes
    ----------
    units : list, length n
    arms : array (n,)           the arm of each
    columns : mapping           every name of SUMS, and with BEFORE, → array (n,)
    """

    units: list[str]
    arms: NDArray[np.str_]
    columns: Columns

    def __len__(self) -> int:
        return len(self.units)


def measure(shop: Shop, dealt: pa.Table, days: int, at: datetime, engine: Engine) -> TrialSums:
    """Sum each unit's orders over [start, start + days), as far as known before `at`, and the days before its start.

    Parameters
    ----------
    dealt : pa.Table    customer_id, unit_id, arm, assigned_at (local midnight, ≤ at)
    days : int          of the outcome, and of the covariate before it
    """
    spine = dealt.select(["customer_id"]).append_column("cutoff", dealt["assigned_at"].cast(pa.timestamp("us")))
    asked = engine.table(spine)
    records = engine.keep(records_at(asked, resolve(shop, [at], engine), at))
    orders = known_before(engine.read(shop.path("orders")), at)
    met = orders.join(records, orders.customer_id == records.member)
    window = ibis.interval(days=days)
    met = met.filter(
        met.happened_at >= met.for_cutoff - window, met.happened_at < met.for_cutoff + window,
        met.kind.isin(["order", "return"]),
    )  # fmt: skip
    since = met.happened_at >= met.for_cutoff
    is_order, amount = (met.kind == "order").cast("float64"), met.amount.cast("float64").fill_null(0.0)
    sums = met.group_by(for_customer=met.for_customer).aggregate(
        orders=is_order.sum(where=since),
        spend=amount.sum(where=since),
        **{f"orders{BEFORE}": is_order.sum(where=~since), f"spend{BEFORE}": amount.sum(where=~since)},
    )
    base = engine.table(dealt.select(["customer_id", "unit_id", "arm"]))
    joined = base.left_join(sums, base.customer_id == sums.for_customer)
    names = [f"{name}{end}" for end in ("", BEFORE) for name in ("orders", "spend")]
    filled = joined.select("unit_id", "arm", **{name: joined[name].fill_null(0.0) for name in names})
    for end in ("", BEFORE):
        filled = filled.mutate(**{f"ordered{end}": (filled[f"orders{end}"] > 0).cast("float64")})
    filled = filled.mutate(members=ibis.literal(1.0))
    filled = filled.mutate(**{f"members{BEFORE}": filled.members})
    columns = [f"{name}{end}" for end in ("", BEFORE) for name in SUMS]
    by_unit = filled.group_by("unit_id", "arm").aggregate(**{name: filled[name].sum() for name in columns})
    rows = engine.arrow(by_unit.order_by("unit_id"))
    return TrialSums(
        rows["unit_id"].to_pylist(),
        np.array(rows["arm"].to_pylist()),
        {name: np.asarray(rows[name], dtype=np.float64) for name in columns},
    )


def before_start(measured: TrialSums) -> TrialSums:
    """The same units as if the days before their start were the outcome: what an A/A check looks at."""
    past = {name: measured.columns[name + BEFORE] for name in SUMS}
    return TrialSums(measured.units, measured.arms, {**measured.columns, **past})


def counts(measured: TrialSums, arms: tuple[str, ...]) -> dict[str, int]:
    """Units of each arm."""
    return {arm: int(np.sum(measured.arms == arm)) for arm in arms}


def seen_counts(dealt: pa.Table, seen: pa.Table, arms: tuple[str, ...]) -> tuple[dict[str, int], int, int]:
    """Who really met the trial, by the arm they were dealt.

    Parameters
    ----------
    seen : pa.Table     customer_id, and `arm` where the log says which they got

    Returns
    -------
    counts by arm, customers the trial does not know, customers who got another arm than they were dealt
    """
    ids = pc.unique(seen["customer_id"].cast(pa.string()))
    arm_of = dict(zip(dealt["customer_id"].to_pylist(), dealt["arm"].to_pylist(), strict=True))
    found = [arm_of[one] for one in ids.to_pylist() if one in arm_of]
    crossed: set[str] = set()
    if "arm" in seen.column_names:
        pairs = zip(seen["customer_id"].cast(pa.string()).to_pylist(), seen["arm"].to_pylist(), strict=True)
        crossed = {one for one, arm in pairs if arm_of.get(one, arm) != arm}
    return {arm: found.count(arm) for arm in arms}, len(ids) - len(found), len(crossed)
