"""What the CRM may send, call by call; rows stand in serving.contract.rows."""

from typing import Literal

from pydantic import (
    ConfigDict,
    Field,
    model_validator,
)

from serving.contract.fields import MOST_ROWS, Body, CustomerIds, Identifier, Moment, Word
from serving.contract.rows import LedgerRows


class DecisionContext(Body):
    """Where the customer is at this moment; it counts in this call and is logged with the decision."""

    channel: Word | None = Field(default=None, description="the channel now open: preferred where it may be used")
    cart: list[Identifier] = Field(
        default_factory=list, max_length=200, description="product ids in hand: the cause behind the decision"
    )
    store_id: Identifier | None = Field(default=None, description="the store the customer is in: its stock counts")


class Customers(Body):
    """The customers a question is about, at most 100."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_ids": ["1", "7"]}]})
    customer_ids: CustomerIds


class Churn(Customers):
    """Ask how likely customers are to leave."""

    reasons: bool = Field(default=True, description="false leaves the reasons out, which is faster")


class Predict(Body):
    """Ask for the next step, or a question of the shop's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"task": "skincare", "customer_ids": ["1", "7"]}]})
    task: Word = Field(description="next_step, or the question's name")
    customer_ids: CustomerIds


class Decide(Body):
    """Ask for one decision a customer."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"customer_ids": ["1"], "context": {"channel": "email", "cart": ["P-77"]}}]}
    )
    customer_ids: CustomerIds
    context: DecisionContext | None = Field(default=None, description="of each customer asked about")
    events: LedgerRows | None = Field(default=None, description="rows just seen: they count in this call only")


class Recommend(Body):
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


class Profile(Body):
    """Ask for everything known of one customer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_id": "1"}]})
    customer_id: Identifier


class ConsentRow(Body):
    """A consent given or withdrawn, or an objection."""

    customer_id: Identifier
    channel: Word = Field(description="a channel of the shop, or all")
    purpose: Literal["contact", "profiling"]
    granted: bool
    happened_at: Moment | None = Field(default=None, description="when it was said; now when left out")


class Consent(Body):
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


class Erase(Body):
    """Ask that everything about one customer be removed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_id": "1"}]})
    customer_id: Identifier
