"""uvicorn's HTTP protocol with a deadline for a request's headers, which uvicorn does not have.

A client that opens a connection and never finishes its headers is invisible to an ASGI application; here it is
ended. Bodies have their own deadline, in serving.http.body.
"""

import asyncio
import secrets
from typing import Any, ClassVar

from pydantic_core import to_json
from uvicorn.protocols.http.auto import AutoHTTPProtocol


class DeadlineProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # chosen when uvicorn is imported
    """Answers 408 and closes when a request's headers take longer than `seconds`."""

    seconds: ClassVar[float] = 5.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:  # still no request that could be answered
            self._arm()
        else:
            self._disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self._end)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        message = f"The request's headers did not arrive within {self.seconds:g} seconds."
        told = {"code": "timeout", "message": message, "field": None, "request_id": secrets.token_hex(8)}
        body = to_json({"error": told})
        head = "HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\nconnection: close\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        self.transport.close()
