"""The moment of a call: the channel now open, the cart in hand or just left, the store the customer stands in.

What a caller says in `context` never opens a channel that the customer refused, and never lifts a cap: it tells which
channel is read now, what stands behind the risk, and that a store is near.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from decisions.allowed.cart import CART, OUT_OF_STOCK, why_left
from serving.calls.customers import Asked, Sought, allowed_channels
from serving.contract.requests import DecisionContext
from serving.snapshot.decided import Decided
from serving.snapshot.snapshot import NO_STORE


@dataclass(frozen=True)
class Here:
    """What counts of a customer's moment.

    Attributes
    ----------
    channels : that may be used and reach the customer
    channel : the one now open, where it is among them and carries messages
    cause : place among the plan's causes of a cart that is open; None without one
    in_store : the customer stands in one of the shop's stores
    told : what became of each part of the context, as the receipt tells it
    """

    channels: tuple[str, ...]
    channel: str | None = None
    cause: int | None = None
    in_store: bool = False
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def counted(self) -> str:
        """All that a decision depends on, as text: two calls with the same get the same decision_id."""
        told = (self.channel, self.cause, self.in_store) if self.told or self.cause is not None else ()
        return ",".join(self.channels) + "".join(f"|{one}" for one in told)


def here_of(asked: Asked, night: Decided, one: Sought, context: DecisionContext | None) -> Here:
    """What the context and the newest events say of a customer's moment."""
    channels = allowed_channels(asked, one)
    left = why_left(_steps(asked, one), night.why_left(one.row))
    if context is None:
        return Here(channels, cause=_place(night, left))
    told: dict[str, Any] = {}
    channel = None
    if context.channel is not None:
        channels, told["channel"] = _with_open(asked, night, one, context.channel, channels)
        channel = context.channel if told["channel"] == "preferred" else None
    store = _store(asked, context)
    if context.store_id is not None:
        told["store"] = "unknown" if store == NO_STORE else "near"
    if context.cart:
        lacking, unknown = _stock(asked, context.cart, store)
        left = OUT_OF_STOCK if lacking else left or CART
        told["cart"] = left
        if unknown:
            told["unknown_products"] = unknown
    return Here(channels, channel, _place(night, left), store != NO_STORE, told)


def _with_open(
    asked: Asked, night: Decided, one: Sought, channel: str, channels: tuple[str, ...]
) -> tuple[tuple[str, ...], str]:
    """The channels that may be used with one open, and what became of it.

    An open channel reaches the customer; consent it takes all the same.
    """
    if channel not in night.menu.channels:
        return channels, "carries_no_messages"
    if channel in channels:
        return channels, "preferred"
    if asked.overlay.granted(one.customer_id, channel):
        return (*channels, channel), "preferred"
    return channels, "no_consent"


def _store(asked: Asked, context: DecisionContext) -> int:
    stores = asked.live.snapshot.facts.stores
    return stores.index(context.store_id) if context.store_id in stores else NO_STORE


def _stock(asked: Asked, cart: Sequence[str], store: int) -> tuple[int, int]:
    """How many products of a cart the store has not (any store, without one), and how many the shop does not know."""
    if asked.live.candidates is None:
        return 0, len(cart)
    shop = asked.live.candidates.shop
    missing = {*shop.missing.of(store).tolist(), *shop.missing.of(NO_STORE).tolist()}
    places = shop.places(cart)
    return sum(place in missing for place in places), len(cart) - len(places)


def _steps(asked: Asked, one: Sought) -> Iterator[tuple[str, str | None]]:
    """What the customer did since the snapshot that concerns a cart, oldest first."""
    events = [event for event in asked.events_of(one.customer_id) if event.ledger in ("touchpoints", "orders")]
    for event in sorted(events, key=lambda event: str(event.row["happened_at"])):
        row = event.row
        if event.ledger == "touchpoints":
            yield str(row["kind"]), row.get("reason")
        elif row.get("kind") != "return":
            yield "purchase", None


def _place(night: Decided, cause: str | None) -> int | None:
    """A plan of an older night may not know the cause; then the models' word stands."""
    causes = list(night.menu.plan.causes)
    return causes.index(cause) if cause in causes else None
