"""Which tables a look reads: those of the night at its cutoff, or the exports with persons settled aside."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from features.engine import Engine
from features.identity.settle import settle
from features.shop import Shop
from operations import home
from serving.errors import SnapshotError
from serving.snapshot.snapshot import open_snapshot

_ASIDE = ".watch.part"  # what begins so is swept with everything that was left half done


@contextmanager
def tables_at(shop: Shop, at: datetime, engine: Engine) -> Iterator[Shop]:
    """The tables that the night at this cutoff worked on, what callers told among their rows; else the exports'.

    Persons are settled in both; what callers told after the last night counts with the next one. Tables settled for a
    look at another midnight lie aside and go with it: the service reads those of the last nights.
    """
    night = None if shop.settled else _of_the_night(shop, at)
    if shop.settled or night is not None:
        yield night or shop
        return
    with _aside(shop) as copy:
        settled, _ = settle(copy, at, engine=engine)
        yield settled if settled.settled else shop


def _of_the_night(shop: Shop, at: datetime) -> Shop | None:
    with suppress(SnapshotError):
        snapshot = open_snapshot(home.snapshots(shop))
        history = snapshot.history
        if snapshot.cutoff == at and history is not None and history.is_relative_to(shop.data):
            return replace(shop, data=history, settled=True)
    return None


@contextmanager
def _aside(shop: Shop) -> Iterator[Shop]:
    """The same tables linked in a folder beside the shop's, where links that were cut are found as well."""
    if not shop.has("identities"):
        yield shop
        return
    folder = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=shop.data.parent))
    try:
        for table in shop.present:
            os.link(shop.path(table), folder / f"{table}.parquet")
        yield replace(shop, data=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
