"""Rows that callers send: what customers did and met, and what was written to them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import (
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from serving.contract.fields import MOST_ROWS, Amount, Body, Chance, Identifier, Moment, Money, Word
from serving.errors import RequestError

LEDGERS = ("touchpoints", "orders", "messages", "responses", "tickets")


class Touchpoint(Body):
    """Something a customer did or met: a visit, a search, a cart, a call."""

    customer_id: Identifier
    happened_at: Moment = Field(description="local to the shop's time zone unless it names an offset")
    channel: Word = Field(description="web, app, mini_program, store, social, live, call …")
    kind: Word = Field(description="visit, view, search, add_to_cart, abandon, purchase, login …")
    session_id: Identifier | None = None
    product_id: Identifier | None = None
    store_id: Identifier | None = None
    cart_id: Identifier | None = None
    device: Word | None = None
    dwell_seconds: Amount | None = None
    load_ms: Amount | None = None
    value: Amount | None = None
    reason: Word | None = None


class Order(Body):
    """An order or a return; a return has a negative amount."""

    order_id: Identifier
    customer_id: Identifier
    happened_at: Moment = Field(description="local to the shop's time zone unless it names an offset")
    amount: Money
    kind: Literal["order", "return"] | None = Field(
        default=None, description="when left out: order, or return when the amount is negative"
    )
    of_order_id: Identifier | None = None
    discount: Money | None = None
    shipping: Money | None = None
    channel: Word | None = None
    store_id: Identifier | None = None
    fulfilment: Literal["delivery", "pick_up", "in_store"] | None = None


class Response(Body):
    """What came back for a message that was sent."""

    message_id: Identifier
    kind: Literal["delivered", "bounce", "open", "click", "convert", "unsubscribe", "complaint"]
    happened_at: Moment = Field(description="local to the shop's time zone unless it names an offset")
    customer_id: Identifier | None = Field(default=None, description="left out: whoever was sent the message")
    channel: Word | None = None
    item: Identifier | None = None
    is_machine: bool = False


class Message(Body):
    """A send on any channel; with arm `control` one that was withheld on purpose."""

    message_id: Identifier
    customer_id: Identifier
    happened_at: Moment = Field(description="local to the shop's time zone unless it names an offset")
    channel: Word = Field(description="email, sms, push, wechat, mail, call …")
    campaign_id: Identifier | None = None
    action: Word | None = None
    purpose: Word | None = None
    cost: Annotated[Money, Field(ge=0)] | None = None
    propensity: Chance | None = Field(default=None, description="of the channel, given that a message goes out")
    action_propensity: Chance | None = Field(default=None, description="of this action, or of withholding it")
    arm: Literal["explore", "policy", "control"] | None = None
    decision_id: Identifier | None = None


class Ticket(Body):
    """A version of a service case or survey; a case that was closed is sent again with `closed_at`."""

    ticket_id: Identifier
    customer_id: Identifier
    happened_at: Moment = Field(description="local to the shop's time zone unless it names an offset")
    closed_at: Moment | None = None
    channel: Word | None = None
    topic: Word | None = None
    satisfaction: Annotated[float, Field(ge=1, le=5)] | None = None
    touchpoint: Word | None = None


class LedgerRows(Body):
    """Rows of five ledgers, at most 1,000 in all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "orders": [
                        {
                            "order_id": "o-1",
                            "customer_id": "1",
                            "happened_at": "2017-12-31T10:00:00",
                            "amount": "12.50",
                            "channel": "web",
                        }
                    ]
                }
            ]
        }
    )
    touchpoints: list[Touchpoint] = Field(default_factory=list, max_length=MOST_ROWS)
    orders: list[Order] = Field(default_factory=list, max_length=MOST_ROWS)
    messages: list[Message] = Field(default_factory=list, max_length=MOST_ROWS)
    responses: list[Response] = Field(default_factory=list, max_length=MOST_ROWS)
    tickets: list[Ticket] = Field(default_factory=list, max_length=MOST_ROWS)

    @model_validator(mode="after")
    def _some_but_not_too_many(self) -> "LedgerRows":
        count = sum(len(getattr(self, ledger)) for ledger in LEDGERS)
        if not 1 <= count <= MOST_ROWS:
            raise ValueError(f"between 1 and {MOST_ROWS} rows in {', '.join(LEDGERS)} together")
        return self

    def place(self, ledger: str, i: int) -> int:
        """Where the i-th row of a ledger stood in the request."""
        return i


class Events(LedgerRows):
    """Rows of five ledgers, at most 1,000 in all; all are kept or none, unless `partial` says otherwise.

    With `partial`, serving.http.partial has taken out the rows that cannot be read.
    """

    partial: bool = Field(default=False, description="keep the rows that can be kept, and answer with a result a row")

    _places: Mapping[str, Sequence[int]] = PrivateAttr(default_factory=dict)
    _refused: Mapping[str, RequestError] = PrivateAttr(default_factory=dict)

    def place(self, ledger: str, i: int) -> int:
        return self._places[ledger][i] if ledger in self._places else i

    @property
    def refused(self) -> Mapping[str, RequestError]:
        """Rows that could not be read, by path, and why."""
        return self._refused

    @classmethod
    def without(cls, text: bytes, places: Mapping[str, Sequence[int]], refused: Mapping[str, RequestError]) -> "Events":
        """What is left of a request when some rows were taken out; `places` says where the others stood."""
        left = cls.model_validate_json(text) if any(places.values()) else cls.model_construct(partial=True)
        left._places, left._refused = places, refused
        return left
