"""The catalogue: one file a family, every behaviour a feature may measure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
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
from features.channels import Channels
from features.engine import Engine, opened
from features.errors import FeatureError
from features.feature import ALL, Feature, FeatureColumn
from features.occurring import occurring
from features.relations import sources_of
from features.safe_names import told
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


def catalogue(values: Mapping[str, Sequence[str]] | None = None) -> tuple[FeatureColumn, ...]:
    """Every column: each feature over each of its windows, those made per value for the given ones.

    Parameters
    ----------
    values : mapping        "orders.channel" → values, in the order wanted

    >>> "spend_90d" in {column.name for column in catalogue()}
    True
    >>> [column.name for column in catalogue({"orders.channel": ["web"]}) if column.feature.per]
    ['web_orders_365d']
    """
    return _every(values or {}, None)


def columns_for(
    shop: Shop, until: datetime | None = None, *, engine: Engine | None = None
) -> tuple[FeatureColumn, ...]:
    """The columns a shop can fill, its own among them: tables and columns are there, values occurred often enough.

    Features of what is online are left out where no channel that occurs is.

    Parameters
    ----------
    until : datetime, optional      values count that were known before; the shop's default cutoff
    """
    fillable = [one for one in _features_of(shop) if not missing_for(shop, one)]
    moment = until or shop.default_cutoff()
    with opened(engine) as running:
        homes = {home_of(one) for one in fillable if one.per or one.asks_online}
        values = {home: occurring(shop, home, moment, running) for home in sorted(homes)}
    online = {*shop.settings.channels.online}
    idle = {one.name for one in fillable if one.asks_online and not {*values[home_of(one)]} & online}
    kept = {one.name for one in fillable} - idle
    return tuple(column for column in _every(values, shop) if column.feature.template in kept)


def fillable_of(shop: Shop, names: Collection[str]) -> tuple[FeatureColumn, ...]:
    """The columns of these names that the catalogue has and the shop's tables can fill, in the catalogue's order.

    Values need not occur any more: what was learnt of one that vanished is still asked for, and is empty.
    """
    static = {column.name for column in _every({}, shop)}
    values: dict[str, dict[str, None]] = {}
    for name in sorted(names):  # a set has another order in every process
        if name not in static and (found := made_per_value(name, shop)):
            values.setdefault(home_of(found.feature), {})[str(found.feature.value)] = None
    every = _every({home: tuple(found) for home, found in values.items()}, shop)
    return tuple(one for one in every if one.name in names and not missing_for(shop, one.feature))


def _features_of(shop: Shop | None) -> tuple[Feature, ...]:
    return (*features(), *(shop.extension.features if shop else ()))


def _every(values: Mapping[str, Sequence[str]], shop: Shop | None) -> tuple[FeatureColumn, ...]:
    online = (shop.settings.channels if shop else Channels()).online
    made = (
        one.of(value) for one in _features_of(shop) for value in (values.get(home_of(one), ()) if one.per else (None,))
    )
    return tuple(column for one in made for column in one.where_online(online).columns)


def home_of(feature: Feature) -> str:
    """The column a feature is made per value of, or in which it looks for what is online: "orders.channel"."""
    (column,) = (feature.per,) if feature.per else feature.needs
    home = next(source for source in sources_of(feature.relation) if TABLES[source].has(column))
    return f"{home}.{column}"


def missing_for(shop: Shop, feature: Feature) -> tuple[str, ...]:
    """What a shop lacks for a feature: tables ("messages") and columns ("orders.discount")."""
    sources = sources_of(feature.relation)
    tables = tuple(source for source in sources if not shop.has(source))
    if tables:
        return tables
    return tuple(sorted(_lacking(shop, sources, feature.needs)))


def pick(names: Iterable[str], shop: Shop | None = None) -> tuple[FeatureColumn, ...]:
    """The columns of these names, in this order; a name that is made per value tells the value.

    Parameters
    ----------
    shop : Shop, optional       for its own features, and which of its channels are online

    Raises
    ------
    FeatureError    if a name is not in the catalogue; the message says which windows the feature has

    Examples
    --------
    >>> [column.unit for column in pick(["spend_90d", "days_since_order", "web_orders_365d"])]
    ['currency', 'days', 'orders']
    """
    known = {column.name: column for column in _every({}, shop)}
    found = []
    for name in names:
        column = known.get(name) or made_per_value(name, shop)
        if column is None:
            raise FeatureError(_unknown(name))
        found.append(column)
    return tuple(found)


def made_per_value(name: str, shop: Shop | None = None) -> FeatureColumn | None:
    """The column made per value that has this name."""
    stem, window = _parts(name)
    for one in _features_of(shop):
        ending = one.name.removeprefix(str(one.per))
        if one.per and stem.endswith(ending) and window in one.windows and stem != ending:
            made = one.of(told(stem.removesuffix(ending)))
            return next((column for column in made.columns if column.name == name), None)
    return None


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
