"""Features of everybody, and what happened next, as a partitioned table."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features.build.build import build_parts
from features.engine import Engine
from features.feature import FeatureColumn
from features.handed_out import Work
from features.identity.resolve import unmerged
from features.progress import Progress, silent
from features.shop import Shop
from features.spine import SCHEMA, Spine
from operations.partitions import AskedParts, PartitionedTable, write_part, write_partitioned
from operations.parts import key_of
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
    engine : makes one; what is made together has its own, so that none holds what earlier parts needed

    Returns
    -------
    PartitionedTable    customer_id, cutoff, features, then label_churn, label_days … as training.data.labels has them,
                        an order that never came as null; sorted by customer in each part

    Raises
    ------
    CutoffError     if the labels' window is not over at `until`
    """
    with closing(engine()) as running:
        spine, name, at_once = Spine.ever(shop, cutoff, engine=running), running.name, running.parts

    def make(asked: AskedParts) -> None:
        with closing(engine()) as running:
            beside = _labelled(shop, asked, labels, running) if labels else asked.rows
            features = [(column.name, pa.float64()) for column in columns]
            outcomes = [field for field in beside.schema if field.name.startswith(LABEL)]
            work = Work(partial(write_part, asked.begins, pa.schema([*SCHEMA, *features, *outcomes])))
            build_parts(shop, asked.spine, columns, beside, work, engine=running)

    told = _told(shop, cutoff, columns, name, labels)
    return write_partitioned(folder, spine, parts, told, make, at_once=at_once, progress=progress)


def _labelled(shop: Shop, asked: AskedParts, window: LabelWindow, engine: Engine) -> pa.Table:
    """The rows asked for with what happened next, float64."""
    found = purchase_labels(shop, asked.spine, window.horizon_days, window.until, engine=engine)
    table = asked.rows
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
        "links_cut": key_of(unmerged(shop)),
        "code": code_digest(shop.extension.digest),
    }
