"""Rights of members: points for silver, double points for gold – which the tills of the stores do not know of."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from simulation.dice import Ints, happens
from simulation.words import CODE, PURCHASE_CHANNELS, TIERS

RIGHTS: Mapping[str, str] = MappingProxyType({"silver": "points", "gold": "double_points"})
HONOURED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"points": PURCHASE_CHANNELS, "double_points": tuple(name for name in PURCHASE_CHANNELS if name != "store")}
)
GIVEN = 0.95  # of the lines on which a channel honours a right; the rest is forgotten


def granted(rng: np.random.Generator, tier: Ints, channel: Ints) -> Ints:
    """The right on each line, as a word's code; −1 for none.

    Parameters
    ----------
    tier : array, shape (lines,)        codes into TIERS; −1 where the shop does not know who buys
    channel : array, shape (lines,)     codes into PURCHASE_CHANNELS
    """
    found = np.full(len(tier), -1)
    remembered = happens(rng, np.full(len(tier), GIVEN))
    for name, right in RIGHTS.items():
        here = np.isin(channel, [PURCHASE_CHANNELS.index(one) for one in HONOURED[right]])
        found = np.where((tier == TIERS.index(name)) & here & remembered, CODE[right], found)
    return found
