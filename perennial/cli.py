"""`perennial <verb>`: the front door. Verbs are grouped by file in perennial/verbs; each imports what it needs late."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from perennial.terminal.environment import prepare
from perennial.terminal.errors import told
from perennial.terminal.short_memory import start_threads_first
from perennial.verbs import data, demo, experiments, models, nights, people, planning, review, service, watching

DEBUG = "--debug"


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"perennial {version('perennial')}")
        raise typer.Exit


app = typer.Typer(
    name="perennial",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


@app.callback()
def perennial(
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error; may stand anywhere.")] = False,
    shown: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Who is leaving, what will they buy next, and how do they like to be reached."""


for verbs in (data, people, models, planning, experiments, nights, watching, review, service, demo):
    verbs.register(app)


def main() -> None:
    """Run the command line; an error a person can mend ends as one sentence and an exit code."""
    arguments = [argument for argument in sys.argv[1:] if argument != DEBUG]
    with told(debug=len(arguments) < len(sys.argv) - 1):
        prepare()
        start_threads_first()
        app(arguments, prog_name="perennial")
