"""Who may be dealt at a cutoff, and in which unit: customers, the stores they buy in, or households."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from decisions.allocation.arms import lots
from decisions.stages import COLUMNS, stages
from features.build.build import build
from features.catalog import catalogue
from features.engine import Engine
from features.identity.resolve import resolve
from features.known import known_before
from features.shop import Shop
from features.spine import Spine
from insights.experiments.errors import ExperimentError

STRATA = ("stage",)
# A person has up to four records under one mark; what a few more share is a family card or an address, not a till's.
HOUSEHOLD_LIMIT = 12


@dataclass(frozen=True)
class Units:
    """Customers who may be dealt.

    Attributes
    ----------
    rows : pa.Table     customer_id, unit_id
    held : int          customers of the holdout, who are in no trial
    homeless : int      customers left out because nothing says which unit is theirs
    """

    rows: pa.Table
    held: int
    homeless: int


def units_at(shop: Shop, at: datetime, within_days: int, unit: str, key: str, engine: Engine) -> Units:
    """Customers with an order in [at − within_days, at), outside the holdout, and the unit of each.

    Parameters
    ----------
    key : str       the shop's, by which its holdout is drawn

    Raises
    ------
    ExperimentError     if nobody is left, or the shop has no column to tell units by
    """
    active = Spine.active(shop, [at], within_days, engine=engine).rows["customer_id"]
    held = lots(active.to_pylist(), at.date(), key).held < shop.settings.holdout_share
    rows = pa.table({"customer_id": active.filter(pa.array(~held))})
    rows = _with_unit(shop, rows, at, unit, engine)
    known = rows.filter(pc.is_valid(rows["unit_id"])).sort_by("customer_id")
    if known.num_rows == 0:
        raise ExperimentError(
            f"no customer with an order in the {within_days} days before {at:%Y-%m-%d} can be dealt by {unit}. "
            f"Name another --at{'.' if unit == 'customer' else ', or deal by customer.'}"
        )
    return Units(known, int(held.sum()), rows.num_rows - known.num_rows)


def _with_unit(shop: Shop, rows: pa.Table, at: datetime, unit: str, engine: Engine) -> pa.Table:
    if unit == "customer":
        return rows.append_column("unit_id", rows["customer_id"])
    asked = engine.table(rows)
    if unit == "household":
        people = resolve(shop, [at], engine, hub_limit=HOUSEHOLD_LIMIT)
        if people is None:
            raise ExperimentError(
                f"'{shop.name}' has no table identities, so nothing says who lives together. Deal by customer or store."
            )
        homes = people.members.select(customer_id="customer_id", home="person_id")
        met = asked.left_join(homes, "customer_id")
        found = engine.arrow(met.select(met.customer_id, unit_id=ibis.coalesce(met.home, met.customer_id)))
        # One member's erasure must not leave their id behind as the others' household.
        homes_told = [f"household-{sha256(one.encode()).hexdigest()[:16]}" for one in found["unit_id"].to_pylist()]
        return found.set_column(1, "unit_id", pa.array(homes_told, pa.string()))
    if "store_id" not in shop.present["orders"]:
        raise ExperimentError(f"the orders of '{shop.name}' name no store_id. Deal by customer or household.")
    orders = known_before(engine.read(shop.path("orders")), at)
    orders = orders.filter(orders.store_id.notnull(), orders.kind == "order")
    newest = orders.group_by("customer_id").aggregate(unit_id=orders.store_id.argmax(orders.happened_at))
    met = asked.left_join(newest, "customer_id")
    return engine.arrow(met.select(met.customer_id, met.unit_id))


def strata_of(
    shop: Shop, units: Units, at: datetime, spans: tuple[int, int], wanted: tuple[str, ...], engine: Engine
) -> dict[str, str]:
    """The stratum of each unit: its customers' stage; what most of them share, where a unit has several.

    Parameters
    ----------
    spans : (horizon, active within)    days, as the shop's stages are told by

    Raises
    ------
    ExperimentError     if a stratum is unknown
    """
    for name in wanted:
        if name not in STRATA:
            raise ExperimentError(f"--strata {name} is not known. Arms can be dealt evenly within {', '.join(STRATA)}.")
    customers, ids = units.rows["customer_id"].to_pylist(), units.rows["unit_id"].to_pylist()
    if not wanted:
        return dict.fromkeys(ids, "")
    columns = [column for column in catalogue() if column.name in COLUMNS]
    built = build(shop, Spine.of(customers, [at]), columns, engine=engine)
    place = {name: i for i, name in enumerate(built["customer_id"].to_pylist())}
    known = {name: np.asarray(built[name].cast("float64").fill_null(float("nan"))) for name in COLUMNS}
    found = stages(known, *spans)
    votes: dict[str, list[str]] = {}
    for customer, unit in zip(customers, ids, strict=True):
        votes.setdefault(unit, []).append(str(found[place[customer]]))
    return {unit: max(sorted(set(told)), key=told.count) for unit, told in votes.items()}
