"""Verbs about who serves: review, promote, reject, rollback."""

from typing import Annotated

import typer

from perennial.terminal.options import HERE, MLRUNS, Mlruns, Shop
from perennial.verbs import add

Task = Annotated[str, typer.Argument(help="churn, next_purchase, channel_preference …")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who signs.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, in a sentence.")]


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    add(app, review, promote, reject, rollback)


def review(
    task: Task,
    shop: Shop = HERE,
    version: Annotated[int | None, typer.Option("--version", help="Which version. Default: the newest.")] = None,
    mlruns: Mlruns = MLRUNS,
) -> None:
    """Show champion against challenger, and the gate.

    Both answer for the same customers at the same cutoffs; the gate says what a version must show before it may serve.

    Example: perennial review churn --shop exports/

    Writes the report of that version anew, as artifacts of its run.
    """
    from perennial.models.reviewing import show_review

    show_review(shop, task, version, mlruns)


def promote(
    task: Task,
    version: Annotated[int, typer.Argument(help="The version that shall serve.")],
    by: By,
    why: Why,
    shop: Shop = HERE,
    uncompared: Annotated[
        bool, typer.Option("--uncompared", help="Answer for what cannot be compared: the audience changed.")
    ] = False,
    mlruns: Mlruns = MLRUNS,
) -> None:
    """Let a version serve, if it passes the gate.

    A new release is written and checked, the alias champion moves, and the sign-off is kept as tags of the version.
    Running services follow within moments.

    Example: perennial promote churn 3 --shop exports/ --by "Ada L." --why "better on all four cutoffs"

    Writes a release to PERENNIAL_HOME/releases and tags to --mlruns.
    """
    from perennial.models.reviewing import promote_version

    promote_version(shop, task, version, by, why, mlruns, uncompared=uncompared)


def reject(
    task: Task,
    version: Annotated[int, typer.Argument(help="The version that shall not serve.")],
    by: By,
    why: Why,
    shop: Shop = HERE,
    mlruns: Mlruns = MLRUNS,
) -> None:
    """Say no to a version that waits; what serves stays.

    The version loses the alias challenger and cannot be promoted; the sign-off is kept as its tags and in the run's
    review/signatures.json.

    Example: perennial reject churn 3 --shop exports/ --by "Ada L." --why "off by half for new customers"

    Writes tags and an artifact to --mlruns.
    """
    from perennial.models.reviewing import reject_version

    reject_version(shop, task, version, by, why, mlruns)


def rollback(task: Task, by: By, why: Why, shop: Shop = HERE, mlruns: Mlruns = MLRUNS) -> None:
    """Let the champion before the present one serve again.

    Example: perennial rollback churn --shop exports/ --by "Ada L." --why "complaints since Monday"

    Writes a release to PERENNIAL_HOME/releases and tags to --mlruns.
    """
    from perennial.models.reviewing import rollback_task

    rollback_task(shop, task, by, why, mlruns)
