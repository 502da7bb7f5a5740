"""Verbs that watch what serves: monitor."""

from typing import Annotated

import typer

from perennial.terminal.options import HERE, MLRUNS, EngineName, Mlruns, Shop, Today
from perennial.verbs import add


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    add(app, monitor)


def monitor(
    shop: Shop = HERE,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="DATE",
            help="Cutoff: the midnight before which everything was known. Default: that of the last night.",
        ),
    ] = None,
    today: Today = None,
    language: Annotated[str, typer.Option("--language", metavar="en|zh", help="Language of what is told.")] = "en",
    act: Annotated[
        bool,
        typer.Option(
            "--act", help="Train a challenger of each model that is off; it waits for the gate and a reviewer."
        ),
    ] = False,
    mlruns: Mlruns = MLRUNS,
    engine: EngineName = "duckdb",
) -> None:
    """Look whether what serves is still right, and say what to do.

    Earlier scores are judged by what happened since, beside what training showed; the newest ones by what they promise
    of themselves; inputs and answers are compared with those the champions last learnt from;
    tables with what they usually deliver, served features with rebuilt ones.

    Ends with 0 where nothing is to be done, 4 recalibrate, 5 retrain, 6 mend the feed, 7 roll back: the most urgent.

    Example: perennial monitor --shop exports/ --language zh

    Writes findings, figures and shifts to PERENNIAL_HOME/monitor/<shop>/<cutoff>, figures to MLflow and for
    /metrics, and one line of JSON to the https address in PERENNIAL_WEBHOOK, if it is set.
    """
    from perennial.nights.monitoring import monitor_shop

    monitor_shop(shop, at, language, mlruns, engine, today=today, act=act)
