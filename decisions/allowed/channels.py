"""What a shop says of its channels, as a decision needs it: it travels with the night's snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

Hours = tuple[time, time]


@dataclass(frozen=True)
class ChannelRules:
    """One channel's properties.

    Attributes
    ----------
    online : bool or None       None where nobody says
    contact : str or None       the basis on which it may carry messages without a consents row
    cost : Decimal or None      of one send, in the shop's currency; None where nobody stated it
    quiet : (from, until)       local times between which it sends nothing, over midnight where from > until;
                                None: never
    reached_by : tuple of str   kinds of identity that make it possible to write to a customer there
    """

    online: bool | None = None
    contact: str | None = None
    cost: Decimal | None = None
    quiet: Hours | None = None
    reached_by: tuple[str, ...] = ()

    @property
    def hours(self) -> tuple[int, ...]:
        """Local hours at which it may send; none for what is offline and never quiet: a letter knows no hour."""
        if self.quiet is None:
            return () if self.online is False else tuple(range(24))
        since, until = self.quiet
        both = any if since > until else all  # over midnight either end will do
        return tuple(hour for hour in range(24) if not both((since <= time(hour), time(hour) < until)))

    def to_plain(self) -> dict[str, Any]:
        """As JSON can say it."""
        return {
            "online": self.online,
            "contact": self.contact,
            "cost": None if self.cost is None else str(self.cost),
            "quiet": None if self.quiet is None else [one.isoformat("minutes") for one in self.quiet],
            "reached_by": list(self.reached_by),
        }


def channel_of(plain: Mapping[str, Any]) -> ChannelRules:
    """Back from `to_plain`.

    Raises
    ------
    ValueError, KeyError, TypeError, ArithmeticError    if it is not that
    """
    quiet = plain["quiet"]
    return ChannelRules(
        online=plain["online"],
        contact=plain["contact"],
        cost=None if plain["cost"] is None else Decimal(plain["cost"]),
        quiet=None if quiet is None else (time.fromisoformat(quiet[0]), time.fromisoformat(quiet[1])),
        reached_by=tuple(plain["reached_by"]),
    )
