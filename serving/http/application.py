"""The ASGI application behind /v1: one request in, one JSON answer out, one shape for every error.

It stands in front of BentoML's own routing, see docs/adr/0003; what it does not know it passes on.
"""

import asyncio
import itertools
import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from time import perf_counter
from types import MappingProxyType
from typing import Any

from pydantic_core import to_json

from serving.errors import RequestError
from serving.http.body import Bodies, ClientGone, check_type, headers_of
from serving.http.lanes import lanes
from serving.http.metrics import Metrics
from serving.http.routes import Caller, Kept, Page, Reply, Route, States
from serving.http.storage import storage_problem
from serving.http.validation import parsed
from serving.log import log
from serving.settings import Settings

Send = Callable[[dict[str, Any]], Awaitable[None]]
_JSON = (b"content-type", b"application/json")
HTML = b"text/html; charset=utf-8"
# A page is read from nowhere but here, and answers, which hold personal data, are kept by nobody on the way.
_SAFE = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_POLICY = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
_MANY = 16  # customers from which a call leaves the event loop, so that others are not kept waiting
_LONGEST_LANGUAGE = 200  # bytes of Accept-Language that are looked at

Authorise = Callable[[Mapping[bytes, bytes], Any, str], str]
Site = Callable[[Mapping[str, Any], Any, str], Awaitable[Reply]]


