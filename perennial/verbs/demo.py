"""The verb that shows everything: demo."""

import typer

from perennial.terminal.options import MLRUNS, Lang, Mlruns
from perennial.verbs import add


def register(app: typer.Typer) -> None:
    """Add it to the command line."""
    add(app, demo)


def demo(
    mlruns: Mlruns = MLRUNS,
    language: Lang = "en",
) -> None:
    """Travel the whole way on real data.

    Raw export, features, four models, release, scores, report, served decisions.

    The data are the Complete Journey, a year of groceries of 2,469 households. What is unchanged since the last time
    is reused.

    Example: perennial demo

    Writes to PERENNIAL_HOME and --mlruns.
    """
    from perennial.demo import run_demo

    run_demo(mlruns, language)
