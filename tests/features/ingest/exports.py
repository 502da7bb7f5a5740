"""Small exports as retailers write them, for tests of ingest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.shop import Shop, open_shop

HEADER = "order_id,customer_id,happened_at,amount"
TOML = '[orders]\nsource = "orders.csv"\n'


def lines(count: int, *further: str) -> str:
    """A CSV of sound orders – order `i` of customer `c<i mod 50>` – with further lines at its end."""
    sound = [f"{i},c{i % 50},2020-01-{1 + i % 28:02} 10:00,{i}.50" for i in range(count)]
    return "\n".join([HEADER, *sound, *further]) + "\n"


def write(folder: Path, files: Mapping[str, str | bytes | pa.Table]) -> Path:
    """Write a shop's folder: text, bytes, or Parquet from an Arrow table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if isinstance(content, pa.Table):
            pq.write_table(content, folder / name)
        else:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def opened(folder: Path, **files: str | bytes | pa.Table) -> Shop:
    """Write files (dots as double underscores) and open the folder as a shop."""
    write(folder / "shop", {name.replace("__", "."): content for name, content in files.items()})
    return open_shop(folder / "shop", home=folder / "home")


def rows(shop: Shop, table: str = "orders", *columns: str) -> list[dict[str, Any]]:
    """A canonical table's rows as they lie on disk."""
    return pq.read_table(shop.path(table), columns=list(columns) or None).to_pylist()


def values(shop: Shop, column: str, table: str = "orders") -> list[Any]:
    """One column of a canonical table, in the order of its rows' ids."""
    found = rows(shop, table)
    key = "order_id" if "order_id" in found[0] else next(iter(found[0]))
    return [row[column] for row in sorted(found, key=lambda row: str(row[key]))]
