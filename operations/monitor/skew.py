"""Whether what is served is what would be built today: the snapshot's rows beside rebuilt ones, for some customers.

Two ways of computing are held against the snapshot: the batch, from the tables as they are now – where it differs, what
was told of the past has changed since – and one customer at a time by the release's own SQL, as the service does when
something new arrives. There a difference is a fault of what serves.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.build.build import build, matrix
from features.catalog import fillable_of
from features.engine import Engine
from features.errors import FeatureError
from features.identity.settle import settle
from features.shop import Shop
from features.spine import Spine
from operations import home
from operations.monitor.drift import lot_of
from operations.monitor.findings import MEND_FEED, ROLL_BACK, SKEW, WAIT, Alert, Found
from operations.publish import current_release
from scoring.errors import ReleaseError
from serving.errors import SnapshotError
from serving.snapshot.feature_sql import statement_of
from serving.snapshot.recompute import CustomerHistory, HistoryMemoryError
from serving.snapshot.snapshot import Snapshot, open_snapshot

CUSTOMERS, ALONE = 2_000, 20
_TOLERANCE = 1e-5
_MUCH = 0.05  # share of customers for whom the past may read otherwise: late rows that claim to have been known
_TOLD = 5


def skew(shop: Shop, at: datetime, *, engine: Engine) -> Found:
    """Compare the snapshot that is served with the same rows computed anew.

    Parameters
    ----------
    shop : Shop      as opened, as its exports are now
    """
    try:
        snapshot = open_snapshot(home.snapshots(shop))
    except SnapshotError:
        return Found(not_checked={SKEW: "no_snapshot"})
    if snapshot.cutoff > at or not len(snapshot):
        return Found(not_checked={SKEW: "snapshot_later"})
    rows, notes = _drawn(snapshot, CUSTOMERS), {}
    if snapshot.events_until or snapshot.consents_until:
        notes[f"{SKEW}:exports"] = "callers_told"
    try:
        names, served, rebuilt = _rebuilt(shop, snapshot, rows, engine)
    except FeatureError:
        return Found(not_checked={SKEW: "other_features"})
    found = _differing("rebuilt_differs", names, served, rebuilt, _MUCH, MEND_FEED)
    try:
        alone = _alone(shop, snapshot, rows[:ALONE])
    except HistoryMemoryError:
        return Found(tuple(found), not_checked={**notes, f"{SKEW}:SQL": "no_sql_memory"})
    except ReleaseError:
        return Found(tuple(found), not_checked={**notes, f"{SKEW}:SQL": "no_sql_release"})
    except SnapshotError:
        return Found(tuple(found), not_checked={**notes, f"{SKEW}:SQL": "no_sql_tables"})
    served_wrong = _differing("recomputed_differs", *alone, 0.0, ROLL_BACK) if alone else ()
    return Found((*found, *served_wrong), not_checked=notes)


def _drawn(snapshot: Snapshot, most: int) -> list[int]:
    """Rows of some customers, others every night."""
    salt = f"{snapshot.cutoff:%Y-%m-%d}"
    lots = [(lot_of(snapshot.customer_id(row), salt), row) for row in range(len(snapshot))]
    return [row for _, row in sorted(lots)[:most]]


def _rebuilt(
    shop: Shop, snapshot: Snapshot, rows: Sequence[int], engine: Engine
) -> tuple[list[str], NDArray[np.float32], NDArray[np.float32]]:
    """Names, served and rebuilt rows of customers who are still known, in the columns that mean the same today."""
    settled = _tables(shop, snapshot, engine)
    prints = {column.name: column.fingerprint for column in snapshot.columns}
    columns = [one for one in fillable_of(settled, set(prints)) if one.fingerprint == prints[one.name]]
    if not columns:
        raise FeatureError("no column of the snapshot means the same today.")
    ids = [snapshot.customer_id(row) for row in rows]
    table = build(settled, Spine.of(ids, [snapshot.cutoff]), columns, engine=engine)
    places = {one: place for place, one in enumerate(table["customer_id"].to_pylist())}
    names = [column.name for column in columns]
    taken = [list(prints).index(name) for name in names]
    rebuilt = matrix(table, names)[[places[one] for one in ids]]
    return names, snapshot.features_of(rows)[:, taken], rebuilt


def _tables(shop: Shop, snapshot: Snapshot, engine: Engine) -> Shop:
    """The exports as they are now; the night's own tables where it took in what callers told: exports may lack it."""
    told = snapshot.events_until or snapshot.consents_until
    if told and snapshot.history is not None:
        return replace(shop, data=snapshot.history, settled=True)
    return settle(shop, snapshot.cutoff, engine=engine)[0]


def _alone(
    shop: Shop, snapshot: Snapshot, rows: Sequence[int]
) -> tuple[list[str], NDArray[np.float32], NDArray[np.float32]] | None:
    """The same by the release's SQL from the snapshot's own history; None where the release has none."""
    release = current_release(shop)
    statement = None if release is None else statement_of(release)
    if statement is None:
        return None
    ids = [snapshot.customer_id(row) for row in rows]
    with closing(CustomerHistory(snapshot.history, statement)) as history:
        computed, found = history.rows(dict.fromkeys(ids, ()), snapshot.cutoff)
    served = [column.name for column in snapshot.columns]
    names = [name for name in computed if name in served]
    own = np.stack([found[one] for one in ids])[:, [computed.index(name) for name in names]]
    return names, snapshot.features_of(rows)[:, [served.index(name) for name in names]], own


def _differing(
    code: str,
    names: Sequence[str],
    served: NDArray[np.float32],
    other: NDArray[np.float32],
    much: float,
    advice: str,
) -> list[Alert]:
    same = np.isclose(served, other, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True)
    shares = dict(zip(names, (1 - same.mean(axis=0)).tolist(), strict=True))
    worst = sorted((name for name in names if shares[name] > 0), key=lambda name: -shares[name])[:_TOLD]
    return [Alert(SKEW, code, name, advice if shares[name] > much else WAIT, {"share": shares[name]}) for name in worst]
