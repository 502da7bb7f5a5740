"""What the CRM receives: the shape of every answer, for the OpenAPI page, the client and the tests.

The service itself builds plain dicts; the contract tests hold them against these models.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from serving.contract.answer_fields import About, Answer, Band, Day, Hour, Money, Probability, Stage, Status
from serving.contract.decision_answer import Decision, Reason


class ChurnResult(About):
    probability: Probability | None = Field(default=None, description="no order within the horizon; 1 is certain")
    band: Band | None = None
    percentile: Annotated[float, Field(ge=0, le=100)] | None = Field(
        None, description="share of customers at less risk, in percent; not a probability"
    )
    horizon: str | None = Field(default=None, description='such as "28d"')
    baseline: float | None = Field(
        default=None, description="log-odds before any reason; null for a kind of model without"
    )
    reasons: list[Reason] | None = None
    rest: float | None = Field(default=None, description="sum of all effects that are not among the reasons")
    model_kind: str | None = None


class NextOrder(Answer):
    p10: Day | None
    p50: Day | None
    p90: Day | None


class NextPurchase(About):
    order_probability: Probability | None = None
    next_order: NextOrder | None = Field(default=None, description="null beyond the forecast's reach")
    overdue: bool | None = Field(default=None, description="silent for longer than usual; null when nothing is usual")
    expected_shopping_days: float | None = Field(default=None, ge=0)
    expected_spend: Money | None = None
    spend_p10: Money | None = None
    spend_p90: Money | None = None
    value_12_months: Money | None = Field(default=None, description="expected margin; null without a stated margin")
    season_learnt: Literal["none", "last_year", "calendar"] | None = Field(
        default=None, description="the season in the level: none, the same weeks a year before, or several years"
    )
    horizon: str | None = None
    model_kind: str | None = None


class Contact(Answer):
    channel: str
    response_probability: Probability | None = Field(description="null when no model ranks the channels")
    best_hours: list[Hour] = Field(
        description="when the customer is most active, of the hours at which the channel may send"
    )
    best_hours_by_weekday: list[Hour] | None = Field(
        default=None, description="when messages are answered best, Monday first; null where sends cannot tell"
    )
    fatigue: Literal["under_contacted", "on_target", "over_contacted"] | None


class Purchase(Answer):
    channel: str
    probability: Probability


class Promotion(Answer):
    kind: str
    share: Probability


class ChannelPreference(About):
    contact: list[Contact] | None = None
    purchase: list[Purchase] | None = None
    promotion: list[Promotion] | None = None
    absent: list[Literal["contact", "purchase", "promotion"]] | None = Field(
        None, description="kinds no model of this shop answers"
    )
    model_kind: str | None = None


class Prediction(About):
    answers: dict[str, float] | None = Field(
        default=None, description="by the name after the task's, such as probability; null for an unknown customer"
    )
    horizon: str | None = Field(default=None, description="the question's own")
    model_kind: str | None = None


class ItemReason(Answer):
    code: str
    text: str


class Item(Answer):
    product_id: str
    kind: Literal["repeat", "discovery"]
    reason: ItemReason


class Recommendation(About):
    items: list[Item] | None = None


class TimelineEntry(Answer):
    at: str
    what: str = Field(description="orders, touchpoints, messages, responses, tickets or decision")
    kind: str | None = None
    channel: str | None = None
    amount: str | None = None
    action: str | None = None


class Word(Answer):
    channel: str
    purpose: str
    granted: bool
    happened_at: str


class ProfileResult(About):
    stage: Stage | None = None
    kpis: dict[str, float | None] | None = Field(default=None, description="features by name")
    last_store: str | None = None
    linked_identities: list[str] | None = Field(default=None, description="hashed")
    channels: list[str] | None = Field(default=None, description="that may be used and reach the customer")
    consents: list[Word] | None = None
    timeline: list[TimelineEntry] | None = None
    scores: dict[str, dict[str, Any]] | None = Field(
        default=None, description="by task: churn, next_purchase, next_step, and the shop's own questions"
    )


class Received(Answer):
    status: Literal["ok"]
    received: int
    accepted: int = Field(description="rows that were not known before")
    corrected: int = Field(description="orders and messages known before with other values, which now count instead")
    duplicates: int
    suppressed: int = Field(description="rows of erased customers, not kept")


class ReceivedRow(Answer):
    """With `partial`: what became of one row."""

    row: str = Field(description='such as "orders[3]"')
    status: Literal["accepted", "corrected", "duplicate", "suppressed", "refused"]
    code: str | None = Field(default=None, description="of a refused row, as in the error of a refused call")
    message: str | None = None
    field: str | None = None


class Consented(Answer):
    customer_id: str
    status: Literal["ok", "unknown_customer"] = Field(description="unknown_customer: erased, nothing was kept")
    waiting: bool | None = Field(default=None, description="true: nobody has this id yet; it is kept for who will")


class ConsentsOf(Answer):
    customer_id: str
    status: Status
    age_days: int | None = Field(default=None, ge=1)
    channels: list[str] | None = Field(default=None, description="that may be used and reach the customer now")
    consents: list[Word] | None = Field(default=None, description="the latest word on each, as told to the service")


class Erased(Answer):
    customer_id: str
    status: Literal["ok", "queued"] = Field(description="ok: gone everywhere; queued: ask again by the request_id")
    removed: dict[str, int] | None = Field(
        description="what was removed, by place; zeros when asked again, null while queued"
    )


class ErasureAnswer(Answer):
    """How far an erasure is that was answered with 202."""

    request_id: str
    status: Literal["ok", "queued"]
    removed: dict[str, int] | None


class _Results(Answer):
    as_of: str = Field(description="the cutoff, in UTC")
    model_versions: dict[str, str]
    request_id: str


class ChurnAnswer(_Results):
    results: list[ChurnResult]


class NextPurchaseAnswer(_Results):
    results: list[NextPurchase]


class ChannelPreferenceAnswer(_Results):
    results: list[ChannelPreference]


class PredictAnswer(_Results):
    results: list[Prediction]


class RecommendAnswer(_Results):
    results: list[Recommendation]


class DecideAnswer(_Results):
    results: list[Decision]


class ProfileAnswer(_Results):
    results: list[ProfileResult]


class EventsAnswer(_Results):
    results: list[Received | ReceivedRow]


class ConsentAnswer(_Results):
    results: list[Consented]


class ConsentsAnswer(_Results):
    results: list[ConsentsOf]


class EraseAnswer(_Results):
    results: list[Erased]


class ErrorBody(Answer):
    code: str
    message: str
    field: str | None
    request_id: str


class ErrorAnswer(Answer):
    error: ErrorBody
