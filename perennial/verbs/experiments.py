"""Verbs about trials: experiment plan, assign, check, read."""

from pathlib import Path
from typing import Annotated

import typer

from perennial.terminal.options import HERE, At, Shop
from perennial.terminal.outputs import CSV, PARQUET, ends_in
from perennial.verbs import add

Name = Annotated[str, typer.Option("--name", metavar="NAME", help="The trial's name.")]
Arms = Annotated[
    list[str] | None,
    typer.Option(
        "--arm", metavar="NAME=SHARE", help="An arm and its share; the first is the control. Default: two halves."
    ),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        metavar="NAME",
        help="What is judged: ordered, orders, spend, spend_per_order. Repeatable. Default: ordered and spend.",
    ),
]
Days = Annotated[int, typer.Option("--days", metavar="N", help="Days a customer's outcome is counted.")]
By = Annotated[str, typer.Option("--by", metavar="UNIT", help="What is dealt: customer, store or household.")]

HALVES = ("control=0.5", "treatment=0.5")
JUDGED = ("ordered", "spend")


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    group = typer.Typer(no_args_is_help=True, help="Trials on the shop's own customers: plan, assign, check, read.")
    add(group, plan, assign, check, read)
    app.add_typer(group, name="experiment")


def plan(
    shop: Shop = HERE,
    at: At = None,
    arm: Arms = None,
    metric: Metrics = None,
    days: Days = 28,
    by: By = "customer",
    effect: Annotated[float, typer.Option("--effect", metavar="SHARE", help="Relative effect hoped for.")] = 0.05,
    power: Annotated[float, typer.Option("--power", metavar="SHARE", help="Chance to find an effect there is.")] = 0.8,
) -> None:
    """Say how many customers a trial needs, and how small an effect this shop's own can show.

    Read from the last --days before the cutoff, with the days before those as CUPED's covariate.

    Example: perennial experiment plan --shop exports/ --days 28 --effect 0.05
    """
    from perennial.models.experimenting import tell_plan

    tell_plan(shop, at, arm or HALVES, metric or JUDGED, days, by, effect, power)


def assign(
    name: Name,
    shop: Shop = HERE,
    at: At = None,
    arm: Arms = None,
    metric: Metrics = None,
    days: Days = 28,
    by: By = "customer",
    strata: Annotated[
        list[str] | None,
        typer.Option("--strata", metavar="NAME", help="Deal evenly within: stage, or none. Default: stage."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PATH",
            callback=ends_in(PARQUET, CSV),
            help="Also write the assignment there: .parquet or .csv.",
        ),
    ] = None,
) -> None:
    """Deal the arms: by hash, evenly within strata, for good. Run again later it adds who is new since.

    Customers of the shop's holdout are in no trial.

    Example: perennial experiment assign --name spring --shop exports/ --arm control=0.5 --arm voucher=0.5

    Writes PERENNIAL_HOME/experiments/<shop>/<name>/assignment.parquet: customer_id, unit_id, arm, stratum, assigned_at.
    """
    from perennial.models.experimenting import deal

    deal(shop, name, at, arm or HALVES, metric or JUDGED, days, by, strata or ("stage",), out)


def check(
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The trial's name.")] = None,
    shop: Shop = HERE,
    at: At = None,
    seen: Annotated[
        Path | None,
        typer.Option("--seen", metavar="FILE", help="Who really met it: customer_id, and arm where logged."),
    ] = None,
    counts: Annotated[
        str | None,
        typer.Option("--counts", metavar="ARM=N,…", help="Only compare these counts, of a trial run elsewhere."),
    ] = None,
    arm: Arms = None,
    trials: Annotated[int, typer.Option("--trials", metavar="N", help="Made A/A trials on past days.")] = 200,
) -> None:
    """Say whether a trial can be trusted: arms as large as dealt, alike before the start, no false alarms in A/A.

    Ends with exit code 3 where it cannot.

    Example: perennial experiment check --counts control=44700,treatment=45489
    """
    from perennial.models.trial_checks import check_counts, check_trial

    if counts is not None:
        check_counts(counts, arm)
    else:
        check_trial(shop, name, at, seen, trials)


def read(name: Name, shop: Shop = HERE, at: At = None) -> None:
    """Say what a trial has shown so far; it may be asked every day.

    Each difference has a confidence sequence, right at every look, beside the fixed interval for the planned end.

    Example: perennial experiment read --name spring --shop exports/
    """
    from perennial.models.experimenting import tell_results

    tell_results(shop, name, at)
