"""A small typed client for the service: one file to copy, which needs nothing but the standard library.

with Client("http://127.0.0.1:3000", key="pk_…") as crm:
    for decision in crm.decide(["1", "7"]).results:
        print(decision.customer_id, decision.action, decision.channel)
"""

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from types import NoneType, TracebackType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit


# --- answers, written by serving.contract.client_answers ---
@dataclass(frozen=True)
class Reason:
    code: str
    feature: str
    value: int | float | None  # null when the value is missing
    effect: float  # in log-odds of leaving; positive raises the risk
    changeable: bool  # whether the shop can do something about it
    text: str


@dataclass(frozen=True)
class Offer:
    code: str
    cost: str  # exact decimal in the shop's currency


@dataclass(frozen=True)
class Uplift:
    effect: float  # change of the probability of an order within the horizon
    low: float | None  # null where the effect is assumed, not measured
    high: float | None


@dataclass(frozen=True)
class ContextUsed:
    # what became of the channel now open
    channel: Literal["preferred", "no_consent", "carries_no_messages"] | None = None
    cart: str | None = None  # the cause that the cart stands for
    unknown_products: int | None = None  # of the cart, products the shop does not know
    store: Literal["near", "unknown"] | None = None


@dataclass(frozen=True)
class Receipt:
    removed: dict[str, str]  # every other action, and the rule that removed it
    prices: dict[str, float]  # what one more unit of a scarce budget or capacity is worth
    assumed: list[Literal["effect", "redemption"]] | None = None  # what nobody measured
    context: ContextUsed | None = None  # what became of the call's context


@dataclass(frozen=True)
class Scores:
    churn_probability: float | None
    expected_spend: str | None
    uplift: dict[str, Uplift] | None  # of the chosen action; null where nothing was measured and no effect assumed


@dataclass(frozen=True)
class Rescue:
    way: Literal["store", "substitute", "reminder"]
    product_id: str | None  # null where nothing of the cart is to be had, and nothing of its kind
    instead_of: str | None  # the item nobody has, for which the substitute stands in
    store_id: str | None
    km: float | None


@dataclass(frozen=True)
class Decision:
    customer_id: str
    status: Literal["ok", "unknown_customer", "suppressed", "stale"]
    age_days: int | None = None  # only when stale: days the snapshot is old
    eligible: bool | None = None  # an order within active_within before the cutoff
    decision_id: str | None = None  # the same in the night's file and the call
    action: str | None = None  # as shop.toml names it, or leave_alone
    channel: str | None = None
    send_at: str | None = None
    offer: Offer | None = None
    expected_net_value: str | None = None
    # where the customer stands, from the orders seen alone
    stage: Literal["prospect", "new", "active", "loyal", "at_risk", "dormant", "lost", "recovered"] | None = None
    band: Literal["low", "medium", "high", "very_high"] | None = None  # of the churn probability
    baseline: float | None = None
    reasons: list[Reason] | None = None
    rest: float | None = None
    scores: Scores | None = None
    cause: str | None = None  # what raises the risk most, as shop.toml groups features
    arm: Literal["policy", "explore", "holdout"] | None = None
    propensity: float | None = None
    model_kind: str | None = None
    expires_at: str | None = None
    receipt: Receipt | None = None
    rescue: Rescue | None = None  # how the cart behind the decision may be saved
    why: str | None = None  # the policy's rule that chose the action, in a sentence


@dataclass(frozen=True)
class ChurnResult:
    customer_id: str
    status: Literal["ok", "unknown_customer", "suppressed", "stale"]
    age_days: int | None = None  # only when stale: days the snapshot is old
    eligible: bool | None = None  # an order within active_within before the cutoff
    probability: float | None = None  # no order within the horizon; 1 is certain
    band: Literal["low", "medium", "high", "very_high"] | None = None
    percentile: float | None = None  # share of customers at less risk, in percent; not a probability
    horizon: str | None = None  # such as "28d"
    baseline: float | None = None  # log-odds before any reason; null for a kind of model without
    reasons: list[Reason] | None = None
    rest: float | None = None  # sum of all effects that are not among the reasons
    model_kind: str | None = None


@dataclass(frozen=True)
class NextOrder:
    p10: str | None
    p50: str | None
    p90: str | None


