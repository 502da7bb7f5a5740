"""Verbs about what runs: serve, keys, build, ui."""

from pathlib import Path
from typing import Annotated

import typer

from perennial.terminal.options import MLRUNS, Mlruns
from perennial.verbs import add


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    add(app, serve, keys, build, ui)


def serve(
    shop: Annotated[
        Path | None,
        typer.Option("--shop", metavar="PATH", help="Folder of the shop to serve. Default: the only one there is."),
    ] = None,
    today: Annotated[
        str | None,
        typer.Option("--today", metavar="DATE", help="Serve as if it were this day: for a shop whose data has ended."),
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port on 127.0.0.1. Default: 3000.")] = None,
    workers: Annotated[int | None, typer.Option("--workers", help="Processes that answer calls. Default: 1.")] = None,
) -> None:
    """Answer the CRM's calls until stopped.

    On 127.0.0.1: decide, churn, next_purchase, channel_preference, recommend.

    Needs a release (perennial train) and a snapshot (perennial score). A promoted release and a new night's snapshot
    are taken up without a restart. Other settings come from PERENNIAL_… variables.

    Example: perennial serve --shop exports/ --port 3000

    Writes the state it must keep (events, consents, decisions) to PERENNIAL_HOME/state.
    """
    from perennial.running import serve_until_stopped

    serve_until_stopped(shop, today, port, workers)


def keys(
    words: Annotated[
        list[str],
        typer.Argument(metavar="add NAME SCOPE… | remove NAME | list", help="Scopes: read, write, erase, ui."),
    ],
    shop: Annotated[
        Path | None, typer.Option("--shop", metavar="PATH", help="Folder of the shop. Default: the only one there is.")
    ] = None,
) -> None:
    """Say who may call the service.

    A key is printed once, when it is made; only its hash is kept. It counts from the next call on, without a restart.
    Scope ui is for people: with such a key they sign in to the service's pages under /ui/.

    Example: perennial keys add crm read write --shop exports/

    Writes to PERENNIAL_HOME/state.
    """
    from perennial.keys import change_keys
    from perennial.terminal.printing import say

    say(change_keys(shop, words))


def build(
    shop: Annotated[
        Path | None, typer.Option("--shop", metavar="PATH", help="Folder of the shop. Default: the only one there is.")
    ] = None,
) -> None:
    """Pack a Bento from the current release.

    Holds the service's code, the release and pinned packages, and nothing of training; snapshot, history and state stay
    in the PERENNIAL_HOME of the machine that serves.

    Example: perennial build --shop exports/

    Writes to PERENNIAL_HOME/bentoml and prints the Bento's tag, for bentoml containerize.
    """
    from perennial.running import pack_release

    pack_release(shop)


def ui(mlruns: Mlruns = MLRUNS, port: Annotated[int, typer.Option("--port", help="Port on 127.0.0.1.")] = 5000) -> None:
    """Open the models' pages in MLflow.

    Cards, figures, plots and reports, on 127.0.0.1 until stopped.

    Example: perennial ui --port 5000
    """
    from perennial.running import ui_until_stopped

    ui_until_stopped(mlruns, port)
