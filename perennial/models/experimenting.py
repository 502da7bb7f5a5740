"""`perennial experiment`: trials planned, dealt, checked and read, told to a person."""

import math
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.engine import DuckDB, Engine
from features.shop import Shop
from insights.experiments.assigning import assign, read_assignment
from insights.experiments.comparing import FEW, Difference, compare
from insights.experiments.design import ALPHA, Design, checked, read_design, shares_of
from insights.experiments.errors import ExperimentError
from insights.experiments.measured import TrialSums, counts, measure
from insights.experiments.metrics import METRICS
from insights.experiments.planning import plan
from insights.experiments.sample_ratio import sample_ratio
from insights.experiments.units import units_at
from operations import home
from perennial.opening import cutoff_of, reading_shop
from perennial.terminal.outputs import write_rows
from perennial.terminal.printing import counted, heading, say, table
from scoring.processors import threads
from training.data.horizon import propose


def tell_plan(
    path: Path, at: str | None, arms: Sequence[str], metrics: Sequence[str], days: int, by: str, effect: float,
    power: float,
) -> None:  # fmt: skip
    """Print what a trial that began `days` before the cutoff could have shown."""
    checked("plan", by, days, metrics)
    shares = shares_of(arms)
    if not (effect > 0 and 0.5 <= power < 1):
        raise ExperimentError("--effect is a relative effect above 0, such as 0.05; --power lies in [0.5, 1).")
    with reading_shop(path) as shop, closing(DuckDB(threads=threads())) as engine:
        end = cutoff_of(shop, at)
        start = end - timedelta(days=days)
        spans = _spans(shop, end, engine)
        units = units_at(shop, start, spans[1], by, home.key(shop), engine)
        dealt = _alike(units.rows, start)
        past = measure(shop, dealt, days, end, engine)
    alpha = ALPHA / (len(metrics) * (len(shares) - 1))
    found = plan(past, metrics, shares, effect, clustered=by != "customer", alpha=alpha, power=power)
    say(
        f"'{shop.name}': {counted(len(past), by)} could have been dealt on {start:%Y-%m-%d}, and {days} days of "
        f"outcome are known; found with {power:.0%} power at {ALPHA:.0%} over all comparisons:"
    )
    heading("The smallest relative effect that shows")
    table(
        ("metric", "mean", "plain", "with CUPED", "looked at daily", f"{by}s for {effect:+.0%}"),
        [(one.metric, f"{one.mean:,.3f}", f"{one.detectable:.1%}", f"{one.adjusted:.1%}", f"{one.always:.1%}",
          one.needed) for one in found],
        numbers=("mean", "plain", "with CUPED", "looked at daily", f"{by}s for {effect:+.0%}"),
    )  # fmt: skip
    if len(past) < 2 * FEW:
        say(
            f"  these are too small: they rest on large numbers, {2 * FEW} {by}s or more, and there are {len(past):,}. "
            f"A trial of so few shows only effects that are larger than told here"
            + ("." if by == "customer" else "; deal by customer where one customer's arm does not touch another's."),
            "bold",
        )


def deal(
    path: Path, name: str, at: str | None, arms: Sequence[str], metrics: Sequence[str], days: int, by: str,
    strata: Sequence[str], out: Path | None,
) -> None:  # fmt: skip
    """Deal a trial and say how it came out."""
    checked(name, by, days, metrics)
    within = tuple(one for one in strata if one != "none")
    with reading_shop(path) as shop, closing(DuckDB(threads=threads())) as engine:
        start = cutoff_of(shop, at)
        wanted = Design(name, shares_of(arms), by, within, start, days, tuple(metrics), ALPHA, {})
        folder = home.experiment(shop, name)
        done = assign(shop, folder, wanted, start, _spans(shop, start, engine), home.key(shop), engine)
    design, n = done.design, done.rows.num_rows
    say(
        f"Experiment '{name}' of '{shop.name}': {counted(n, 'customer')} dealt by {design.unit}, "
        f"{done.new:,} of them new."
    )
    for arm in design.arms:
        mine = done.rows.filter(pc.equal(done.rows["arm"], arm))
        say(f"  {arm:12} {mine.num_rows:,} ({len(pc.unique(mine['unit_id'])):,} {design.unit}s)")
    if done.units.held:
        say(f"  {counted(done.units.held, 'customer')} of the holdout are in no trial")
    if done.units.homeless:
        say(f"  {counted(done.units.homeless, 'customer')} left out: nothing says which {design.unit} is theirs")
    say(f"  it began on {design.starts:%Y-%m-%d} and is complete on {design.ends:%Y-%m-%d}; read it on any day between")
    if out is not None:
        write_rows(done.rows, out)
    say(f"  {out or folder / 'assignment.parquet'}")


