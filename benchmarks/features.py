"""`make bench-features`: one feature job done by Perennial and by its peers, in one run on one machine.

The job: 1.47 M order lines of the Complete Journey, 22 weekly cutoffs × 4 windows × 7 aggregates for the households
with an order in the 91 days before. Perennial's rows have two clocks, 5 % of them late, and its distinct counts are
exact; the peers know one clock. Each target runs in a process of its own; seconds are the best of three after a
warm-up (featuretools: one), imports left out. Nothing else should run beside it.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.feature_peers import TARGETS, timed
from benchmarks.tables import show, write
from features.build.build import build, build_to
from features.catalog import columns_for
from features.feature import Feature, FeatureColumn, feature
from features.samples.complete_journey import prepare
from features.shop import Shop, home_folder, open_shop
from features.spine import Spine
from features.tables import TABLES
from simulation.world import simulate

LAST = datetime(2017, 12, 4)
WINDOWS = (7, 28, 91, 365)
MORE_WINDOWS = (7, 14, 28, 56, 91, 182, 273, 365)
WEEKS = 22
LATE_SHARE = 0.05
ROW = dict[str, str | float]


def declared(windows: Iterable[int]) -> list[FeatureColumn]:
    """The job's seven aggregates, declared as any feature is."""
    days = tuple(f"{window}d" for window in windows)

    @feature(table="order_lines", windows=days, unit="orders", empty=0)
    def orders(lines: ir.Table) -> ir.Value:
        """Different orders."""
        return lines.order_id.nunique()

    @feature(table="order_lines", windows=days, unit="days", empty=0)
    def shopping_days(lines: ir.Table) -> ir.Value:
        """Different local days with an order."""
        return lines.happened_at.date().nunique()

    @feature(table="order_lines", windows=days, unit="lines", empty=0)
    def lines(lines: ir.Table) -> ir.Value:
        """Lines."""
        return lines.count()

    @feature(table="order_lines", windows=days, unit="items", empty=0)
    def units(lines: ir.Table) -> ir.Value:
        """Items."""
        return lines.quantity.sum()

    @feature(table="order_lines", windows=days, unit="currency", empty=0)
    def spend(lines: ir.Table) -> ir.Value:
        """Money."""
        return lines.amount.sum()

    @feature(table="order_lines", windows=days, unit="currency", empty=0)
    def display_spend(lines: ir.Table) -> ir.Value:
        """Money for what stood on display."""
        return lines.amount.sum(where=lines.on_display)

    @feature(table="order_lines", windows=days, unit="currency", empty=0)
    def coupon_spend(lines: ir.Table) -> ir.Value:
        """Money for what had a coupon."""
        return lines.amount.sum(where=lines.with_coupon)

    asked: list[Feature] = [orders, shopping_days, lines, units, spend, display_spend, coupon_spend]
    return [column for one in asked for column in one.columns]


def prepare_job(folder: Path, times: int = 1) -> Shop:
    """Lay the job down: lines with 5 % known up to two weeks late (`times` over), the spine, the windows."""
    folder.mkdir(parents=True, exist_ok=True)
    shop = open_shop(prepare())
    lines = pq.read_table(shop.path("order_lines"))
    copies = [_copy(lines, number).cast(TABLES["order_lines"].schema) for number in range(times)]
    lines = pa.concat_tables(copies).combine_chunks()
    rng = np.random.default_rng(7)
    delay = np.where(rng.random(len(lines)) < LATE_SHARE, rng.integers(1, 14 * 86_400_000_000, len(lines)), 0)
    late = pc.add(lines["happened_at"], pa.array(delay.astype("timedelta64[us]")))
    lines = lines.set_column(lines.column_names.index("known_at"), "known_at", late)
    pq.write_table(lines, folder / "order_lines.parquet")
    pq.write_table(lines, folder / "lines.parquet")
    pq.write_table(pq.read_table(shop.path("orders")), folder / "orders.parquet")
    spine = Spine.active(shop, [LAST - timedelta(days=7 * week) for week in range(WEEKS)], 91)
    pq.write_table(spine.rows, folder / "spine.parquet")
    (folder / "job.json").write_text(json.dumps({"windows": WINDOWS}))
    return replace(shop, data=folder)


