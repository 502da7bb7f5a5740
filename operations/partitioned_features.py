"""Features of everybody, and what happened next, as a partitioned table."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features.build.build import build_to
from features.engine import Engine
from features.feature import FeatureColumn
from features.progress import Progress, silent
from features.shop import Shop
from features.spine import Spine
from operations.partitions import PartitionedTable, write_partitioned
from operations.provenance import code_digest
from training.data.labels import purchase_labels

LABEL = "label_"  # before a label's name, which might be a feature's of the shop's own


@dataclass(frozen=True)
class LabelWindow:
    """What happened within so many days of the cutoff, as far as it was known before `until`."""

    horizon_days: int
    until: datetime


def write_features_in_parts(
    folder: Path,
    shop: Shop,
    cutoff: datetime,
    columns: Sequence[FeatureColumn],
    parts: int,
    engine: Callable[[], Engine],
    *,
    labels: LabelWindow | None = None,
    progress: Progress = silent,
) -> PartitionedTable:
    """Features of every customer with an order known before the cutoff; with `labels`, their outcomes beside them.

    Parameters
    ----------
    engine : makes one; each part has its own, so that none holds what an earlier part needed

    Returns
    -------
    PartitionedTable    customer_id, cutoff, features, then label_churn, label_days … as training.data.labels has them,
                        an order that never came as null; sorted by customer in each part

    Raises
    ------
    CutoffError     if the labels' window is not over at `until`
    """
    with closing(engine()) as running:
        spine, name = Spine.ever(shop, cutoff, engine=running), running.name

    def make(part: Spine, path: Path) -> None:
        with closing(engine()) as running:
            beside = labelled(shop, part, labels, running) if labels else None
            build_to(path, shop, part, columns, engine=running, beside=beside)

    told = _told(shop, cutoff, columns, name, labels)
    return write_partitioned(folder, spine, parts, told, make, progress=progress)


def labelled(shop: Shop, spine: Spine, window: LabelWindow, engine: Engine) -> pa.Table:
    """A spine's rows with what happened next; customer_id, cutoff, then float64."""
    found = purchase_labels(shop, spine, window.horizon_days, window.until, engine=engine)
    table = spine.rows
    for name, values in found.items():
        table = table.append_column(LABEL + name, pa.array(values, mask=~np.isfinite(values)))
    return table


def _told(
    shop: Shop, cutoff: datetime, columns: Sequence[FeatureColumn], engine: str, labels: LabelWindow | None
) -> dict[str, Any]:
    return {
        "shop": shop.name,
        "shop_digest": shop.digest,
        "cutoff": cutoff.isoformat(),
        "engine": engine,
        "columns": [[column.name, column.fingerprint] for column in columns],
        "labels": labels and {"horizon_days": labels.horizon_days, "until": labels.until.isoformat()},
        "code": code_digest(shop.extension.digest),
    }
