"""The reference job of `benchmarks.features` as others would do it. Needs only DuckDB, pandas and featuretools.

Every function takes the folder of the job (lines.parquet, spine.parquet, job.json) and returns the number of rows it
made. `python benchmarks/feature_peers.py FOLDER TARGET` prints seconds and peak memory as JSON.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SUMS = {
    "lines": "1",
    "units": "quantity",
    "spend": "amount",
    "display_spend": "CASE WHEN on_display THEN amount END",
    "coupon_spend": "CASE WHEN with_coupon THEN amount END",
}


def tile_scan(folder: Path, windows: list[int]) -> int:
    """Daily tiles alone, in one pass, orders counted by day, no late rows: the floor for any tile builder."""
    import duckdb

    sums = ", ".join(f"sum({sql}) AS {name}" for name, sql in SUMS.items())
    rows = duckdb.connect().execute(
        f"""CREATE TABLE tiles AS
            SELECT customer_id, happened_at::date AS day, count(DISTINCT order_id) AS orders, {sums}
            FROM read_parquet('{folder}/lines.parquet') GROUP BY ALL"""
    )
    return len(rows.fetchall())


def written_sql(folder: Path, windows: list[int]) -> int:
    """What an engineer writes by hand: daily tiles, a range join to the cutoffs, one filtered aggregate a window."""
    import duckdb

    con = duckdb.connect()
    tile_sums = ", ".join(f"sum({sql}) AS {name}" for name, sql in SUMS.items())
    names = ["orders", "days", *SUMS]
    aggregates = ", ".join(
        f"sum({name}) FILTER (day >= cutoff - {days}) AS {name}_{days}d" for name in names for days in windows
    )
    con.execute(
        f"""CREATE TABLE tiles AS
            SELECT customer_id, happened_at::date AS day, count(DISTINCT order_id) AS orders, 1 AS days, {tile_sums}
            FROM read_parquet('{folder}/lines.parquet') GROUP BY ALL"""
    )
    con.execute(
        f"""CREATE TABLE features AS
            WITH spine AS (SELECT customer_id, cutoff::date AS cutoff FROM read_parquet('{folder}/spine.parquet'))
            SELECT spine.customer_id, spine.cutoff, {aggregates}
            FROM spine LEFT JOIN tiles ON tiles.customer_id = spine.customer_id
             AND tiles.day < spine.cutoff AND tiles.day >= spine.cutoff - {max(windows)}
            GROUP BY ALL"""
    )
    return con.execute("SELECT count(*) FROM features").fetchall()[0][0]


def pandas_loop(folder: Path, windows: list[int]) -> int:
    """The notebook's way: a loop over cutoffs and windows, a groupby each, one clock."""
    import pandas as pd

    columns = ["order_id", "customer_id", "quantity", "amount", "on_display", "with_coupon", "happened_at"]
    lines = pd.read_parquet(folder / "lines.parquet", columns=columns)
    lines["amount"] = lines["amount"].astype(float)
    lines["display_spend"] = lines["amount"].where(lines["on_display"].astype(bool))
    lines["coupon_spend"] = lines["amount"].where(lines["with_coupon"].astype(bool))
    lines["day"] = lines["happened_at"].dt.normalize()
    spine = pd.read_parquet(folder / "spine.parquet")
    made = []
    for cutoff, asked in spine.groupby("cutoff"):
        parts = [asked.set_index("customer_id")]
        for days in windows:
            begin = cutoff - pd.Timedelta(days=days)
            seen = lines[(lines["happened_at"] < cutoff) & (lines["happened_at"] >= begin)]
            part = seen.groupby("customer_id").agg(
                orders=("order_id", "nunique"),
                days=("day", "nunique"),
                lines=("order_id", "size"),
                units=("quantity", "sum"),
                spend=("amount", "sum"),
                display_spend=("display_spend", "sum"),
                coupon_spend=("coupon_spend", "sum"),
            )
            parts.append(part.add_suffix(f"_{days}d"))
        made.append(parts[0].join(parts[1:]).fillna(0))
    return len(pd.concat(made))


def featuretools(folder: Path, windows: list[int]) -> int:
    """featuretools with the same cutoffs: one training window a call, its own aggregation primitives, one clock."""
    import featuretools as ft
    import pandas as pd

    columns = ["customer_id", "order_id", "quantity", "amount", "happened_at"]
    lines = pd.read_parquet(folder / "lines.parquet", columns=columns)
    lines["amount"] = lines["amount"].astype(float)
    lines["line_id"] = range(len(lines))
    spine = pd.read_parquet(folder / "spine.parquet").rename(columns={"cutoff": "time"})
    entities = ft.EntitySet("shop")
    entities.add_dataframe(dataframe_name="lines", dataframe=lines, index="line_id", time_index="happened_at")
    customers = pd.DataFrame({"customer_id": lines["customer_id"].unique()})
    entities.add_dataframe(dataframe_name="customers", dataframe=customers, index="customer_id")
    entities.add_relationship("customers", "customer_id", "lines", "customer_id")
    for days in windows:
        made = ft.dfs(
            entityset=entities,
            target_dataframe_name="customers",
            cutoff_time=spine,
            training_window=f"{days} days",
            agg_primitives=["count", "sum", "mean", "max", "num_unique"],
            trans_primitives=[],
            max_depth=1,
            verbose=False,
        )[0]
    return len(made)


TARGETS: dict[str, Callable[[Path, list[int]], int]] = {
    "tile scan": tile_scan,
    "hand-written SQL": written_sql,
    "pandas loop": pandas_loop,
    "featuretools": featuretools,
}


def timed(work: Callable[[], int], runs: int) -> dict[str, float]:
    """Best of some runs in this process, and the process's peak memory."""
    seconds = []
    for _ in range(runs):
        begin = time.perf_counter()
        rows = work()
        seconds.append(time.perf_counter() - begin)
    return {"seconds": round(min(seconds), 3), "peak_gb": round(peak_gb(), 3), "rows": rows}


def peak_gb() -> float:
    """This process's own peak: what getrusage says begins with the peak of whoever started it."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    folder, target = Path(sys.argv[1]), sys.argv[2]
    job = json.loads((folder / "job.json").read_text())
    print(json.dumps(timed(lambda: TARGETS[target](folder, job["windows"]), 1 if target == "featuretools" else 3)))
