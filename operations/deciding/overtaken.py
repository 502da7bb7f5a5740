"""A night that is decided after a newer one: who was given something then is given nothing for the days before."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from decisions.actions import LEAVE_ALONE
from decisions.allocation.arms import NOTHING
from features.errors import DataError
from operations import home
from operations.deciding.decide import NightDecisions
from operations.deciding.decision_files import run_key


def refuse_overtaken(night: NightDecisions, latest: datetime | None, days: int) -> None:
    """Refuse decisions that newer nights, made without them, would contact people beside.

    The same night again is no other decision.

    Parameters
    ----------
    latest : the midnight that ends the shop's today; a night from beyond it, a mistake, does not count
    days : how long decisions count for cool-downs and caps

    Raises
    ------
    DataError   says of how many people, and what to do
    """
    cutoff, shop = night.batch.cutoff, night.batch.shop
    now = night.batch.customer_ids.filter(night.shared.chosen.choice != NOTHING)
    until = cutoff + timedelta(days=days)
    until = until if latest is None else min(until, latest)
    newer = [
        path
        for path in sorted(home.all_decisions(shop).glob("*/decisions.parquet"))
        if f"{cutoff:%Y-%m-%d}" < path.parent.name <= f"{until:%Y-%m-%d}"
    ]
    twice = {one for path in newer for one in pc.filter(now, pc.is_in(now, value_set=_given(path))).to_pylist()}
    if twice and not is_same(night):
        raise DataError(
            f"decisions of {newer[-1].parent.name} were made for '{shop.name}' without those of {cutoff:%Y-%m-%d}: "
            f"{len(twice):,} people given something then would be contacted for both. Scores were written, decisions "
            "stay as they were. Decide for the newest day, or go on with --accept if nothing of the newer ones is sent."
        )


def _given(path: Path) -> pa.Array:
    rows = pq.read_table(path, columns=["customer_id", "action"])
    return rows.filter(pc.not_equal(rows["action"], LEAVE_ALONE))["customer_id"].combine_chunks()


def is_same(night: NightDecisions) -> bool:
    manifest = home.decisions(night.batch.shop, night.batch.cutoff).with_suffix(".manifest.json")
    return manifest.exists() and json.loads(manifest.read_bytes())["run_key"] == run_key(night)
