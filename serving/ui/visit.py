"""One request of a browser, and what it is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from serving.http.application import HTML
from serving.ui import render
from serving.ui.sessions import form_token
from serving.ui.words import LANGUAGES, PageWords

Header = tuple[bytes, bytes]
_LANGUAGE_FIELDS = ("lang", "token")


@dataclass(frozen=True)
class Shown:
    """What a browser gets: a page, a file or another address."""

    body: bytes = b""
    headers: tuple[Header, ...] = ()
    status: int = 200


@dataclass(frozen=True)
class Visit:
    """One request, its fields read.

    Attributes
    ----------
    fields : of the form, or of the address where the page is only read
    cookies : by name
    secret : the token of the session, empty for who is not signed in
    secure : whether it came through https
    """

    method: str
    path: str
    client: str
    words: PageWords
    secure: bool
    fields: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""

    def page(self, template: str, *, status: int = 200, frames: bool = False, secret: str = "", **facts: Any) -> Shown:
        """A page of ours.

        Parameters
        ----------
        frames : whether another page of ours stands inside it
        secret : what its forms follow from, where that is not the session
        """
        token = form_token(secret or self.secret) if secret or self.secret else ""
        body = render.page(
            template,
            self.words,
            token=token,
            signed_in=bool(self.secret),
            languages=LANGUAGES,
            again=self._again(),
            **facts,
        )
        headers = ((b"content-type", HTML), (b"content-security-policy", render.policy(frames)))
        return Shown(body, (*headers, (b"x-frame-options", b"DENY")), status)

    def _again(self) -> dict[str, Any]:
        """The form that asks for the same in another language; what was secret in it is not repeated."""
        kept = {name: value for name, value in self.fields.items() if name not in (*_LANGUAGE_FIELDS, "key")}
        return {"method": "post" if self.method == "POST" else "get", "path": self.path, "fields": kept}


def elsewhere(path: str, *headers: Header) -> Shown:
    """Lead the browser on to another page, to be read with GET."""
    return Shown(headers=((b"location", path.encode()), *headers), status=303)


@dataclass(frozen=True)
class SitePage:
    """A page at a path.

    Attributes
    ----------
    name : as metrics call it
    answer : takes the visit of somebody who is signed in
    methods : with which it may be asked for; HEAD goes with GET
    """

    name: str
    answer: Callable[[Visit], Shown]
    methods: tuple[str, ...] = ("GET",)
