"""A shop's tables with persons in the place of records, for as long as a fit looks at them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from features.engine import Engine
from features.identity.settle import settle
from features.shop import Shop


@contextmanager
def with_persons(shop: Shop, cutoff: datetime, engine: Engine) -> Iterator[Shop]:
    """The shop with persons as they were known at the cutoff, in a folder of its own that is gone afterwards."""
    if not shop.has("identities"):
        yield shop
        return
    with tempfile.TemporaryDirectory(prefix=".persons-", dir=shop.data.parent) as folder:
        for table in shop.present:
            (Path(folder) / f"{table}.parquet").hardlink_to(shop.path(table))
        yield settle(replace(shop, data=Path(folder)), cutoff, engine=engine)[0]
