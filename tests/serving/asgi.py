"""Calling an ASGI application in process, without a network and without waiting for one."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """What came back."""

    status_code: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Caller:
    """Calls an application as a client at an address."""

    def __init__(self, app: Any, client: tuple[str, int] = ("127.0.0.1", 5)) -> None:
        self.app = app
        self._client = client

    def get(self, path: str) -> Answer:
        return self.request("GET", path, {}, b"")

    def post(
        self, path: str, *, json: Any = None, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        given = dict(headers or {})
        if json is not None:
            given.setdefault("content-type", "application/json")
            content = dumped(json)
        return self.request("POST", path, given, content)

    def request(self, method: str, path: str, headers: Mapping[str, str], content: bytes) -> Answer:
        answer = Answer()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.status_code = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                answer.content += message["body"]

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "client": self._client,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        asyncio.run(self.app(scope, receive, send))
        return answer


def dumped(body: Any) -> bytes:
    return json.dumps(body).encode()
