"""Everything under /ui/: who may come in, which page it is, and that every answer is a page.

A page is shown to nobody without a session, every form carries a token of its session, and nothing of a person stands
in an address. Pages are answered in threads of their own, so that they keep no call waiting.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from serving.errors import RequestError
from serving.http.application import failed, language, refused
from serving.http.body import Bodies, ClientGone, check_type, headers_of
from serving.http.lanes import Lane
from serving.http.routes import Reply
from serving.settings import Settings
from serving.ui.forms import FORM, MOST_BYTES, cookie, cookies_of, fields_of
from serving.ui.sessions import Sessions, refuse_foreign_form
from serving.ui.visit import Shown, SitePage, Visit, elsewhere
from serving.ui.words import LANGUAGES, words_of

HOME, SIGN_IN, SIGN_OUT = "/ui/today", "/ui/sign-in", "/ui/sign-out"
_LANGUAGE = "perennial_language"
_DAYS = 365  # a language is remembered
_TOLD = (400, 403, 404, 405, 408, 413, 415, 429, 503)  # with a sentence of their own


class Site:
    """Answers browsers.

    Parameters
    ----------
    views : by path, for who is signed in
    """

    def __init__(self, settings: Settings, sessions: Sessions, views: Mapping[str, SitePage]) -> None:
        self._sessions = sessions
        self._views = views
        self._bodies = Bodies(min(MOST_BYTES, settings.body_bytes), settings.client_seconds, settings.receiving)
        self._lane = Lane("ui", 2, 16)
        self._session, self._opened = (cookie_name(kind, settings.shop) for kind in ("session", "form"))

    async def __call__(self, scope: Mapping[str, Any], receive: Any, request_id: str) -> Reply:
        """The answer to one request; always a page."""
        headers, name = headers_of(scope), self._name(scope["path"])
        visit = _visit(scope, headers, self._session)
        try:
            body = await self._body(visit, receive, headers)
            shown = await self._lane.run(lambda: self._remembering(_read(visit, scope, body)))
        except (ClientGone, asyncio.CancelledError):
            raise
        except RequestError as error:
            refused(name, error, request_id)
            shown = _problem(visit, error)
        except Exception as error:
            shown = _problem(visit, failed(name, error, request_id))
        body = b"" if visit.method == "HEAD" else shown.body
        return Reply(name, shown.status, list(shown.headers), body)

    def close(self) -> None:
        """Let go of the threads."""
        self._lane.close()

    def _name(self, path: str) -> str:
        own = {SIGN_IN: "ui_sign_in", SIGN_OUT: "ui_sign_out"}
        return own.get(path) or (self._views[path].name if path in self._views else "ui")

    async def _body(self, visit: Visit, receive: Any, headers: Mapping[bytes, bytes]) -> bytes:
        if visit.method in ("GET", "HEAD"):
            return b""
        body = await self._bodies.read(receive, headers)
        if visit.method == "POST":
            check_type(headers, FORM)
        return body

    def _remembering(self, visit: Visit) -> Shown:
        """The answer, and with it the language that was asked for."""
        shown, asked = self._shown(visit), visit.fields.get("lang", "")
        if asked not in LANGUAGES:
            return shown
        return replace(shown, headers=(*shown.headers, cookie(_LANGUAGE, asked, visit.secure, _DAYS)))

    def _shown(self, visit: Visit) -> Shown:
        if visit.path == SIGN_IN:
            return self._sign_in(visit)
        if not self._sessions.is_open(visit.secret):
            return elsewhere(SIGN_IN, *([cookie(self._session, "", visit.secure)] if visit.secret else []))
        if visit.path in ("/ui", "/ui/"):
            return elsewhere(HOME)
        view = (
            SitePage("ui_sign_out", self._sign_out, ("POST",))
            if visit.path == SIGN_OUT
            else self._views.get(visit.path)
        )
        if view is None:
            raise RequestError(404, "not_found", "There is no such page.")
        _refuse_method(visit, view.methods)
        if visit.method == "POST":
            refuse_foreign_form(visit.secret, visit.fields.get("token", ""))
        return view.answer(visit)

    def _sign_in(self, visit: Visit) -> Shown:
        _refuse_method(visit, ("GET", "POST"))
        if visit.method == "POST" and "key" in visit.fields:
            return self._signed_in(visit)
        if self._sessions.is_open(visit.secret):
            return elsewhere(HOME)
        return self._form(visit, "")

    def _signed_in(self, visit: Visit) -> Shown:
        try:
            refuse_foreign_form(visit.cookies.get(self._opened, ""), visit.fields.get("token", ""))
        except RequestError as error:
            return self._form(visit, "old_form", error.status)
        try:
            token = self._sessions.sign_in(visit.fields["key"], visit.client)
        except RequestError as error:
            told = {401: "wrong_key", 403: "key_without_scope"}.get(error.status)
            if told is None:
                raise
            return self._form(visit, told, error.status)
        gone = cookie(self._opened, "", visit.secure)
        return elsewhere(HOME, cookie(self._session, token, visit.secure), gone)

    def _form(self, visit: Visit, problem: str, status: int = 200) -> Shown:
        secret = secrets.token_urlsafe(32)
        minutes = int(self._sessions.idle.total_seconds() // 60)
        one = replace(visit, method="GET", fields={}, secret="")
        shown = one.page("sign_in", status=status, secret=secret, problem=problem, keys=self._sessions.has_keys,
                         minutes=minutes, here="")  # fmt: skip
        return replace(shown, headers=(*shown.headers, cookie(self._opened, secret, visit.secure)))

    def _sign_out(self, visit: Visit) -> Shown:
        self._sessions.sign_out(visit.secret)
        return elsewhere(SIGN_IN, cookie(self._session, "", visit.secure))


def cookie_name(kind: str, shop: str) -> str:
    """A shop's own: browsers give cookies to every service of a machine, whatever its port."""
    return f"perennial_{kind}_{hashlib.sha256(shop.encode()).hexdigest()[:8]}"


