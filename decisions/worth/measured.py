"""What a shop's own decisions have shown an action to be worth: one figure for everybody, or "no effect"."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from decisions.worth.worth import Effect, Effects


@dataclass(frozen=True)
class Measured:
    """An action through a channel, beside those who went without it by lot.

    Attributes
    ----------
    margin : float                  what it is taken to bring a customer within the horizon, before costs; 0: no effect
    margin_low, margin_high         95 % interval of what was measured, in money
    probability, low, high : float  of an order: its change and 95 % interval
    given, without : int            moments that were compared
    """

    action: str
    channel: str
    margin: float
    margin_low: float
    margin_high: float
    probability: float
    low: float
    high: float
    given: int
    without: int

    @property
    def sentence(self) -> str:
        """The finding in words."""
        what = "no effect" if self.margin == 0 else f"brings {self.margin:+,.2f} a customer"
        return (
            f"'{self.action}' by {self.channel}: {what}, measured between {self.margin_low:+,.2f} and "
            f"{self.margin_high:+,.2f} on {self.given:,} moments with and {self.without:,} without it"
        )


def effects_of(learnt: Iterable[Measured], customers: int) -> Effects:
    """The same for each of some customers."""
    return Effects({
        (one.action, one.channel): Effect(
            probability=np.full(customers, one.probability),
            low=np.full(customers, one.low),
            high=np.full(customers, one.high),
            margin=np.full(customers, one.margin),
        )
        for one in learnt
    })  # fmt: skip


def plain(learnt: Iterable[Measured]) -> list[dict[str, Any]]:
    """As JSON can say it."""
    return [asdict(one) for one in learnt]


def from_plain(told: Iterable[Mapping[str, Any]]) -> tuple[Measured, ...]:
    """Back from `plain`.

    Raises
    ------
    TypeError       if it is not that
    """
    return tuple(Measured(**one) for one in told)