class Application:
    """Routes requests; knows nothing of customers.

    Parameters
    ----------
    routes, pages : by path
    states : by the path before the id
    authorise : takes headers, client address and scope; gives the key's name or raises 401, 403, 429
    site : answers everything under /ui; takes the request's scope, how to receive its body, and its id
    """

    def __init__(
        self,
        settings: Settings,
        routes: Mapping[str, Route],
        pages: Mapping[str, Page],
        authorise: Authorise,
        metrics: Metrics,
        states: Mapping[str, States] = MappingProxyType({}),
        site: Site | None = None,
    ) -> None:
        self._settings = settings
        self._routes = routes
        self._pages = pages
        self._states = states
        self._site = site
        self._authorise = authorise
        self._metrics = metrics
        self._lanes = lanes(settings.in_flight)
        self._bodies = Bodies(settings.body_bytes, settings.client_seconds, settings.receiving)
        self._ids = (f"{prefix}{i:06x}" for prefix in [secrets.token_hex(5)] for i in itertools.count())
        self.lag = 0.0

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Send) -> None:
        start = perf_counter()
        request_id = next(self._ids)
        name, status = "unknown", 500
        try:
            reply = await self._answered(scope, receive, request_id)
            name, status = reply.name, reply.status
            await _send(send, status, [*reply.headers, (b"x-request-id", request_id.encode())], reply.body)
        except ClientGone:
            status = 499
        finally:
            self._metrics.requests.labels(name, status).inc()
            self._metrics.seconds.labels(name).observe(perf_counter() - start)

    async def watch_lag(self, every: float = 0.05) -> None:
        """Keep `lag`: how long a request waits before this process looks at it. Runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + every
            await asyncio.sleep(every)
            self.lag = loop.time() - due

    def close(self) -> None:
        """Let go of the threads."""
        for lane in self._lanes.values():
            lane.close()

    async def _answered(self, scope: Mapping[str, Any], receive: Any, request_id: str) -> Reply:
        path = scope["path"]
        if self._site is not None and (path == "/ui" or path.startswith("/ui/")):
            return await self._site(scope, receive, request_id)
        page, route = self._pages.get(path) or self._state_page(path), self._routes.get(path)
        name = page.name if page else route.name if route else "unknown"
        try:
            if page is not None:
                return self._paged(page, scope)
            answer, status = await self._called(route, scope, receive, request_id)
            return Reply(name, status, [_JSON], _dumps({**answer, "request_id": request_id}))
        except RequestError as error:
            self._metrics.refusals.labels(error.code).inc()
            refused(name, error, request_id)
            return Reply(name, error.status, [_JSON, *_error_headers(error)], _error_body(error, request_id))
        except (ClientGone, asyncio.CancelledError):
            raise
        except Exception as error:
            told = failed(name, error, request_id)
            return Reply(name, told.status, [_JSON, *_error_headers(told)], _error_body(told, request_id))

    def _state_page(self, path: str) -> Page | None:
        stem, _, asked = path.rpartition("/")
        states = self._states.get(stem)
        if states is None:
            return None
        return Page(states.name, lambda: (200, _JSON[1], _dumps(states.answer(asked))), states.scope)

    def _paged(self, page: Page, scope: Mapping[str, Any]) -> Reply:
        if scope["method"] not in ("GET", "HEAD"):
            raise RequestError(405, "method_not_allowed", "This page is read with GET.")
        if page.scope is not None:
            self._authorise(headers_of(scope), scope.get("client"), page.scope)
        status, media, body = page.answer()
        headers = [(b"content-type", media), *([_POLICY] if media == HTML else [])]
        return Reply(page.name, status, headers, b"" if scope["method"] == "HEAD" else body)

    async def _called(
        self, route: Route | None, scope: Mapping[str, Any], receive: Any, request_id: str
    ) -> tuple[Mapping[str, Any], int]:
        headers = headers_of(scope)
        problem: RequestError | None = None
        caller = Caller(request_id, "en", "")
        try:
            self._check_load()
            if route is None:
                raise RequestError(404, "not_found", "There is no such call; the calls are described at /.")
            if scope["method"] != "POST":
                raise RequestError(405, "method_not_allowed", "Calls are made with POST.")
            key = self._authorise(headers, scope.get("client"), route.scope)
            accepted = headers.get(b"accept-language", b"")[:_LONGEST_LANGUAGE]  # they are remembered
            caller = Caller(request_id, language(accepted), key, headers.get(b"idempotency-key", b""))
            check_type(headers)
        except RequestError as error:
            problem = error
        body = await self._bodies.read(receive, headers)  # even when refused: who still sends would not see the answer
        if problem is not None:
            raise problem
        assert route is not None  # else there is a problem
        request = route.parse(body) if route.parse else parsed(route.model, body)
        if caller.delivery:
            caller = replace(caller, body=body)
        if len(getattr(request, "customer_ids", ())) > _MANY or route.blocks(request):
            call = partial(route.answer, request, caller)
            answer = await self._lanes[route.lane or route.scope].run(call)
        else:
            answer = route.answer(request, caller)
        if isinstance(answer, Kept):
            await asyncio.wrap_future(answer.until)
            answer = answer.answer
        return answer, route.status(answer)

    def _check_load(self) -> None:
        if self.lag > self._settings.lag_seconds:
            raise RequestError(429, "overloaded", "The service is busy; try again shortly.", retry_after=1)


@lru_cache(maxsize=256)
def language(accepted: bytes) -> str:
    """ "zh" when the caller prefers it over English, else "en"."""
    best, found = 0.0, "en"
    for part in accepted.decode("latin-1").lower().split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        if tag.split("-")[0] in ("en", "zh") and weight > best:
            best, found = weight, tag.split("-")[0]
    return found


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    sized = [*headers, *_SAFE, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": sized})
    await send({"type": "http.response.body", "body": body})


def _dumps(answer: Mapping[str, Any]) -> bytes:
    return to_json(answer, inf_nan_mode="null")  # several times faster than json.dumps


def _error_body(error: RequestError, request_id: str) -> bytes:
    told = {"code": error.code, "message": error.message, "field": error.field, "request_id": request_id}
    return _dumps({"error": told})


def _error_headers(error: RequestError) -> list[tuple[bytes, bytes]]:
    headers = []
    if error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if error.status in (408, 413):
        headers.append((b"connection", b"close"))
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if error.status == 405:
        headers.append((b"allow", b"GET, HEAD" if "GET" in error.message else b"POST"))
    return headers


def refused(call: str, error: RequestError, request_id: str) -> None:
    """One line of the log about a request that was refused."""
    log("refused", call=call, status=error.status, code=error.code, request_id=request_id)


def failed(call: str, error: Exception, request_id: str) -> RequestError:
    """A line of the log about what nobody foresaw, and what the caller is told."""
    log("failed", level="error", call=call, request_id=request_id, **_where(error))
    return storage_problem(error) or RequestError(500, "internal", "The service failed; its log says where.")


def _where(error: Exception) -> dict[str, str]:
    """An error's type and place; not its message, which may hold a value of the request."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    place = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    return {"error": type(error).__name__, "at": place}
