"""A shop's tables with persons in the place of records, for as long as a fit looks at them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from features.aside import linked_aside
from features.engine import Engine
from features.identity.settle import settle
from features.shop import Shop


@contextmanager
def with_persons(shop: Shop, cutoff: datetime, engine: Engine) -> Iterator[Shop]:
    """The shop with persons as they were known at the cutoff, in a folder of its own that is gone afterwards."""
    if not shop.has("identities"):
        yield shop
        return
    with linked_aside(shop, "persons") as copy:
        yield settle(copy, cutoff, engine=engine)[0]
