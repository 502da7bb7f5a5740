"""A browser without a screen: keeps cookies, follows forms, in process."""

import asyncio
import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlencode


@dataclass
class Seen:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def told(self) -> str:
        """The page's text, without its marks."""
        content = re.sub(r"<style>.*?</style>", " ", self.text, flags=re.DOTALL)
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", content)))

    def header(self, name: str) -> str:
        found = [value for one, value in self.headers if one == name]
        assert len(found) <= 1, found
        return found[0] if found else ""

    @property
    def cookies(self) -> list[str]:
        return [value for name, value in self.headers if name == "set-cookie"]

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.text)
        return found[1] if found else ""


class Visitor:
    """One browser at an application."""

    def __init__(self, app: Any, language: str = "en", client: str = "127.0.0.1") -> None:
        self.app = app
        self.cookies: dict[str, str] = {}
        self.token = ""
        self._language = language
        self._client = client

    def get(self, path: str, **more: Any) -> Seen:
        return self.request("GET", path, b"", **more)

    def post(self, path: str, **fields: str) -> Seen:
        """Send a form with the token of the last page that had one."""
        given = {"token": self.token, **fields}
        return self.request("POST", path, urlencode(given).encode())

    def sign_in(self, key: str) -> Seen:
        """The answer to the form; who got in has opened the page it leads to."""
        self.get("/ui/sign-in")
        seen = self.post("/ui/sign-in", key=key)
        if seen.status == 303:
            self.get(seen.header("location"))
        return seen

    def request(
        self, method: str, path: str, content: bytes, headers: dict[str, str] | None = None, scheme: str = "http"
    ) -> Seen:
        where, _, query = path.partition("?")
        given = {"accept-language": self._language, "cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if method == "POST":
            given["content-type"] = "application/x-www-form-urlencoded"
        given |= headers or {}
        seen = Seen(0, [], b"")

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                seen.headers = [(name.decode(), value.decode()) for name, value in message["headers"]]
            else:
                seen.body += message["body"]

        scope = {
            "type": "http", "method": method, "path": where, "query_string": query.encode(), "scheme": scheme,
            "client": (self._client, 5), "headers": [(k.encode(), v.encode("latin-1")) for k, v in given.items()],
        }  # fmt: skip
        asyncio.run(self.app(scope, receive, send))
        self._keep(seen)
        return seen

    def _keep(self, seen: Seen) -> None:
        for told in seen.cookies:
            name, _, value = told.partition(";")[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        self.token = seen.token or self.token
