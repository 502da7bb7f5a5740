"""A night that got much less than the one before stops before it replaces anything: exports get cut, or mixed up."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from features.errors import DataError
from features.shop import Shop
from operations import home
from scoring.verified_files import write_bytes

MOST_LOST = 0.05  # share of a table's rows, or of the customers, that may be missing since the last night
_NAME = "last-night.json"


@dataclass(frozen=True)
class Delivered:
    """What a night was given: rows of each table, its newest order's known_at, and the customers it scored."""

    rows: Mapping[str, int]
    newest_known_at: str
    customers: int


def refuse_less(shop: Shop, customers: int) -> None:
    """Refuse what has shrunk, jumped back or lost a table since the last night that wrote a snapshot.

    Raises
    ------
    DataError   names each loss, and how to go on with it
    """
    last = _read(shop)
    lost = _losses(last, delivered(shop, customers)) if last else []
    if lost:
        raise DataError(
            f"shop '{shop.name}' got less than last night: {'; '.join(lost)}. Nothing was replaced. Export it again, "
            f"or go on with --accept if it is meant (up to {MOST_LOST:.0%} may be missing without asking)."
        )


def remember(shop: Shop, customers: int) -> None:
    """Keep what this night was given, for the next one to compare with."""
    folder = home.snapshots(shop)
    write_bytes(folder / _NAME, json.dumps(asdict(delivered(shop, customers)), indent=1).encode())


def delivered(shop: Shop, customers: int) -> Delivered:
    """What this night was given."""
    return Delivered(dict(shop.rows), shop.newest_known_at.isoformat(), customers)


def _losses(last: Delivered, this: Delivered) -> list[str]:
    lost = []
    for table, rows in last.rows.items():
        if table not in this.rows:
            lost.append(f"table '{table}' is missing")
        elif this.rows[table] < rows * (1 - MOST_LOST):
            lost.append(f"'{table}' has {this.rows[table]:,} rows, it had {rows:,}")
    if this.customers < last.customers * (1 - MOST_LOST):
        lost.append(f"there are {this.customers:,} customers, there were {last.customers:,}")
    if this.newest_known_at < last.newest_known_at:
        newest = (datetime.fromisoformat(one.newest_known_at) for one in (this, last))
        lost.append("the newest order is of {:%Y-%m-%d %H:%M}, it was of {:%Y-%m-%d %H:%M}".format(*newest))
    return lost


def _read(shop: Shop) -> Delivered | None:
    path: Path = home.snapshots(shop) / _NAME
    try:
        return Delivered(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