def _visit(scope: Mapping[str, Any], headers: Mapping[bytes, bytes], session: str) -> Visit:
    """What can be said of a request before anything of it is read that may be wrong."""
    cookies = cookies_of(headers)
    chosen = cookies.get(_LANGUAGE, "")
    spoken = chosen if chosen in LANGUAGES else language(headers.get(b"accept-language", b"")[:200])
    forwarded = headers.get(b"x-forwarded-proto", b"").split(b",")[0].strip().lower()
    client = str((scope.get("client") or ("",))[0])
    secure = scope.get("scheme") == "https" or forwarded == b"https"
    return Visit(scope["method"], scope["path"], client, words_of(spoken), secure, cookies=cookies,
                 secret=cookies.get(session, ""))  # fmt: skip


def _read(visit: Visit, scope: Mapping[str, Any], body: bytes) -> Visit:
    """The visit with its fields, in the language it asks for."""
    query = scope.get("query_string", b"")
    fields = fields_of(body if visit.method == "POST" else query)
    asked = fields.get("lang", "")
    words = words_of(asked) if asked in LANGUAGES else visit.words
    return replace(visit, words=words, fields=fields)


def _refuse_method(visit: Visit, methods: tuple[str, ...]) -> None:
    known = (*methods, *(("HEAD",) if "GET" in methods else ()))
    if visit.method not in known:
        raise RequestError(405, "method_not_allowed", ", ".join(known))


def _problem(visit: Visit, error: RequestError) -> Shown:
    """A page about what went wrong, in words of the person's language; never a value from the request."""
    told = visit.words.say[f"error_{error.status}" if error.status in _TOLD else "error_500"]
    alone = replace(visit, method="GET", path="/ui/", fields={}, secret="")
    shown = alone.page("problem", status=error.status, told=told, here="")
    more: list[tuple[bytes, bytes]] = []
    if error.status == 405:
        more.append((b"allow", error.message.encode()))
    if error.retry_after is not None:
        more.append((b"retry-after", str(error.retry_after).encode()))
    if error.status in (408, 413):
        more.append((b"connection", b"close"))
    return replace(shown, headers=(*shown.headers, *more))