@dataclass(frozen=True)
class NextPurchase:
    customer_id: str
    status: Literal["ok", "unknown_customer", "suppressed", "stale"]
    age_days: int | None = None  # only when stale: days the snapshot is old
    eligible: bool | None = None  # an order within active_within before the cutoff
    order_probability: float | None = None
    next_order: NextOrder | None = None  # null beyond the forecast's reach
    overdue: bool | None = None  # silent for longer than usual; null when nothing is usual
    expected_shopping_days: float | None = None
    expected_spend: str | None = None
    spend_p10: str | None = None
    spend_p90: str | None = None
    value_12_months: str | None = None  # expected margin; null without a stated margin
    # the season in the level: none, the same weeks a year before, or several years
    season_learnt: Literal["none", "last_year", "calendar"] | None = None
    horizon: str | None = None
    model_kind: str | None = None


@dataclass(frozen=True)
class Contact:
    channel: str
    response_probability: float | None  # null when no model ranks the channels
    best_hours: list[int]  # when the customer is most active, of the hours at which the channel may send
    fatigue: Literal["under_contacted", "on_target", "over_contacted"] | None
    # when messages are answered best, Monday first; null where sends cannot tell
    best_hours_by_weekday: list[int] | None = None


@dataclass(frozen=True)
class Purchase:
    channel: str
    probability: float


@dataclass(frozen=True)
class Promotion:
    kind: str
    share: float


@dataclass(frozen=True)
class ChannelPreference:
    customer_id: str
    status: Literal["ok", "unknown_customer", "suppressed", "stale"]
    age_days: int | None = None  # only when stale: days the snapshot is old
    eligible: bool | None = None  # an order within active_within before the cutoff
    contact: list[Contact] | None = None
    purchase: list[Purchase] | None = None
    promotion: list[Promotion] | None = None
    absent: list[Literal["contact", "purchase", "promotion"]] | None = None  # kinds no model of this shop answers
    model_kind: str | None = None


@dataclass(frozen=True)
class Prediction:
    customer_id: str
    status: Literal["ok", "unknown_customer", "suppressed", "stale"]
    age_days: int | None = None  # only when stale: days the snapshot is old
    eligible: bool | None = None  # an order within active_within before the cutoff
    # by the name after the task's, such as probability; null for an unknown customer
    answers: dict[str, float] | None = None
    horizon: str | None = None  # the question's own
    model_kind: str | None = None


@dataclass(frozen=True)
class ItemReason:
    code: str
    text: str


@dataclass(frozen=True)
class Item:
    product_id: str
    kind: Literal["repeat", "discovery"]
    reason: ItemReason


@dataclass(frozen=True)
class Recommendation:
    customer_id: str
    status: Literal["ok", "unknown_customer", "suppressed", "stale"]
    age_days: int | None = None  # only when stale: days the snapshot is old
    eligible: bool | None = None  # an order within active_within before the cutoff
    items: list[Item] | None = None


@dataclass(frozen=True)
class TimelineEntry:
    at: str
    what: str  # orders, touchpoints, messages, responses, tickets or decision
    kind: str | None = None
    channel: str | None = None
    amount: str | None = None
    action: str | None = None


@dataclass(frozen=True)
class Word:
    channel: str
    purpose: str
    granted: bool
    happened_at: str


@dataclass(frozen=True)
class ProfileResult:
    customer_id: str
    status: Literal["ok", "unknown_customer", "suppressed", "stale"]
    age_days: int | None = None  # only when stale: days the snapshot is old
    eligible: bool | None = None  # an order within active_within before the cutoff
    stage: Literal["prospect", "new", "active", "loyal", "at_risk", "dormant", "lost", "recovered"] | None = None
    kpis: dict[str, float | None] | None = None  # features by name
    last_store: str | None = None
    linked_identities: list[str] | None = None  # hashed
    channels: list[str] | None = None  # that may be used and reach the customer
    consents: list[Word] | None = None
    timeline: list[TimelineEntry] | None = None
    scores: dict[str, dict[str, Any]] | None = None


@dataclass(frozen=True)
class Received:
    status: Literal["ok"]
    received: int
    accepted: int  # rows that were not known before
    corrected: int  # orders and messages known before with other values, which now count instead
    duplicates: int
    suppressed: int  # rows of erased customers, not kept


@dataclass(frozen=True)
class ReceivedRow:
    row: str  # such as "orders[3]"
    status: Literal["accepted", "corrected", "duplicate", "suppressed", "refused"]
    code: str | None = None  # of a refused row, as in the error of a refused call
    message: str | None = None
    field: str | None = None


