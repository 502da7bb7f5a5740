"""A small typed client for the service; nothing but the standard library is needed to call.

with Client("http://127.0.0.1:3000", key="pk_…") as crm:
    for decision in crm.decide(["1", "7"]).results:
        print(decision.customer_id, decision.action, decision.channel)
"""

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel

from scoring.errors import ServingError
from serving.contract import responses

Answer = TypeVar("Answer", bound=BaseModel)
_BUSY = (429, 503)


class CallError(ServingError):
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

    def decide(self, customer_ids: Sequence[str], **more: Any) -> responses.DecideAnswer:
        """One decision a customer; `context` and `events` as in the contract."""
        return self._post("decide", responses.DecideAnswer, customer_ids=list(customer_ids), **more)

    def churn(self, customer_ids: Sequence[str], *, reasons: bool = True) -> responses.ChurnAnswer:
        """How likely customers are to leave, and why."""
        return self._post("churn", responses.ChurnAnswer, customer_ids=list(customer_ids), reasons=reasons)

    def next_purchase(self, customer_ids: Sequence[str]) -> responses.NextPurchaseAnswer:
        """When customers order next, how often and for how much."""
        return self._post("next_purchase", responses.NextPurchaseAnswer, customer_ids=list(customer_ids))

    def channel_preference(self, customer_ids: Sequence[str]) -> responses.ChannelPreferenceAnswer:
        """How customers like to be reached, buy, and are moved by promotions."""
        return self._post("channel_preference", responses.ChannelPreferenceAnswer, customer_ids=list(customer_ids))

    def recommend(self, customer_ids: Sequence[str], k: int = 10, **more: Any) -> responses.RecommendAnswer:
        """Products a customer; `store_id` and `exclude` as in the contract."""
        return self._post("recommend", responses.RecommendAnswer, customer_ids=list(customer_ids), k=k, **more)

    def profile(self, customer_id: str) -> responses.ProfileAnswer:
        """Everything known of one customer."""
        return self._post("profile", responses.ProfileAnswer, customer_id=customer_id)

    def events(
        self, *, partial: bool = False, delivery: str = "", **rows: Sequence[dict[str, Any]]
    ) -> responses.EventsAnswer:
        """Rows of `touchpoints`, `orders`, `messages`, `responses` and `tickets`; on disk when this returns.

        Parameters
        ----------
        partial : keep the rows that can be kept, with a result a row
        delivery : a name of your own for these rows; sent again under it they get the same answer
        """
        body: dict[str, Any] = {name: list(given) for name, given in rows.items()}
        headers = {"idempotency-key": delivery} if delivery else {}
        return self._post("events", responses.EventsAnswer, headers, **body, **({"partial": True} if partial else {}))

    def consent(self, *rows: dict[str, Any]) -> responses.ConsentAnswer:
        """Consents and objections, up to 1,000: customer_id, channel (or all), purpose, granted, happened_at."""
        return self._post("consent", responses.ConsentAnswer, consents=list(rows))

    def consents(self, customer_ids: Sequence[str]) -> responses.ConsentsAnswer:
        """What customers said, read back."""
        return self._post("consents", responses.ConsentsAnswer, customer_ids=list(customer_ids))

    def erase(self, customer_id: str) -> responses.EraseAnswer:
        """Remove a person everywhere."""
        return self._post("erase", responses.EraseAnswer, customer_id=customer_id)

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
        content = json.dumps(body).encode()
        for left in range(self._patience, -1, -1):
            status, retry_after, answer = self._exchange(f"{self._prefix}/v1/{call}", content, _headers)
            if status not in _BUSY or not left:
                break
            time.sleep(retry_after)
        if status != 200:
            error = responses.ErrorAnswer.model_validate_json(answer).error
            raise CallError(status, error.code, error.message, error.field, error.request_id)
        return model.model_validate_json(answer)

    def _exchange(self, path: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, float, bytes]:
        """One request; made again once when the service had closed a connection that was idle."""
        for last in (False, True):
            try:
                self._connection.request("POST", path, content, {**self._headers, **headers})
                answer = self._connection.getresponse()
                return answer.status, float(answer.headers.get("retry-after", "1")), answer.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self._connection.close()
                if last:
                    raise
        raise AssertionError
