"""How messages work on people: the usual way, or another one, so that nothing need be fitted to a single world."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from simulation.dice import Floats
from simulation.words import ACTIONS

# Log of the order rate's lift in the week after reading, for a person whose trait is at 0.5; halves every week.
# Rows: newsletter, recommend, win_back_voucher, flash_sale, rescue_cart, statement.
# Columns: prospect, active, fading, dormant, gone.
LIFT = np.array(
    [
        [0.00, 0.00, 0.00, 0.00, 0.00],
        [0.45, 0.50, 0.25, 0.10, 0.00],
        [0.60, 0.30, 1.40, 0.90, 0.00],
        [0.10, 0.10, 0.10, 0.00, 0.00],
        [0.20, 0.20, 0.20, 0.00, 0.00],
        [0.00, 0.00, 0.00, 0.00, 0.00],
    ]
)
VOUCHER_WAKES = 0.30  # chance that a dormant person who reads one becomes active, at trait 0.5
_ASLEEP = np.array([0.0, 0.0, 1.0, 1.0, 0.0])
RECOMMEND, VOUCHER, FLASH = (ACTIONS.index(name) for name in ("recommend", "win_back_voucher", "flash_sale"))
_TRAITS = MappingProxyType({RECOMMEND: "curiosity", VOUCHER: "discount", FLASH: "discount"})


@dataclass(frozen=True)
class Mechanism:
    """What drives the effects of messages.

    Attributes
    ----------
    lift : (actions, stages)    as LIFT
    traits : action → the trait of a person that its lift is in proportion to; of others nothing
    wakes : as VOUCHER_WAKES
    above : nobody whose trait lies below is moved, all others as at trait 1; None where lift is in proportion
    worn : taken off the lift for each message lately, at usual irritability
    """

    lift: Floats = field(default_factory=lambda: LIFT)
    traits: Mapping[int, str] = field(default_factory=lambda: _TRAITS)
    wakes: float = VOUCHER_WAKES
    above: float | None = None
    worn: float = 0.0


_USUAL = Mechanism()
MECHANISMS: Mapping[str, Mechanism] = MappingProxyType({
    "usual": _USUAL,
    "persuadables": replace(_USUAL, above=0.6),
    "sleepers": replace(_USUAL, lift=LIFT * _ASLEEP),
    "price": replace(_USUAL, traits=MappingProxyType(dict.fromkeys(range(len(ACTIONS)), "discount"))),
    "worn_out": replace(_USUAL, worn=1.5),
    "none": replace(_USUAL, lift=LIFT * 0.0, wakes=0.0),
})  # fmt: skip
_DRAWN = "drawn"
_MOVED_BY = ("curiosity", "discount", "irritable", None)
_DEALT, _GONE = 3, 4  # newsletter, recommendation and voucher are drawn; nothing moves who is gone
_NOTHING, _HELPS = 0.35, 0.45  # shares of pairs of action and stage; what is left does harm


def mechanism_of(name: str, seed: int) -> Mechanism:
    """A mechanism by name; "drawn" is another one for each seed: which stages an action helps, leaves alone or drives
    away, by which trait, whether a voucher wakes sleepers, and how fast messages wear out."""
    if name != _DRAWN:
        return MECHANISMS[name]
    lot = np.random.default_rng([seed, 77])
    kind, how_much = lot.random((_DEALT, _GONE)), lot.random((_DEALT, _GONE))
    felt = np.where(kind < _NOTHING + _HELPS, 0.1 + 1.1 * how_much, -0.1 - 0.5 * how_much)
    lift = np.zeros_like(LIFT)
    lift[:_DEALT, :_GONE] = np.where(kind < _NOTHING, 0.0, felt)
    by = [_MOVED_BY[place] for place in lot.integers(len(_MOVED_BY), size=_DEALT)]
    return Mechanism(
        lift=lift,
        traits=MappingProxyType({action: trait for action, trait in enumerate(by) if trait}),
        wakes=float(lot.choice([0.0, 0.15, 0.3, 0.4])),
        above=0.6 if lot.random() < 1 / 3 else None,
        worn=float(lot.choice([0.0, 0.0, 0.5, 1.0])),
    )


WORLDS = (*MECHANISMS, _DRAWN)
