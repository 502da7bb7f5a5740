"""How a command ends badly: one sentence, an exit code, never a traceback nobody asked for."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from features.errors import PerennialError
from scoring.errors import ServingError
from serving.contract.client import CallError

INTERRUPTED = 130  # what a shell gives a command that was stopped with Ctrl-C


@contextmanager
def told(debug: bool) -> Iterator[None]:
    """Turn an error into a sentence on stderr and an exit code; with `debug`, let its traceback through."""
    try:
        yield
    except KeyboardInterrupt:
        _say("Stopped.")
        raise SystemExit(INTERRUPTED) from None
    except Exception as error:
        if debug:
            raise
        _say(sentence(error))
        raise SystemExit(exit_code(error)) from None


def sentence(error: Exception) -> str:
    """What happened, what was expected, what to do; for an error nobody foresaw, how to learn more."""
    if isinstance(error, PerennialError | ServingError | CallError):
        return str(error)
    if isinstance(error, OSError) and error.filename:
        return (
            f"cannot use {error.filename}: {error.strerror}. "
            "Give a place that can be read and written, or make this one so."
        )
    told_by = str(error).strip().splitlines()
    return (
        f"Something went wrong that nobody foresaw ({type(error).__name__}{': ' + told_by[0] if told_by else ''}). "
        "Run the same command with --debug to see where, and please report it."
    )


def exit_code(error: Exception) -> int:
    """3 for data that breaks its contract, 2 for what else a person can mend, 1 for what nobody foresaw."""
    if isinstance(error, PerennialError):
        return error.exit_code
    return 2 if isinstance(error, ServingError | OSError) else 1


def _say(text: str) -> None:
    red = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    sys.stderr.write(f"\033[31m{text}\033[0m\n" if red else f"{text}\n")
