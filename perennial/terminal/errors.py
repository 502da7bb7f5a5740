"""How a command ends badly: one sentence, an exit code, never a traceback nobody asked for."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from features.errors import PerennialError
from features.exhausted import exhausted
from scoring.errors import ServingError
from serving.contract.client import CallError

INTERRUPTED = 130  # what a shell gives a command that was stopped with Ctrl-C
TERMINATED = 143  # and one that was told to end, as systemd and containers do
_EXHAUSTED = {
    "memory": "There is not enough memory for this. What was there before is as it was. Let databases take less, for "
    "instance PERENNIAL_MEMORY=500MB (the rest of Python comes on top), or give the process more, and run the same "
    "command again.",
    "limit": "There is not enough memory for this. What was there before is as it was. Databases reached what they may "
    "take: PERENNIAL_MEMORY, else half of what the process may use, 2 GiB at most. Let them take more, for instance "
    "PERENNIAL_MEMORY=1GB, and run the same command again.",
    "unwritten": "The disk cannot be written or read (disk I/O error): it is full, files may not grow further, or it "
    "fails. What was there before is as it was. Make room for a few times the size of the exports, under "
    "PERENNIAL_HOME and where runs are kept, look after the disk, and run the same command again.",
    "disk": "The disk is full. What was there before is as it was. Make room for a few times the size of the exports, "
    "under PERENNIAL_HOME and where temporary files go (TMPDIR), and run the same command again.",
}


class Terminated(BaseException):
    """SIGTERM came: what was being written is put away on the way out, as for Ctrl-C."""


@contextmanager
def told(debug: bool) -> Iterator[None]:
    """Turn an error into a sentence on stderr and an exit code; with `debug`, let its traceback through."""
    try:
        with _ending_when_told():
            yield
    except KeyboardInterrupt:
        _say("Stopped.")
        raise SystemExit(INTERRUPTED) from None
    except Terminated:
        _say("Stopped by SIGTERM. Nothing half done is left; run the same command again.")
        raise SystemExit(TERMINATED) from None
    except Exception as error:
        if debug:
            raise
        _say(sentence(error))
        raise SystemExit(exit_code(error)) from None


def sentence(error: Exception) -> str:
    """What happened, what was expected, what to do; for an error nobody foresaw, how to learn more."""
    if isinstance(error, PerennialError | ServingError | CallError):
        return str(error)
    if out_of := exhausted(error):
        return _EXHAUSTED[out_of]
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
    return 2 if isinstance(error, ServingError | OSError) or exhausted(error) else 1


@contextmanager
def _ending_when_told() -> Iterator[None]:
    """SIGTERM raises `Terminated` until the block ends; only a process's main thread can ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # putting away is not interrupted by a second one
    raise Terminated


def _say(text: str) -> None:
    red = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    sys.stderr.write(f"\033[31m{text}\033[0m\n" if red else f"{text}\n")
