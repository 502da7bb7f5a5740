"""Calling an ASGI application in process."""

import asyncio
from typing import Any

import httpx


class Caller:
    """Calls an ASGI application without a network."""

    def __init__(self, app: Any, client: tuple[str, int] = ("127.0.0.1", 5)) -> None:
        self.app = app
        self._client = client

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.request("GET", path, **given)

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=self._client)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, **given)

        return asyncio.run(ask())
