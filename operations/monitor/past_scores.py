"""The score files of earlier nights, read only where their manifest vouches for them."""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from decisions.actions import LEAVE_ALONE
from features.errors import DataError
from features.shop import Shop
from operations import home

Array = NDArray[np.float64]
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class PastNight:
    """A night whose scores lie under home: its cutoff and its manifest; the scores are read when asked for."""

    as_of: datetime
    path: Path
    manifest: Mapping[str, Any]

    def version(self, task: str) -> str | None:
        """The version that answered for a task."""
        found = self.manifest["versions"].get(task)
        return None if found is None else str(found)

    def digest(self, task: str) -> str:
        """The digest of the model that answered for a task."""
        return str(self.manifest["models"].get(task, ""))

    def expected(self, total: str) -> Mapping[str, float]:
        """What all eligible customers together were expected to do: expected, p10, p90; empty where nothing was."""
        return dict(self.manifest.get("expected", {}).get(total, {}))

    def scores(self) -> pa.Table:
        """The eligible customers' rows.

        Raises
        ------
        DataError     if the file is not the one its manifest vouches for
        """
        return _vouched(self.path, self.manifest).filter(pc.field("eligible"))


def past_nights(shop: Shop, before: datetime) -> Iterator[PastNight]:
    """Nights whose cutoff lies before a moment, the newest first; unfinished ones, without a manifest, do not count."""
    root = home.scores(shop, before).parents[1]
    for path in sorted(root.glob("*/scores.parquet"), reverse=True):
        night = _night(path)
        if night is not None and night.as_of < before:
            yield night


def answers_of(scores: pa.Table, as_of: datetime) -> dict[str, Array]:
    """A score file's numbers by name as metrics take them, days after the cutoff for dates.

    A date in the file is the day within which a quantile falls; its middle stands for it.
    """
    found: dict[str, Array] = {}
    for name in scores.column_names:
        column = scores[name].combine_chunks()
        if pa.types.is_date(column.type):
            days = column.to_numpy(zero_copy_only=False).astype("datetime64[D]")
            after = (days - np.datetime64(as_of, "D")) / _DAY + 0.5
            found[name] = np.where(np.isnat(days), np.nan, after)
        elif pa.types.is_floating(column.type) and column.null_count < len(column):
            found[name] = column.to_numpy(zero_copy_only=False).astype(np.float64)
    return {name: values for name, values in found.items() if not np.isnan(values).all()}


def dealt_at(shop: Shop, as_of: datetime) -> dict[str, bool] | None:
    """Customer → whether that night's decisions meant to do something about them; None where none were written."""
    path = home.decisions(shop, as_of)
    try:
        manifest = json.loads(path.with_suffix(".manifest.json").read_bytes())
        table = _vouched(path, manifest)
    except (OSError, ValueError, DataError):
        return None
    acted = pc.not_equal(table["action"], LEAVE_ALONE)
    return dict(zip(table["customer_id"].to_pylist(), acted.to_pylist(), strict=True))


def _night(path: Path) -> PastNight | None:
    try:
        manifest = json.loads(path.with_suffix(".manifest.json").read_bytes())
        return PastNight(datetime.fromisoformat(manifest["as_of"]), path, manifest)
    except (OSError, ValueError, KeyError):
        return None


def _vouched(path: Path, manifest: Mapping[str, Any]) -> pa.Table:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest.get("files", {}).get(path.name, {}).get("sha256"):
        raise DataError(
            f"{path} is not the file its manifest vouches for: it was changed or damaged. "
            "Write that night again (perennial score --at), or remove its folder."
        )
    return pq.read_table(io.BytesIO(content))
