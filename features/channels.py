"""What a channel is: online or not, on what basis it carries messages, at what cost and hours, and whom it reaches.

Channels are values in data. A shop says what its own ones are in shop.toml; names that the field knows have defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from decimal import Decimal
from types import MappingProxyType

Hours = tuple[time, time]

QUIET: Hours = (time(21), time(9))


@dataclass(frozen=True)
class Channel:
    """One channel, whether it sells, carries messages, or both.

    Attributes
    ----------
    name : str                  as the shop's tables spell it
    online : bool or None       None where neither shop.toml nor the field says; then it counts as neither
    contact : str or None       the basis on which it may carry messages without a consents row
    cost : Decimal or None      of one send, in the shop's currency; None where nobody stated it
    quiet : (from, until)       local times between which it sends nothing, over midnight where from > until;
                                None: never
    reached_by : tuple of str   kinds of identity that make it possible to write to a customer there
    """

    name: str
    online: bool | None = None
    contact: str | None = None
    cost: Decimal | None = None
    quiet: Hours | None = QUIET
    reached_by: tuple[str, ...] = ()


_PHONE = ("phone", "mobile")
_KNOWN = (
    *(Channel(name, online=True) for name in ("web", "app", "mini_program", "marketplace", "live", "social")),
    *(Channel(name, online=False) for name in ("store", "pos", "showroom", "kiosk")),
    Channel("community"),
    Channel("email", online=True, reached_by=("email",)),
    Channel("push", online=True, reached_by=("device",)),
    Channel("wechat", online=True, reached_by=("openid", "wechat")),
    Channel("whatsapp", online=True, reached_by=("whatsapp", *_PHONE)),
    Channel("line", online=True, reached_by=("line",)),
    Channel("messenger", online=True, reached_by=("messenger",)),
    Channel("chat", online=True),
    Channel("sms", online=False, reached_by=_PHONE),
    Channel("call", online=False, reached_by=_PHONE),
    Channel("phone", online=False, reached_by=_PHONE),
    Channel("mail", online=False, quiet=None, reached_by=("address",)),
)
KNOWN: Mapping[str, Channel] = MappingProxyType({one.name: one for one in _KNOWN})


@dataclass(frozen=True)
class Channels:
    """A shop's channels: what it states, in its order, and the field's defaults for the rest.

    Examples
    --------
    >>> Channels()["sms"].reached_by
    ('phone', 'mobile')
    >>> Channels()["beacon"]
    Channel(name='beacon', online=None, contact=None, cost=None, quiet=..., reached_by=('beacon',))
    """

    stated: Mapping[str, Channel] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Channel:
        """The channel of a name; one that nobody knows is reached by identities of its own name."""
        return self.stated.get(name) or default(name)

    @property
    def contact(self) -> dict[str, str]:
        """The channels that may carry messages without a consents row, and why; in the shop's order."""
        return {name: one.contact for name, one in self.stated.items() if one.contact}

    @property
    def online(self) -> tuple[str, ...]:
        """Every name, stated or known, of a channel that is online."""
        return tuple(name for name in {**self.stated, **KNOWN} if self[name].online)

    def reached_by(self, kind: str) -> tuple[str, ...]:
        """The stated and known channels on which an identity of this kind (lower case) makes a customer reachable."""
        return tuple(name for name in {**self.stated, **KNOWN} if kind in self[name].reached_by)


def default(name: str) -> Channel:
    """What is known of a name of which shop.toml says nothing."""
    return KNOWN.get(name) or replace(Channel(name), reached_by=(name.lower(),))