@dataclass(frozen=True)
class Consented:
    customer_id: str
    status: Literal["ok", "unknown_customer"]  # unknown_customer: erased, nothing was kept
    waiting: bool | None = None  # true: nobody has this id yet; it is kept for who will


@dataclass(frozen=True)
class ConsentsOf:
    customer_id: str
    status: Literal["ok", "unknown_customer", "suppressed", "stale"]
    age_days: int | None = None
    channels: list[str] | None = None  # that may be used and reach the customer now
    consents: list[Word] | None = None  # the latest word on each, as told to the service


@dataclass(frozen=True)
class Erased:
    customer_id: str
    status: Literal["ok", "queued"]  # ok: gone everywhere; queued: ask again by the request_id
    removed: dict[str, int] | None  # what was removed, by place; zeros when asked again, null while queued


@dataclass(frozen=True)
class ErasureAnswer:
    request_id: str
    status: Literal["ok", "queued"]
    removed: dict[str, int] | None


@dataclass(frozen=True)
class ChurnAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[ChurnResult]


@dataclass(frozen=True)
class NextPurchaseAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[NextPurchase]


@dataclass(frozen=True)
class ChannelPreferenceAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[ChannelPreference]


@dataclass(frozen=True)
class PredictAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[Prediction]


@dataclass(frozen=True)
class RecommendAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[Recommendation]


@dataclass(frozen=True)
class DecideAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[Decision]


@dataclass(frozen=True)
class ProfileAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[ProfileResult]


@dataclass(frozen=True)
class EventsAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[Received | ReceivedRow]


@dataclass(frozen=True)
class ConsentAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[Consented]


@dataclass(frozen=True)
class ConsentsAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[ConsentsOf]


@dataclass(frozen=True)
class EraseAnswer:
    as_of: str  # the cutoff, in UTC
    model_versions: dict[str, str]
    request_id: str
    results: list[Erased]


@dataclass(frozen=True)
class ErrorBody:
    code: str
    message: str
    field: str | None
    request_id: str


@dataclass(frozen=True)
class ErrorAnswer:
    error: ErrorBody


# --- end of answers ---

Answer = TypeVar("Answer")
_BUSY = (429, 503)


class CallError(Exception):
    """The service refused a call; `field` is the path of what was wrong with it."""

    def __init__(self, status: int, code: str, message: str, field: str | None, request_id: str) -> None:
        super().__init__(f"{status} {code}: {message} (request {request_id})")
        self.status = status
        self.code = code
        self.field = field
        self.request_id = request_id


