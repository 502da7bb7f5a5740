"""Tables of a database server, through Ibis: `env://SHOP_DATABASE::sales.orders`.

The address, with its user and password, lies in the environment variable that the source names, never in shop.toml.
"""

import os
import re
import warnings
from pathlib import Path
from typing import Any

import ibis

from features.errors import ShopError
from features.exhausted import exhausted
from features.files import replacing
from features.ingest.source.config import Source

_SCHEME = "env://"
_EXAMPLE = "postgresql://user:password@host/database"


def is_server(source: Source) -> bool:
    """Whether the source is a table of a database whose address lies in the environment."""
    return source.source.startswith(_SCHEME)


def download(source: Source, folder: Path) -> Path:
    """Copy a server's table to Parquet, batch by batch; the rows in an order that does not change.

    Raises
    ------
    ShopError       if the source or the variable says no address, or the table cannot be read
    """
    variable, _, name = source.source.removeprefix(_SCHEME).partition("::")
    address = _address(source, variable, name)
    copy = folder / f"{source.table}.parquet"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ibis 12 asks pandas 3 for an option that goes away
            connection = ibis.connect(address)
            try:
                with replacing(copy) as part:
                    _table(connection, name).to_parquet(part)
            finally:
                connection.disconnect()
    except ShopError:
        raise
    except Exception as error:  # ibis raises whatever its backends raise
        if exhausted(error):
            raise
        said = str(error).strip().split("\n", 1)[0].replace(address, f"${variable}")
        raise ShopError(
            f"table '{source.table}': {source.source} cannot be read. {said[:300]} Check the address in {variable} and "
            "the table's name. Postgres needs the extra of its name: pip install 'perennial[postgres]'."
        ) from None
    return copy


def _address(source: Source, variable: str, name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*", variable) or not name:
        raise ShopError(
            f"table '{source.table}': a source that begins with {_SCHEME} names an environment variable and a table: "
            f"{_SCHEME}SHOP_DATABASE::orders, with SHOP_DATABASE={_EXAMPLE}."
        )
    if not (address := os.environ.get(variable)):
        raise ShopError(
            f"table '{source.table}': the environment variable {variable} is not set. "
            f"It holds the database's address, such as {_EXAMPLE}."
        )
    return address


def _table(connection: Any, name: str) -> Any:
    *schema, table_name = name.rsplit(".", 1)
    table = connection.table(table_name, database=schema[0]) if schema else connection.table(table_name)
    plain = {
        column: table[column] if _is_plain(kind) else table[column].cast("string")
        for column, kind in table.schema().items()
    }
    return table.select(**plain).order_by([column for column, kind in table.schema().items() if _is_plain(kind)])


def _is_plain(kind: Any) -> bool:
    """Types Parquet and DuckDB both know; JSON, UUID and the like are read as text."""
    return bool(kind.is_primitive() or kind.is_string() or kind.is_decimal() or kind.is_date() or kind.is_timestamp())
