"""The catalogue as a page, and one feature table as a file."""

from datetime import datetime
from itertools import groupby
from pathlib import Path

from features import catalog
from features.build import build_to
from features.shop import Shop
from features.spine import Spine
from perennial import places
from perennial.opening import engine_named
from perennial.printing import heading, say, table
from perennial.progress import progress_bar


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
    say(f"{len(catalog.features())} features, {len(catalog.catalogue())} columns: a feature over 90d is feature_90d.")


def write_features(shop: Shop, cutoff: datetime, out: Path | None, engine_name: str) -> None:
    """Build what the shop can fill for every customer known at the cutoff, and say where it lies."""
    columns = catalog.columns_for(shop)
    target = out or places.features(shop) / f"all-{cutoff:%Y-%m-%d}.parquet"
    engine = engine_named(engine_name)
    try:
        with progress_bar() as progress:
            spine = Spine.ever(shop, cutoff, engine=engine)
            build_to(target, shop, spine, columns, engine=engine, progress=progress)
    finally:
        engine.close()
    say(f"{len(spine):,} customers x {len(columns)} features as known at {cutoff:%Y-%m-%d 00:00}: {target}")
    lacking = sorted({what for one in catalog.features() for what in catalog.missing_for(shop, one)})
    if lacking:
        say(f"Left out for want of {', '.join(lacking)}: {len(catalog.catalogue()) - len(columns)} columns.")


def _first(about: str) -> str:
    return " ".join(about.split("\n\n")[0].split())
