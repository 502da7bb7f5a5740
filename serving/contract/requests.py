"""What the CRM may send: every request body, strict, bounded, nothing extra."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from serving.errors import RequestError

MOST_CUSTOMERS = 100
MOST_ROWS = 1_000
LEDGERS = ("touchpoints", "orders", "messages", "responses", "tickets")
LARGEST = Decimal("999999999.9999")  # of an amount: sums over anything a customer can do still fit into 18 digits
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"


def _year_in_range(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 2199:
        raise ValueError("a moment between the years 1970 and 2199 was expected")
    return moment


Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PRINTABLE)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Moment = Annotated[datetime, AfterValidator(_year_in_range)]
_MONEY_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": float(-LARGEST), "maximum": float(LARGEST)},
        {"type": "string", "pattern": r"^-?\d{1,9}(\.\d{1,4})?$"},
    ]
}
Money = Annotated[
    Decimal, Field(max_digits=18, decimal_places=4, ge=-LARGEST, le=LARGEST), WithJsonSchema(_MONEY_SCHEMA)
]
Chance = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=-1e12, le=1e12)]
CustomerIds = Annotated[list[Identifier], Field(min_length=1, max_length=MOST_CUSTOMERS)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


class Touchpoint(_Body):
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


class Order(_Body):
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


class Response(_Body):
    """What came back for a message that was sent."""

    message_id: Identifier
    kind: Literal["delivered", "bounce", "open", "click", "convert", "unsubscribe", "complaint"]
    happened_at: Moment = Field(description="local to the shop's time zone unless it names an offset")
    customer_id: Identifier | None = Field(default=None, description="left out: whoever was sent the message")
    channel: Word | None = None
    item: Identifier | None = None
    is_machine: bool = False


class Message(_Body):
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


class Ticket(_Body):
    """A version of a service case or survey; a case that was closed is sent again with `closed_at`."""

    ticket_id: Identifier
    customer_id: Identifier
    happened_at: Moment = Field(description="local to the shop's time zone unless it names an offset")
    closed_at: Moment | None = None
    channel: Word | None = None
    topic: Word | None = None
    satisfaction: Annotated[float, Field(ge=1, le=5)] | None = None
    touchpoint: Word | None = None


class Rows(_Body):
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
    def _some_but_not_too_many(self) -> "Rows":
        count = sum(len(getattr(self, ledger)) for ledger in LEDGERS)
        if not 1 <= count <= MOST_ROWS:
            raise ValueError(f"between 1 and {MOST_ROWS} rows in {', '.join(LEDGERS)} together")
        return self

    def place(self, ledger: str, i: int) -> int:
        """Where the i-th row of a ledger stood in the request."""
        return i


class Events(Rows):
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


class DecisionContext(_Body):
    """Where the customer is at this moment; logged with the decision."""

    channel: Word | None = Field(default=None, description="the channel now open")
    cart: list[Identifier] = Field(default_factory=list, max_length=200, description="product ids")
    store_id: Identifier | None = None


class Customers(_Body):
    """The customers a question is about, at most 100."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_ids": ["1", "7"]}]})
    customer_ids: CustomerIds


class Churn(Customers):
    """Ask how likely customers are to leave."""

    reasons: bool = Field(default=True, description="false leaves the reasons out, which is faster")


class Predict(_Body):
    """Ask a question of the shop's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"task": "skincare", "customer_ids": ["1", "7"]}]})
    task: Word = Field(description="the question's name")
    customer_ids: CustomerIds


class Decide(_Body):
    """Ask for one decision a customer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_ids": ["1"], "context": {"channel": "web"}}]})
    customer_ids: CustomerIds
    context: DecisionContext | None = None
    events: Rows | None = Field(default=None, description="rows just seen: they count in this call only")


class Recommend(_Body):
    """Ask for products a customer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_ids": ["1"], "k": 5}]})
    customer_ids: CustomerIds
    k: int = Field(default=10, ge=1, le=100, description="products a customer")
    store_id: Identifier | None = Field(default=None, description="default: the customer's last store")
    exclude: list[Identifier] = Field(default_factory=list, max_length=1_000, description="product ids")
    cart: list[Identifier] = Field(
        default_factory=list,
        max_length=200,
        description="product ids in hand: never recommended, what goes with them is",
    )


class Profile(_Body):
    """Ask for everything known of one customer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_id": "1"}]})
    customer_id: Identifier


class ConsentRow(_Body):
    """A consent given or withdrawn, or an objection."""

    customer_id: Identifier
    channel: Word = Field(description="a channel of the shop, or all")
    purpose: Literal["contact", "profiling"]
    granted: bool
    happened_at: Moment | None = Field(default=None, description="when it was said; now when left out")


class Consent(_Body):
    """One word of a customer, or up to 1,000 of them under `consents`; all are kept or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"customer_id": "1", "channel": "email", "purpose": "contact", "granted": False},
                {"consents": [{"customer_id": "1", "channel": "all", "purpose": "contact", "granted": False}]},
            ]
        }
    )
    customer_id: Identifier | None = None
    channel: Word | None = Field(default=None, description="a channel of the shop, or all")
    purpose: Literal["contact", "profiling"] | None = None
    granted: bool | None = None
    happened_at: Moment | None = Field(default=None, description="when it was said; now when left out")
    consents: list[ConsentRow] | None = Field(default=None, min_length=1, max_length=MOST_ROWS)

    @model_validator(mode="after")
    def _one_or_many(self) -> "Consent":
        one = (self.customer_id, self.channel, self.purpose, self.granted)
        given = [value for value in (*one, self.happened_at) if value is not None]
        if (self.consents is None and None in one) or (self.consents is not None and given):
            raise ValueError("customer_id, channel, purpose and granted were expected, or rows of them in consents")
        return self

    @property
    def rows(self) -> list[ConsentRow]:
        """What was said, whichever way it came."""
        if self.consents is not None:
            return self.consents
        return [ConsentRow.model_construct(**{name: getattr(self, name) for name in ConsentRow.model_fields})]


class Erase(_Body):
    """Ask that everything about one customer be removed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_id": "1"}]})
    customer_id: Identifier
