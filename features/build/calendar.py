"""How the midnights of a spine and its windows cut time into slots.

The edges {c, c − w} of all cutoffs are midnights, so the slot of a moment depends on its local day alone: a calendar
of days replaces every range join with an equi-join.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Calendar:
    """Slots of time between the edges of cutoffs and windows.

    Attributes
    ----------
    days : pa.Table         `day` date32, `slot` int32, `first` int32: the slot a day lies in, and the first cutoff
                            that sees a row shown on it. Days before the table lie in slot 0 and are seen by cutoff 0.
    meeting : pa.Table      `slot`, `asked`, `age`: which age (rank of the shortest window that covers it) a slot has
                            at each cutoff; a slot outside every window is absent.
    """

    days: pa.Table
    meeting: pa.Table


def calendar(cutoffs: Sequence[datetime], windows: Sequence[int | None]) -> Calendar:
    """Cut time at every cutoff and at every beginning of a window.

    Parameters
    ----------
    cutoffs : sequence of datetime      midnights, rising
    windows : sequence of int or None   lengths in days, rising; None, for everything before, comes last
    """
    asked = np.array(cutoffs, "datetime64[D]")
    starts = [asked - np.timedelta64(w, "D") for w in windows if w is not None]
    edges = np.unique(np.concatenate([asked, *starts]))
    day = np.arange(edges[0], asked[-1])
    days = pa.table(
        {
            "day": pa.array(day),
            "slot": pa.array(np.searchsorted(edges, day, side="right").astype("int32")),
            "first": pa.array(np.searchsorted(asked, day, side="right").astype("int32")),
        }
    )
    slots = np.arange(len(edges) + 1)
    age = np.full((len(slots), len(asked)), len(windows))
    for rank in reversed(range(len(windows))):
        days_back = windows[rank]
        begin = 0 if days_back is None else np.searchsorted(edges, asked - np.timedelta64(days_back, "D"), "right")
        age[slots[:, None] >= np.broadcast_to(begin, len(asked))] = rank
    age[slots[:, None] > np.searchsorted(edges, asked, "left")] = len(windows)
    slot, at = np.nonzero(age < len(windows))
    columns = {"slot": slot, "asked": at, "age": age[slot, at]}
    return Calendar(days, pa.table({name: pa.array(values.astype("int32")) for name, values in columns.items()}))
