"""What a command needs of the machine, looked at first: a folder to stand in, a home, a user, an output."""

import getpass
import os
import sys
from pathlib import Path

from features.errors import PerennialError
from scoring.processors import let_waiting_threads_sleep

_PRIVATE = 0o700  # it holds what is known of a shop's customers


def prepare() -> None:
    """Make up for what a container or an old console lacks; refuse what nothing can be done with.

    Raises
    ------
    PerennialError      if the folder the command was started in is gone
    """
    let_waiting_threads_sleep()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a letter the console lacks is no reason to end
    try:
        Path.cwd()
    except FileNotFoundError:
        raise PerennialError(
            "The folder this command was started in is not there any more. Change into one that is, and run it again."
        ) from None
    _stand_in_for_home()
    _stand_in_for_user()


def refuse_unwritable_home() -> None:
    """Say that PERENNIAL_HOME cannot be written before any work is done for it; it is made where it is absent.

    Raises
    ------
    PerennialError
    """
    from features.shop import home_folder  # late: help needs no heavy package

    home = home_folder()
    try:
        if not home.is_dir():
            home.parent.mkdir(parents=True, exist_ok=True)
            home.mkdir(mode=_PRIVATE)
        probe = home / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise PerennialError(
            f"PERENNIAL_HOME cannot be written: {home} ({error.strerror}).\n"
            "Let this user write there, or set PERENNIAL_HOME to a folder it may write to."
        ) from None


def _stand_in_for_home() -> None:
    """Libraries look for a home folder when they are imported; a container's user may have none."""
    try:
        home = Path.home()
    except RuntimeError:
        home = None
    if home is None or not home.is_dir():
        os.environ["HOME"] = str(Path(os.environ.get("PERENNIAL_HOME") or ".perennial").resolve())


def _stand_in_for_user() -> None:
    """Runs are logged with their user's name; a number without an entry in passwd has none."""
    try:
        getpass.getuser()
    except (KeyError, OSError):
        os.environ["LOGNAME"] = f"uid-{os.getuid()}"
