"""The verbs of the command line, one file a group."""

import inspect
from collections.abc import Callable

import typer
from rich.markup import escape


def add(app: typer.Typer, *verbs: Callable[..., None]) -> None:
    """Add verbs to the command line; their docstrings are the help, a paragraph at a time."""
    for verb in verbs:
        app.command(help=paragraphs(verb))(verb)


def paragraphs(verb: Callable[..., None]) -> str:
    """A docstring whose paragraphs are one line each, so that they wrap where the terminal ends.

    Escaped, since the terminal would take the name of a section, [actions], for a colour and show nothing.
    """
    return escape("\n\n".join(" ".join(part.split()) for part in (inspect.getdoc(verb) or "").split("\n\n")))
