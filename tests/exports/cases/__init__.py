"""Exports as people have them, made with the truth known: `SITUATIONS[name](sales)` gives files and what is right."""

from tests.exports.cases import (
    countries,
    items,
    marketplaces,
    moments,
    money,
    oddities,
    people,
    platforms,
    shops,
    states,
    tills,
)
from tests.exports.cases.situation import SITUATIONS, Situation, Truth

__all__ = ["SITUATIONS", "Situation", "Truth", "countries", "items", "marketplaces", "moments", "money", "oddities"]
__all__ += ["people", "platforms", "shops", "states", "tills"]
