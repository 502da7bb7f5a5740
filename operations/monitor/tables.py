"""Which tables a look reads: those of the night at its cutoff, or the exports with persons settled aside."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from features.aside import linked_aside
from features.engine import Engine
from features.identity.settle import settle
from features.shop import Shop
from operations import home
from serving.errors import SnapshotError
from serving.snapshot.snapshot import open_snapshot


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
    if not shop.has("identities"):
        yield shop
        return
    with linked_aside(shop, "watch") as copy:
        settled, _ = settle(copy, at, engine=engine)
        yield settled if settled.settled else shop


def _of_the_night(shop: Shop, at: datetime) -> Shop | None:
    with suppress(SnapshotError):
        snapshot = open_snapshot(home.snapshots(shop))
        history = snapshot.history
        if snapshot.cutoff == at and history is not None and history.is_relative_to(shop.data):
            return replace(shop, data=history, settled=True)
    return None
