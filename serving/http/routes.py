"""What an application can be asked for: calls, pages that are only read, states of something begun earlier."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True)
class Caller:
    """Who calls, as far as a call needs to know.

    Attributes
    ----------
    key : the name of the key
    delivery : the Idempotency-Key, empty without one; `body` is what came under it
    """

    request_id: str
    language: str
    key: str
    delivery: bytes = b""
    body: bytes = b""


@dataclass(frozen=True)
class Route:
    """One call of the contract.

    Attributes
    ----------
    name : the call's name in metrics
    model : its request body
    scope : what a key must be allowed: read, write or erase
    answer : takes the request and the caller, gives the answer's own fields
    blocks : whether it may wait for the disk or compute for long with this request
    lane : whose threads it takes then; its scope's when left out
    parse : makes the request of the body
    status : the HTTP status of an answer
    """

    name: str
    model: type[BaseModel]
    scope: str
    answer: "Callable[[Any, Caller], Mapping[str, Any] | Kept]"
    blocks: Callable[[Any], bool] = lambda request: False
    lane: str = ""
    parse: Callable[[bytes], Any] | None = None
    status: Callable[[Mapping[str, Any]], int] = lambda answer: 200


@dataclass(frozen=True)
class Kept:
    """An answer that must not leave before something is done."""

    answer: Mapping[str, Any]
    until: Future[None]


@dataclass(frozen=True)
class Page:
    """A path that is only read; `answer` gives status, content type and body."""

    name: str
    answer: Callable[[], tuple[int, bytes, bytes]]
    scope: str | None = None


@dataclass(frozen=True)
class States:
    """What can be asked of something begun earlier, with GET at <path>/<id>; `answer` takes the id, gives fields."""

    name: str
    answer: Callable[[str], Mapping[str, Any]]
    scope: str


@dataclass(frozen=True)
class Reply:
    """An answer whole: what metrics call it, the status, headers with the content type among them, the body."""

    name: str
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
