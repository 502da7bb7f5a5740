"""`make bench-one-customer`: one customer's features computed anew at serving time, over 50 customers of the sample.

What is timed is what a worker does after a new event: read the customer's rows from the canonical files, compute every
column by the compiled SQL, cast to float32. Cases: the whole catalogue of the Complete Journey, and the columns that
served models use (of the current Release when there is one, else all that orders alone fill). Process CPU time stands
beside wall time: it says what the work costs when others use the machine. Every value is compared with the batch.
"""

import time
from collections.abc import Sequence

import numpy as np

from benchmarks.tables import show, write
from features.build.build import build, matrix
from features.build.compile import compile_for_one
from features.catalog import columns_for
from features.feature import FeatureColumn
from features.samples.complete_journey import prepare
from features.shop import Shop, open_shop
from features.spine import Spine
from features.tables import SAME
from operations import home
from scoring.release import read_release
from serving.snapshot.feature_sql import Statement
from serving.snapshot.recompute import CustomerHistory

CUSTOMERS = 50
STATED = ("orders", "order_days", "visited_stores")  # what any shop has, and every model uses


def served(shop: Shop) -> tuple[str, list[FeatureColumn]]:
    """The columns of the current Release and their name, or all that orders alone fill."""
    pointer = home.releases(shop) / "current.json"
    if not pointer.is_file():
        return "columns over orders", [column for column in columns_for(shop) if column.feature.relation in STATED]
    models = read_release(pointer).models.values()
    names = {feature.name for released in models for feature in released.model.features}
    return "the models' columns", [column for column in columns_for(shop) if column.name in names]


def measured(shop: Shop, case: str, columns: Sequence[FeatureColumn]) -> dict[str, object]:
    """Time one case, customer by customer, and count the values that are not the batch's."""
    cutoff = shop.default_cutoff()
    ever = np.unique(Spine.ever(shop, cutoff).rows["customer_id"].to_pylist())
    customers = np.random.default_rng(7).choice(ever, CUSTOMERS, replace=False).tolist()
    batch = build(shop, Spine.of(customers, [cutoff]), columns)
    expected = matrix(batch, [column.name for column in columns])
    compiled = compile_for_one(columns)
    history = CustomerHistory(shop.data, Statement(compiled.sql, compiled.names, compiled.sources, SAME))
    history.rows({customers[0]: ()}, cutoff)  # warm up
    wall, cpu, unequal = [], [], 0
    for place, customer in enumerate(batch["customer_id"].to_pylist()):
        started, spent = time.perf_counter(), time.process_time()
        _, found = history.rows({customer: ()}, cutoff)
        cpu.append(1000 * (time.process_time() - spent))
        wall.append(1000 * (time.perf_counter() - started))
        same = np.isclose(found[customer], expected[place], rtol=1e-6, atol=1e-5, equal_nan=True)
        unequal += int((~same).sum())
    history.close()
    row: dict[str, object] = {"case": case, "columns": len(columns), "customers": CUSTOMERS, "unequal": unequal}
    for what, spent_ms in (("", wall), ("cpu_", cpu)):
        row |= {f"{what}p{at}_ms": round(float(np.percentile(spent_ms, at)), 1) for at in (50, 95, 99)}
    return row


def main() -> None:
    """Measure both cases."""
    shop = open_shop(prepare())
    rows = [measured(shop, "whole catalogue", columns_for(shop)), measured(shop, *served(shop))]
    write("one_customer", rows)
    show("One customer's features from history", rows)


if __name__ == "__main__":
    main()
