"""The catalogue as a page, one number and its rows, and one feature table as a file."""

from functools import partial
from itertools import groupby
from pathlib import Path

from features import catalog
from features.build.build import build_to
from features.build.explain import explain
from features.clocks import parse_days
from features.errors import FeatureError
from features.shop import Shop
from features.spine import Spine
from operations import home
from operations.partitioned_features import LabelWindow, write_features_in_parts
from operations.partitions import MANIFEST, PartitionedTable
from perennial.opening import cutoff_of, engine_named, reading_shop, until_of
from perennial.terminal.outputs import PARQUET, refuse_other_endings
from perennial.terminal.printing import counted, heading, say, table
from perennial.terminal.progress import progress_bar


def print_catalogue() -> None:
    """Every feature by family: windows, unit, value of a customer without rows, meaning."""
    for family, members in groupby(catalog.features(), key=lambda one: one.family):
        heading(family.replace("_", " "))
        rows = [
            (
                one.name,
                " ".join(one.windows),
                one.unit,
                "–" if one.empty is None else f"{one.empty:g}",
                _first(one.about),
            )
            for one in members
        ]
        table(("feature", "windows", "unit", "empty", "meaning"), rows)
    say()
    say(
        f"{len(catalog.features())} features; one over 90d is the column feature_90d. What is made per value "
        "is a column for each that occurs: channel_orders becomes web_orders_365d and so on."
    )


def explain_number(path: Path, at: str | None, column: str, customer: str | None) -> None:
    """Print one customer's value and the rows it was made of."""
    if not customer:
        raise FeatureError(f"--explain {column} needs a customer. Add --customer ID.")
    with reading_shop(path) as shop:
        cutoff = cutoff_of(shop, at)
        found = explain(shop, column, customer, cutoff)
    value = "missing" if found.value is None else f"{found.value:,.6g} {found.column.unit}"
    say(f"{column} of {customer} as known at {cutoff:%Y-%m-%d %H:%M}: {value}", "bold")
    say(_first(found.column.about))
    say(f"Made of {found.rows.num_rows:,} rows of {found.column.feature.relation}:")
    table(found.rows.column_names, zip(*found.rows.to_pydict().values(), strict=True))


def write_features(path: Path, at: str | None, out: Path | None, engine_name: str) -> None:
    """Build what the shop can fill for every customer known at the cutoff, and say where it lies."""
    if out is not None:
        refuse_other_endings(out, PARQUET)
    engine = engine_named(engine_name)
    try:
        with reading_shop(path) as shop:
            cutoff, columns = cutoff_of(shop, at), catalog.columns_for(shop)
            target = out or home.features(shop) / f"all-{cutoff:%Y-%m-%d}.parquet"
            with progress_bar() as progress:
                spine = Spine.ever(shop, cutoff, engine=engine)
                build_to(target, shop, spine, columns, engine=engine, progress=progress)
    finally:
        engine.close()
    say(f"{len(spine):,} customers x {len(columns)} features as known at {cutoff:%Y-%m-%d 00:00}: {target}")
    _tell_left_out(shop)


def write_partitioned_features(
    path: Path, at: str | None, out: Path | None, engine_name: str, parts: int | None, horizon: str | None
) -> None:
    """The same as a folder of parts by hash of the customer, with what happened within a horizon if one is given."""
    if out is None or parts is None:
        raise FeatureError("Labels and parts make a folder of files. Give both --parts 16 and --out FOLDER.")
    with reading_shop(path) as shop, progress_bar() as progress:
        cutoff = cutoff_of(shop, at)
        labels = LabelWindow(parse_days(horizon), until_of(shop, None)) if horizon else None
        columns = catalog.columns_for(shop)
        engine = partial(engine_named, engine_name)
        done = write_features_in_parts(out, shop, cutoff, columns, parts, engine, labels=labels, progress=progress)
    outcomes = f", with what happened within {labels.horizon_days} days," if labels else ""
    say(f"{done.rows:,} customers x {len(columns)} features{outcomes} as known at {cutoff:%Y-%m-%d 00:00}: {out}")
    tell_parts(done)
    _tell_left_out(shop)


def tell_parts(done: PartitionedTable) -> None:
    """Say how many files there are, and how many of them an earlier run had finished."""
    say(f"{counted(len(done.files), 'file')} and {MANIFEST}; {done.reused} had been finished by an earlier run.")


def _tell_left_out(shop: Shop) -> None:
    without = {one.name: missing for one in catalog.features() if (missing := catalog.missing_for(shop, one))}
    if without:
        lacking = sorted({what for missing in without.values() for what in missing})
        say(f"Left out for want of {', '.join(lacking)}: {len(without)} features.")


def _first(about: str) -> str:
    return " ".join(about.split("\n\n")[0].split())
