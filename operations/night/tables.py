"""The shop as a night works on it: what callers told taken in, persons settled, erasures that waited done."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from features.engine import Engine
from features.identity.settle import settle
from features.scratch import remove_aside
from features.shop import Shop
from operations import home
from operations.night.archive import with_archived
from operations.night.merge_events import absorb
from serving.state.database import State
from serving.state.erase_files import sweep
from serving.state.erasure import settle_holding_lock
from serving.state.files_lock import NIGHT, changing_files
from serving.state.received import Written, read_written
from serving.state.schema import database_of

_PATIENCE = 600.0  # seconds to wait for an import or erasures that are under way


@contextmanager
def files_of_night(shop: Shop) -> Iterator[None]:
    """Be the one that changes the shop's files, and finish erasures that wait.

    Before the work, so that it need not be undone, and those asked for meanwhile after it.
    What a killed night left half done goes first: it is nobody's, and people stand in it.

    Raises
    ------
    FilesBusyError   if another night is under way, or something else for longer than ten minutes
    """
    with changing_files(home.state(shop), NIGHT, seconds=_PATIENCE):
        sweep(home.places(shop))
        remove_aside(shop.data.parent)
        folder = home.state(shop)
        if database_of(folder) is None:
            yield
            return
        with closing(State(folder)) as state:
            settle_holding_lock(state, home.places(shop))
            try:
                yield
            finally:
                with suppress(OSError, sqlite3.Error):  # they wait for the next one; the night's own end is told
                    settle_holding_lock(state, home.places(shop))


@dataclass(frozen=True)
class NightTables:
    """What a night reads.

    Attributes
    ----------
    written : what callers told before the cutoff
    merged : the shop with that among its rows
    settled : the same with a person's id in place of every record's
    linked : every other record of a person → the person's id
    """

    written: Written
    merged: Shop
    settled: Shop
    linked: dict[str, str]


def tables_of_night(shop: Shop, cutoff: datetime, engine: Engine) -> NightTables:
    """Take in what callers told and settle persons; the caller holds the files (`files_of_night`)."""
    written = with_archived(shop, read_written(home.state(shop), cutoff))
    merged = absorb(shop, written, engine)
    return NightTables(written, merged, *settle(merged, cutoff, engine=engine))