def tell_results(path: Path, name: str, at: str | None) -> None:
    """Print what a trial has shown so far."""
    shop, design, dealt, measured = opened_trial(path, name, at, before=False)
    found = compare(measured, design)
    cutoff = cutoff_of(shop, at)
    over = cutoff >= design.ends
    say(
        f"Experiment '{name}' of '{shop.name}' as of {cutoff:%Y-%m-%d}, "
        f"{'complete' if over else f'day {(cutoff - design.starts).days} of {design.days}'}: "
        f"{counted(dealt.num_rows, 'customer')} in {counted(len(measured), design.unit)}."
    )
    ratio = sample_ratio(counts(measured, tuple(design.arms)), design.arms)
    if ratio.mismatch:
        say(f"  {ratio.sentence}", "bold")
    heading("Differences from " + design.control)
    show_differences(found, shop, fixed=False)
    for one in found:
        say(f"  {_verdict(one, design, over)}")
    if any(one.few for one in found):
        say(f"  with fewer than {2 * FEW} {design.unit}s, intervals are too narrow: they rest on large numbers")


def _verdict(one: Difference, design: Design, over: bool) -> str:
    what = f"{one.arm}, {METRICS[one.metric].meaning}"
    if one.stops:
        side = "more" if one.always_low > 0 else "less"
        return f"{what}: {side} than {design.control}, whenever one looks; the trial may be stopped for it"
    if over and one.corrected < design.alpha:
        return (
            f"{what}: differs at the planned end (p = {one.corrected:.2g} after correction), though not at every look"
        )
    if over:
        return f"{what}: no difference was found; what is not shown may still be smaller than the interval"
    return f"{what}: nothing yet; to stop now for the fixed interval would be a false alarm more often than stated"


def show_differences(found: Sequence[Difference], shop: Shop, *, fixed: bool) -> None:
    """Print a line a difference; `fixed` leaves out the confidence sequence."""
    columns = ["arm", "metric", "control", "arm's", "difference", "relative", "95 % at the end", "p corrected"]
    if not fixed:
        columns.insert(6, "at every look")
    rows = []
    for one in found:
        row = [one.arm, one.metric, f"{one.control:,.4g}", f"{one.treated:,.4g}", f"{one.difference:+,.4g}",
               f"{one.relative:+.1%}", f"{one.low:+,.4g} to {one.high:+,.4g}",
               f"{one.corrected:.3g}"]  # fmt: skip
        if not fixed:
            wide = math.isfinite(one.always_low)
            row.insert(6, f"{one.always_low:+,.4g} to {one.always_high:+,.4g}" if wide else "anything")
        rows.append(row)
    table(columns, rows, numbers=columns[2:])
    if any(METRICS[one.metric].money for one in found) and shop.currency:
        say(f"  money in {shop.currency}; " + ("adjusted by the days before (CUPED)" if any(
            one.adjusted for one in found) else "not adjusted"))  # fmt: skip


def opened_trial(path: Path, name: str, at: str | None, *, before: bool) -> tuple[Shop, Design, pa.Table, TrialSums]:
    """A trial with what its units did by a cutoff; `before` allows one at which it has not begun.

    Raises
    ------
    ExperimentError     if it is read before it began
    """
    with reading_shop(path) as shop, closing(DuckDB(threads=threads())) as engine:
        folder = home.experiment(shop, name)
        design, dealt, cutoff = read_design(folder), read_assignment(folder), cutoff_of(shop, at)
        if not before and cutoff <= design.starts:
            raise ExperimentError(
                f"experiment '{name}' began on {design.starts:%Y-%m-%d}, and as of {cutoff:%Y-%m-%d} nothing of it is "
                "known. Read it a day later or more; perennial experiment check looks at the days before."
            )
        cutoff = max(cutoff, design.starts)
        dealt = dealt.filter(
            pc.less(dealt["assigned_at"], pa.scalar(cutoff + timedelta(days=before), pa.timestamp("us")))
        )
        return shop, design, dealt, measure(shop, dealt, design.days, cutoff, engine)


def _alike(rows: pa.Table, start: datetime) -> pa.Table:
    n = rows.num_rows
    return rows.append_column("arm", pa.array(["all"] * n)).append_column(
        "assigned_at", pa.array([start] * n, pa.timestamp("us"))
    )


def _spans(shop: Shop, at: datetime, engine: Engine) -> tuple[int, int]:
    found = propose(shop, at, engine=engine)
    return found.horizon_days, found.active_within_days
