"""What the CRM may send: every request body, strict, bounded, nothing extra."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

MOST_CUSTOMERS = 100
MOST_ROWS = 1_000
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"


def _year_in_range(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 2199:
        raise ValueError("a moment between the years 1970 and 2199 was expected")
    return moment


Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PRINTABLE)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Note = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PRINTABLE)]
Moment = Annotated[datetime, AfterValidator(_year_in_range)]
_MONEY_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d{1,14}(\.\d{1,4})?$"}]}
Money = Annotated[Decimal, Field(max_digits=18, decimal_places=4), WithJsonSchema(_MONEY_SCHEMA)]
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


class Events(_Body):
    """Rows of three ledgers, at most 1,000 in all."""

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
    responses: list[Response] = Field(default_factory=list, max_length=MOST_ROWS)

    @model_validator(mode="after")
    def _some_but_not_too_many(self) -> "Events":
        count = len(self.touchpoints) + len(self.orders) + len(self.responses)
        if not 1 <= count <= MOST_ROWS:
            raise ValueError(f"between 1 and {MOST_ROWS} rows in touchpoints, orders and responses together")
        return self


class Context(_Body):
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


class Decide(_Body):
    """Ask for one decision a customer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_ids": ["1"], "context": {"channel": "web"}}]})
    customer_ids: CustomerIds
    context: Context | None = None
    events: Events | None = Field(default=None, description="rows just seen: they count in this call only")


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


class Consent(_Body):
    """A consent given or withdrawn, or an objection."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"customer_id": "1", "channel": "email", "purpose": "contact", "granted": False}]
        }
    )
    customer_id: Identifier
    channel: Word
    purpose: Literal["contact", "profiling"]
    granted: bool


class Erase(_Body):
    """Ask that everything about one customer be removed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_id": "1"}]})
    customer_id: Identifier
