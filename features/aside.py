"""A shop's tables linked in a folder beside them, for whoever puts others among them for a while."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from features.scratch import aside
from features.shop import Shop


@contextmanager
def linked_aside(shop: Shop, name: str, without: Collection[str] = ()) -> Iterator[Shop]:
    """The shop with its tables in a folder of its own that is gone afterwards; after a kill, with the next such folder.

    Parameters
    ----------
    name : one word for what the folder is for
    without : tables that are not linked, because the caller writes them
    """
    with aside(shop.data.parent, name) as folder:
        for table in shop.present:
            if table not in without:
                (folder / f"{table}.parquet").hardlink_to(shop.path(table))
        yield replace(shop, data=folder)
