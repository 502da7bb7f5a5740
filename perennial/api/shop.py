"""Opening a shop from Python: a folder, or tables that are in memory already."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import ShopError
from features.extension import unmistakable
from features.feature import Feature
from features.progress import silent
from features.scratch import own_folder, scratch
from features.shop import Shop
from features.tables import TABLES
from perennial.opening import without_erased


def open_shop(
    source: str | Path | Mapping[str, Any],
    *,
    home: str | Path | None = None,
    name: str = "shop",
    timezone: str = "UTC",
    currency: str = "",
    features: Sequence[Feature] = (),
) -> Shop:
    """Open a shop: a folder of exports, or tables in memory.

    Parameters
    ----------
    source : path or mapping
        a folder with shop.toml, or with orders.parquet or .csv; or canonical table → pandas, Polars or Arrow table,
        such as ``{"orders": frame}``
    home : path, optional
        where canonical tables are kept for the next time; PERENNIAL_HOME, else a temporary folder that goes when
        Python ends. Nothing is written anywhere else
    name, timezone, currency : str
        of a shop in memory; a folder says them in its shop.toml
    features : sequence of Feature
        of your own, declared with ``@pn.feature``, beside those of the catalogue and of shop.toml

    Returns
    -------
    Shop      its `reconciliation` says where every row went, its `findings` what was wrong with some of them

    Raises
    ------
    ShopError       if the folder, a table's name or a frame cannot be used as it stands
    DataError       if more of a table breaks its contract than the shop tolerates

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "order_id": ["1", "2"], "customer_id": ["a", "a"], "amount": [10.0, 5.0],
    ...     "happened_at": pd.to_datetime(["2026-01-05", "2026-02-03"]),
    ... })
    >>> open_shop({"orders": orders}, currency="EUR").rows["orders"]
    2
    """
    kept = Path(home or os.environ.get("PERENNIAL_HOME") or own_folder() / "home")
    folder = _written(source, name, timezone, currency) if isinstance(source, Mapping) else Path(source)
    shop = without_erased(folder, kept.resolve(), silent)
    own = unmistakable([*shop.extension.features, *features])
    return replace(shop, extension=replace(shop.extension, features=own))


def frame_to_arrow(frame: Any, what: str) -> pa.Table:
    """A pandas, Polars or Arrow table as Arrow; a pandas index is left out.

    Raises
    ------
    ShopError       if it is none of them
    """
    if isinstance(frame, pa.Table):
        return frame
    if hasattr(frame, "reset_index"):
        return pa.Table.from_pandas(frame, preserve_index=False)
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(frame).read_all()
    raise ShopError(f"{what} is a {type(frame).__name__}. Give a pandas or Polars DataFrame or a pyarrow Table.")


def _written(frames: Mapping[str, Any], name: str, timezone: str, currency: str) -> Path:
    """The tables as the folder of a shop, in the temporary folder."""
    unknown = sorted(set(frames) - set(TABLES))
    if unknown:
        raise ShopError(f"{', '.join(unknown)} is no table of a shop. Tables are {', '.join(TABLES)}.")
    folder = scratch("shop")
    for table, frame in frames.items():
        pq.write_table(frame_to_arrow(frame, table), folder / f"{table}.parquet")
    lines = {"name": name, "timezone": timezone, "currency": currency}
    told = "".join(f"{key} = '{value}'\n" for key, value in lines.items() if value)
    (folder / "shop.toml").write_text(told, encoding="utf-8")
    return folder
