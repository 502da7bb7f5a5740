"""The shape of a decision as the CRM receives it, with its reasons, scores and receipt."""

from typing import Annotated, Literal

from pydantic import Field

from serving.contract.answer_fields import About, Answer, Band, Moment, Money, Probability, Stage


class Reason(Answer):
    code: str
    feature: str
    value: int | float | None = Field(description="null when the value is missing")
    effect: float = Field(description="in log-odds of leaving; positive raises the risk")
    changeable: bool = Field(description="whether the shop can do something about it")
    text: str


class Offer(Answer):
    code: str
    cost: Money


class Uplift(Answer):
    effect: float = Field(description="change of the probability of an order within the horizon")
    low: float | None = Field(description="null where the effect is assumed, not measured")
    high: float | None


class ContextUsed(Answer):
    channel: Literal["preferred", "no_consent", "carries_no_messages"] | None = Field(
        default=None, description="what became of the channel now open"
    )
    cart: str | None = Field(default=None, description="the cause that the cart stands for")
    unknown_products: int | None = Field(default=None, description="of the cart, products the shop does not know")
    store: Literal["near", "unknown"] | None = None


class Receipt(Answer):
    removed: dict[str, str] = Field(description="every other action, and the rule that removed it")
    prices: dict[str, float] = Field(description="what one more unit of a scarce budget or capacity is worth")
    assumed: list[Literal["effect", "redemption"]] | None = Field(default=None, description="what nobody measured")
    context: ContextUsed | None = Field(default=None, description="what became of the call's context")


class Scores(Answer):
    churn_probability: Probability | None
    expected_spend: Money | None
    uplift: dict[str, Uplift] | None = Field(
        description="of the chosen action; null where nothing was measured and no effect assumed"
    )


class Rescue(Answer):
    way: Literal["store", "substitute", "reminder"]
    product_id: str | None = Field(description="null where nothing of the cart is to be had, and nothing of its kind")
    instead_of: str | None = Field(description="the item nobody has, for which the substitute stands in")
    store_id: str | None
    km: float | None


class Decision(About):
    decision_id: str | None = Field(default=None, description="the same in the night's file and the call")
    action: str | None = Field(default=None, description="as shop.toml names it, or leave_alone")
    channel: str | None = None
    send_at: Moment | None = None
    offer: Offer | None = None
    expected_net_value: Money | None = None
    stage: Stage | None = Field(default=None, description="where the customer stands, from the orders seen alone")
    band: Band | None = Field(default=None, description="of the churn probability")
    baseline: float | None = None
    reasons: list[Reason] | None = None
    rest: float | None = None
    scores: Scores | None = None
    cause: str | None = Field(default=None, description="what raises the risk most, as shop.toml groups features")
    arm: Literal["policy", "explore", "holdout"] | None = None
    propensity: Annotated[float, Field(gt=0, le=1)] | None = None
    model_kind: str | None = None
    expires_at: Moment | None = None
    receipt: Receipt | None = None
    rescue: Rescue | None = Field(default=None, description="how the cart behind the decision may be saved")
    why: str | None = Field(default=None, description="the policy's rule that chose the action, in a sentence")
