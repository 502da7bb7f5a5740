"""The catalogue as a page, one number and its rows, and one feature table as a file."""

from itertools import groupby
from pathlib import Path

from features import catalog
from features.build.build import build_to
from features.build.explain import explain
from features.errors import FeatureError
from features.spine import Spine
from operations import home
from perennial.opening import cutoff_of, engine_named, reading_shop
from perennial.terminal.printing import heading, say, table
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
    without = {one.name: missing for one in catalog.features() if (missing := catalog.missing_for(shop, one))}
    if without:
        lacking = sorted({what for missing in without.values() for what in missing})
        say(f"Left out for want of {', '.join(lacking)}: {len(without)} features.")


def _first(about: str) -> str:
    return " ".join(about.split("\n\n")[0].split())
