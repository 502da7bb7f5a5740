"""The scoreboard's shops: real groceries, real one-time buyers, a world whose truth is known, orders alone, seasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks import cdnow, season_shops
from features.clocks import add_days
from features.engine import Engine
from features.errors import PerennialError
from features.files import folder_in_one_piece
from features.samples import complete_journey
from features.shop import Shop, home_folder, open_shop
from simulation.world import simulate
from training.data.horizon import propose, span

_MOST_CUTOFFS = 2
_WORLD = (1_500, 18, 1)  # persons, months, seed
_SEASONS, _SEASON_SEED = ("gifts", "flat", "festival"), 301
_YOUNG = (400, datetime(2017, 6, 1))  # households, and the day their history ends


@dataclass(frozen=True)
class Case:
    """A shop with the cutoffs it is judged at, and what is asked."""

    shop: Shop
    cutoffs: tuple[datetime, ...]
    horizon_days: int
    active_within_days: int


def cases(paths: Sequence[str], engine: Engine) -> Iterator[Case]:
    """The given shops, else all that come with the benchmark; one that can not be had is left out and named.

    The Complete Journey and CDNOW have fixed cutoffs, which nothing was tuned on; the others as many as their
    history allows up to two, one horizon apart.
    """
    if paths:
        yield from (proposed(open_shop(path), engine) for path in paths)
        return
    groceries = complete_journey.prepare()
    months = tuple(datetime(2017, month, day) for month, day in ((9, 4), (10, 2), (10, 30), (11, 27)))
    yield Case(open_shop(groceries), months, 28, 91)
    yield Case(open_shop(_orders_only(groceries, "complete-journey-orders")), months, 28, 91)
    yield proposed(open_shop(_orders_only(groceries, "complete-journey-young", *_YOUNG)), engine)
    try:
        yield Case(open_shop(cdnow.prepare()), (datetime(1998, 4, 1),), 90, 365)
    except PerennialError as error:
        print(error)
    yield proposed(open_shop(_world(*_WORLD)), engine)
    yield from (season_case(kind, _SEASON_SEED, home_folder()) for kind in _SEASONS)


def proposed(shop: Shop, engine: Engine) -> Case:
    """Up to two cutoffs back from the last whose outcomes are known, none without three horizons before it."""
    until = shop.default_cutoff()
    asked, first = propose(shop, until, engine=engine), span(shop, until, engine=engine).first
    steps = (add_days(until, -asked.horizon_days * number) for number in range(1, _MOST_CUTOFFS + 1))
    cutoffs = sorted(cutoff for cutoff in steps if (cutoff - first) > timedelta(days=3 * asked.horizon_days))
    return Case(shop, tuple(cutoffs), asked.horizon_days, asked.active_within_days)


def season_case(kind: str, seed: int, home: Path) -> Case:
    """A made shop whose level moves, or does not, at the one cutoff it is made for."""
    made = season_shops.KINDS[kind]
    shop = open_shop(season_shops.prepare(kind, made.customers, seed, home))
    return Case(shop, (made.cutoff,), made.horizon_days, made.active_within_days)


def _orders_only(source: Path, name: str, customers: int | None = None, until: datetime | None = None) -> Path:
    """A shop's orders and nothing else, of everyone or of some customers up to a day."""
    folder = home_folder() / "samples" / name
    if not folder.exists():
        with folder_in_one_piece(folder) as part, duckdb.connect() as connection:
            path = str(open_shop(source).path("orders"))
            drawn = "SELECT DISTINCT customer_id FROM read_parquet($path) ORDER BY hash(customer_id) LIMIT $some"
            connection.execute(
                f"""COPY (SELECT customer_id, order_id, happened_at, amount FROM read_parquet($path)
                    WHERE customer_id IN ({drawn}) AND happened_at < $until
                    ORDER BY happened_at, order_id) TO '{part / "orders.parquet"}'""",
                {"path": path, "some": customers or 2**40, "until": until or datetime(9999, 1, 1)},
            )
    return folder


def _world(customers: int, months: int, seed: int) -> Path:
    folder = home_folder() / "samples" / f"world-{customers}-{months}-{seed}"
    if not folder.exists():
        with folder_in_one_piece(folder) as part:
            simulate(customers, months, seed, part)
    return folder