def _copy(lines: pa.Table, number: int) -> pa.Table:
    """The same lines under other order ids: twice the events of the same customers."""
    if number == 0:
        return lines
    ids = pc.binary_join_element_wise(lines["order_id"], pa.scalar(str(number)), "/")
    return lines.set_column(lines.column_names.index("order_id"), "order_id", ids)


def perennial(folder: Path, shop: Shop, case: str) -> ROW:
    """Perennial's own measure, by case."""
    spine = Spine(pq.read_table(folder / "spine.parquet"))
    columns = declared(MORE_WINDOWS if case == "windows doubled" else WINDOWS)
    if case == "cutoffs doubled":
        spine = Spine.active(shop, [LAST - timedelta(days=7 * week) for week in range(2 * WEEKS)], 91)
    if case.startswith("whole catalogue"):
        columns = list(columns_for(replace(shop, data=open_shop(prepare()).data)))
        shop = replace(shop, data=open_shop(prepare()).data)
    fast = "by rows" not in case
    build(shop, Spine.of(["1"], [LAST]), columns[:1])  # warm up: imports, connection
    return timed(lambda: len(build(shop, spine, columns, fast=fast)), 1 if case.startswith("whole") else 3)


def laid_down(folder: Path) -> Shop:
    """A simulated shop of 1 M orders with all its tables, made once."""
    world = folder.with_name("million-orders")
    if not (world / "shop.toml").is_file():
        simulate(111_000, 14, 3, world)
    return open_shop(world)


def million(folder: Path) -> ROW:
    """Every column of the catalogue over 1 M orders × 12 monthly cutoffs, of a simulated shop with all its tables."""
    shop = laid_down(folder)
    last = shop.default_cutoff()
    spine = Spine.active(shop, [last - timedelta(days=30 * month) for month in range(12)], 91)
    out = folder.with_name("million.parquet")

    def work() -> int:
        build_to(out, shop, spine, columns_for(shop))
        return len(spine)

    return {**timed(work, 1), "columns": len(columns_for(shop)), "orders": shop.rows["orders"]}


MILLION = "whole catalogue, 1 M orders, 12 cutoffs"
CASES = (
    *("", "events doubled", "windows doubled", "cutoffs doubled", "whole catalogue", "whole catalogue by rows"),
    MILLION,
)


def measured(folder: Path, peers_python: str) -> Iterator[ROW]:
    """Every target once, each in its own process."""
    for target in TARGETS:
        python = peers_python if target == "featuretools" else sys.executable
        command = [python, "benchmarks/feature_peers.py", str(folder), target]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{target}: left out – {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            continue
        yield {"target": target, **json.loads(done.stdout.splitlines()[-1])}
    for case in CASES:
        at = folder.with_name("features-doubled") if case == "events doubled" else folder
        command = [sys.executable, "-m", "benchmarks.features", "--case", case, str(at)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        yield {"target": f"perennial, {case}" if case else "perennial", **json.loads(done.stdout.splitlines()[-1])}


def main(arguments: list[str]) -> None:
    """Measure everything, or do one part of it in this process: a child's peak memory starts at its parent's."""
    folder = home_folder() / "benchmarks" / "features"
    if arguments[:1] == ["--prepare"]:
        prepare_job(folder)
        prepare_job(folder.with_name("features-doubled"), times=2)
        laid_down(folder)
        return
    if arguments[:1] == ["--case"]:
        at = Path(arguments[2])
        if arguments[1] == MILLION:
            print(json.dumps(million(at)))
            return
        print(json.dumps(perennial(at, replace(open_shop(prepare()), data=at), arguments[1])))
        return
    subprocess.run([sys.executable, "-m", "benchmarks.features", "--prepare"], check=True)
    rows = list(measured(folder, arguments[0] if arguments else sys.executable))
    floor = next(row["seconds"] for row in rows if row["target"] == "tile scan")
    for row in rows:
        row["times_tile_scan"] = round(float(row["seconds"]) / float(floor), 2)
    write("features", rows)
    show("Features: seconds on one job", rows)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(sys.argv[1:])
