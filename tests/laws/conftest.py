"""One generated world for all laws, and its features by tiles: the batch every law is held against."""

from dataclasses import dataclass

import pyarrow as pa
import pytest

import tests.plain.gaps
import tests.plain.lines
import tests.plain.messages
import tests.plain.orders
import tests.plain.people
import tests.plain.touches  # noqa: F401
from features.shop import Shop
from tests.laws.histories import Rows, edges
from tests.laws.worlds import built, gathered, shop_of, together, whole_spine
from tests.shops import canonical

HISTORIES = 40


@dataclass(frozen=True)
class World:
    """Generated rows, the shop made of them, and every feature of the catalogue at every cutoff."""

    given: dict[str, Rows]
    tables: dict[str, Rows]
    shop: Shop
    batch: pa.Table
    count: int


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    given = together([*gathered(HISTORIES - 1), edges()])
    tables = canonical(given)
    shop = shop_of(tmp_path_factory.mktemp("world"), tables)
    return World(given, tables, shop, built(shop, whole_spine(HISTORIES)), HISTORIES)
