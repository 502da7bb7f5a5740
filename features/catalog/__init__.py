"""The catalogue: one file a family, every behaviour a feature may measure."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from types import ModuleType

from features.catalog import (
    campaigns,
    channels,
    consents,
    contact,
    frequency,
    journey,
    money,
    products,
    profile,
    promotions,
    recency,
    returns,
    rhythm,
    service,
    touchpoints,
)
from features.errors import FeatureError
from features.feature import ALL, Feature, FeatureColumn
from features.relations import sources_of
from features.shop import Shop
from features.tables import TABLES

FAMILIES: tuple[ModuleType, ...] = (
    recency,
    frequency,
    money,
    rhythm,
    products,
    promotions,
    campaigns,
    contact,
    channels,
    returns,
    touchpoints,
    journey,
    service,
    consents,
    profile,
)


@cache
def features() -> tuple[Feature, ...]:
    """Every feature, by family, in the order of declaration."""
    return tuple(one for family in FAMILIES for one in _declared(family))


@cache
def catalogue() -> tuple[FeatureColumn, ...]:
    """Every column: each feature over each of its windows.

    >>> "spend_90d" in {column.name for column in catalogue()}
    True
    """
    return tuple(column for one in features() for column in one.columns)


def columns_for(shop: Shop) -> tuple[FeatureColumn, ...]:
    """The columns a shop's tables can fill, its own among them: their tables are there, and the columns they need."""
    every = (*catalogue(), *shop.extension.columns)
    return tuple(column for column in every if not missing_for(shop, column.feature))


def missing_for(shop: Shop, feature: Feature) -> tuple[str, ...]:
    """What a shop lacks for a feature: tables ("messages") and columns ("orders.discount")."""
    sources = sources_of(feature.relation)
    tables = tuple(source for source in sources if not shop.has(source))
    if tables:
        return tables
    return tuple(sorted(_lacking(shop, sources, feature.needs)))


def pick(names: Iterable[str], shop: Shop | None = None) -> tuple[FeatureColumn, ...]:
    """The columns of these names, in this order; with a shop, its own too.

    Raises
    ------
    FeatureError    if a name is not in the catalogue; the message says which windows the feature has

    Examples
    --------
    >>> [column.unit for column in pick(["spend_90d", "days_since_order"])]
    ['currency', 'days']
    """
    known = {column.name: column for column in (*catalogue(), *(shop.extension.columns if shop else ()))}
    found = []
    for name in names:
        if name not in known:
            raise FeatureError(_unknown(name))
        found.append(known[name])
    return tuple(found)


def _declared(family: ModuleType) -> Iterator[Feature]:
    for value in vars(family).values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Feature):
                yield one


def _lacking(shop: Shop, sources: Iterable[str], needs: Iterable[str]) -> Iterator[str]:
    for need in needs:
        homes = [TABLES[source].joined_from.get(need, source) for source in sources if TABLES[source].has(need)]
        if not any(shop.has(home) and need in shop.present[home] for home in homes):
            yield f"{homes[0]}.{need}"


def _unknown(name: str) -> str:
    stem, window = _parts(name)
    namesakes = {one.name: one for one in features()}
    if stem not in namesakes:
        close = get_close_matches(name, [column.name for column in catalogue()], n=1, cutoff=0.7)
        meant = f" Did you mean {close[0]}?" if close else ""
        return f"{name!r} is not in the catalogue.{meant} `perennial features --list` prints every name."
    one = namesakes[stem]
    nearest = min(one.columns, key=lambda column: _distance(column.days, window))
    return (
        f"{name!r} is not in the catalogue. {stem!r} exists for {', '.join(one.windows)}.\n"
        f'Add "{window}" to its windows in features/catalog/{one.family}.py, or use {nearest.name}.'
    )


def _parts(name: str) -> tuple[str, str]:
    """A column's name as stem and window; a name without suffix asks for everything."""
    found = re.fullmatch(r"(.+)_(\d+d)", name)
    return (found[1], found[2]) if found else (name, ALL)


def _distance(days: int | None, window: str) -> tuple[float, float]:
    """How far a window is from the one asked for; of two equally far the longer one is nearer."""
    length = float(days) if days is not None else 1e9
    asked = 1e9 if window == ALL else float(window[:-1])
    return abs(length - asked), -length