class Client:
    """Calls one service over one connection; not to be shared between threads.

    Parameters
    ----------
    url : where the service answers, such as "http://127.0.0.1:3000"
    key : API key; may be left out on the service's own machine while no key exists
    language : of reason texts, "en" or "zh"
    seconds : longest time a call may take
    patience : how often a call is made again when the service is busy, after the time it asks for

    Raises
    ------
    CallError   from every call, when it is refused
    OSError     when the service cannot be reached
    """

    def __init__(
        self, url: str, *, key: str = "", language: str = "en", seconds: float = 10.0, patience: int = 3
    ) -> None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.netloc, timeout=seconds)
        self._prefix = parts.path.rstrip("/")
        self._headers = {"content-type": "application/json", "accept-language": language}
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        self._patience = patience

    def decide(self, customer_ids: Sequence[str], **more: Any) -> DecideAnswer:
        """One decision a customer; `context` and `events` as in the contract."""
        return self._post("decide", DecideAnswer, customer_ids=list(customer_ids), **more)

    def churn(self, customer_ids: Sequence[str], *, reasons: bool = True) -> ChurnAnswer:
        """How likely customers are to leave, and why."""
        return self._post("churn", ChurnAnswer, customer_ids=list(customer_ids), reasons=reasons)

    def next_purchase(self, customer_ids: Sequence[str]) -> NextPurchaseAnswer:
        """When customers order next, how often and for how much."""
        return self._post("next_purchase", NextPurchaseAnswer, customer_ids=list(customer_ids))

    def channel_preference(self, customer_ids: Sequence[str]) -> ChannelPreferenceAnswer:
        """How customers like to be reached, buy, and are moved by promotions."""
        return self._post("channel_preference", ChannelPreferenceAnswer, customer_ids=list(customer_ids))

    def predict(self, task: str, customer_ids: Sequence[str]) -> PredictAnswer:
        """The answer to a question of the shop's own."""
        return self._post("predict", PredictAnswer, task=task, customer_ids=list(customer_ids))

    def recommend(self, customer_ids: Sequence[str], k: int = 10, **more: Any) -> RecommendAnswer:
        """Products a customer; `store_id` and `exclude` as in the contract."""
        return self._post("recommend", RecommendAnswer, customer_ids=list(customer_ids), k=k, **more)

    def profile(self, customer_id: str) -> ProfileAnswer:
        """Everything known of one customer."""
        return self._post("profile", ProfileAnswer, customer_id=customer_id)

    def events(self, *, partial: bool = False, delivery: str = "", **rows: Sequence[dict[str, Any]]) -> EventsAnswer:
        """Rows of `touchpoints`, `orders`, `messages`, `responses` and `tickets`; on disk when this returns.

        Parameters
        ----------
        partial : keep the rows that can be kept, with a result a row
        delivery : a name of your own for these rows; sent again under it they get the same answer
        """
        body: dict[str, Any] = {name: list(given) for name, given in rows.items()}
        headers = {"idempotency-key": delivery} if delivery else {}
        return self._post("events", EventsAnswer, headers, **body, **({"partial": True} if partial else {}))

    def consent(self, *rows: dict[str, Any]) -> ConsentAnswer:
        """Consents and objections, up to 1,000: customer_id, channel (or all), purpose, granted, happened_at."""
        return self._post("consent", ConsentAnswer, consents=list(rows))

    def consents(self, customer_ids: Sequence[str]) -> ConsentsAnswer:
        """What customers said, read back."""
        return self._post("consents", ConsentsAnswer, customer_ids=list(customer_ids))

    def erase(self, customer_id: str) -> EraseAnswer:
        """Remove a person everywhere; with status "queued", `erasure(answer.request_id)` tells when it is done."""
        return self._post("erase", EraseAnswer, customer_id=customer_id)

    def erasure(self, request_id: str) -> ErasureAnswer:
        """How far an erasure is that was queued."""
        return self._made("GET", f"erase/{request_id}", None, ErasureAnswer)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _post(self, call: str, model: type[Answer], _headers: Mapping[str, str] = {}, **body: Any) -> Answer:
        return self._made("POST", call, json.dumps(body).encode(), model, _headers)

    def _made(
        self, method: str, call: str, content: bytes | None, model: type[Answer], headers: Mapping[str, str] = {}
    ) -> Answer:
        for left in range(self._patience, -1, -1):
            status, retry_after, answer = self._exchange(method, f"{self._prefix}/v1/{call}", content, headers)
            if status not in _BUSY or not left:
                break
            time.sleep(retry_after)
        if status not in (200, 202):
            error: ErrorBody = _read(ErrorAnswer, json.loads(answer)).error
            raise CallError(status, error.code, error.message, error.field, error.request_id)
        read: Answer = _read(model, json.loads(answer))
        return read

    def _exchange(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, float, bytes]:
        """One request; made again once when the service had closed a connection that was idle."""
        for last in (False, True):
            try:
                self._connection.request(method, path, content, {**self._headers, **headers})
                answer = self._connection.getresponse()
                return answer.status, float(answer.headers.get("retry-after", "1")), answer.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self._connection.close()
                if last:
                    raise
        raise AssertionError


def _read(kind: Any, given: dict[str, Any]) -> Any:
    """A JSON object as its dataclass; what this file does not know yet is left out."""
    hints = get_type_hints(kind)
    known = {one.name: _value(hints[one.name], given[one.name]) for one in fields(kind) if one.name in given}
    return kind(**known)


def _value(kind: Any, given: Any) -> Any:
    if given is None:
        return None
    inside = [one for one in get_args(kind) if one is not NoneType]
    if get_origin(kind) is list:
        return [_value(inside[0], one) for one in given]
    if get_origin(kind) is dict:
        return {name: _value(inside[1], one) for name, one in given.items()}
    if is_dataclass(kind):
        return _read(kind, given)
    shapes = [one for one in inside if is_dataclass(one)]
    if shapes:  # of several the one that knows most of what was given
        return _read(max(shapes, key=lambda one: len({known.name for known in fields(one)} & set(given))), given)
    return _value(inside[0], given) if len(inside) == 1 else given
