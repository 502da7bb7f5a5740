"""Reading a shop's files while its service may erase: the erasure waits, and is done when the reading ends."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from features.shop import Shop
from scoring.errors import ServingError
from serving.state.database import State
from serving.state.erasure import settle
from serving.state.files_lock import reading_files
from serving.state.schema import database_of

_PATIENCE = 600.0  # seconds to wait for an erasure that is at work


@contextmanager
def reading(home: Path, key: str) -> Iterator[None]:
    """Read a shop's files, and write what is made of them, until the block ends.

    An erasure asked for meanwhile counts for calls at once, waits with its work on files, and is done by this process
    when the block ends, however it ends; after a kill whoever looks next does it.

    Parameters
    ----------
    home : PERENNIAL_HOME
    key : the shop's name as folders use it
    """
    state = home / "state" / key
    try:
        with reading_files(state, seconds=_PATIENCE):
            yield
    finally:
        if database_of(state) is not None:
            # What fails here waits for the next one; how the reading itself ended is what is told.
            with suppress(OSError, sqlite3.Error, ServingError), closing(State(state)) as opened:
                settle(opened, lambda kind: home / kind / key)


@contextmanager
def reading_of(shop: Shop) -> Iterator[None]:
    """`reading` for a shop that is open; a home that cannot be written is one in which nobody erases from here."""
    kept = shop.data.parent
    home = kept.parent.parent
    if kept.parent.name != "shops" or not os.access(home, os.W_OK):
        yield
        return
    with reading(home, kept.name):
        yield
