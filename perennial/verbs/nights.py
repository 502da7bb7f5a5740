"""Verbs for what runs by itself: nightly."""

from typing import Annotated

import typer

from perennial.terminal.options import HERE, MLRUNS, Accept, Mlruns, Shop, Today
from perennial.verbs import add


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    add(app, nightly)


def nightly(
    shop: Shop = HERE,
    today: Today = None,
    retrain_after: Annotated[
        str,
        typer.Option(
            "--retrain-after",
            metavar="DAYS",
            help="Train again when the models have seen nothing of the last so many days, such as 30d; never: do not.",
        ),
    ] = "30d",
    accept: Accept = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell the plan, what ran, what failed and why; do nothing.")
    ] = False,
    mlruns: Mlruns = MLRUNS,
) -> None:
    """Do everything a night needs, in one command for a scheduler.

    Imports and checks the exports, merges what callers sent, builds features, scores, decides, writes the snapshot the
    service reads, watches what serves, trains again when that is due, and writes the journey's report. Each step is
    written down: a run after a failure goes on where it ended, a second run repeats nothing that has not changed, and
    two at once cannot happen.

    Example: perennial nightly --shop exports/

    Writes what score, decide, monitor and report write, and PERENNIAL_HOME/state/<shop>/nightly/<day>.json. Ends with
    0 when all is done, 1 when a step failed, 4 when all is done but somebody should look.
    """
    from perennial.nights.night_steps import run_night

    run_night(shop, today, mlruns, retrain_after, accept=accept, explain=explain)
