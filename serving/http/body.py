"""Reading a request's body: JSON only, bounded in size and in time."""

import asyncio
from collections.abc import Mapping
from typing import Any

from serving.errors import RequestError

_DRAIN_BYTES = 32_000_000  # read and thrown away, so that the client gets to see its 413


class ClientGone(Exception):
    """The client left before its request was whole; there is nobody to answer."""


def headers_of(scope: Mapping[str, Any]) -> dict[bytes, bytes]:
    """Headers by lower-case name; of a repeated one the last."""
    return dict(scope["headers"])


def check_type(headers: Mapping[bytes, bytes], wanted: bytes = b"application/json") -> None:
    """Refuse what does not say it is of the wanted type, plain and in UTF-8.

    Raises
    ------
    RequestError   415
    """
    media, _, parameters = headers.get(b"content-type", b"").lower().partition(b";")
    charset = parameters.replace(b'"', b"").replace(b" ", b"").partition(b"charset=")[2]
    if media.strip() != wanted or charset not in (b"", b"utf-8"):
        told = "JSON" if wanted == b"application/json" else "the form"
        message = f"Send {told} in UTF-8, with Content-Type: {wanted.decode()}."
        raise RequestError(415, "unsupported_media_type", message)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise RequestError(415, "unsupported_media_type", "Send the body as it is, not compressed.")


class Bodies:
    """Bodies under way. Where too many are, the one that has taken longest is ended: slow clients keep nobody out.

    Parameters
    ----------
    most_bytes : of one body
    seconds : a body may take
    at_once : bodies that may be under way
    """

    def __init__(self, most_bytes: int, seconds: float, at_once: int) -> None:
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._at_once = at_once
        self._under_way: dict[asyncio.Timeout, None] = {}

    async def read(self, receive: Any, headers: Mapping[bytes, bytes]) -> bytes:
        """The whole body.

        Raises
        ------
        RequestError   413 when it is too large, 408 when the client takes too long
        ClientGone     if the connection ended
        """
        try:
            async with asyncio.timeout(self._seconds) as limit:
                self._admit(limit)
                try:
                    return await _whole(receive, headers, self._most_bytes)
                finally:
                    self._under_way.pop(limit, None)
        except TimeoutError:
            message = f"The request did not arrive within {self._seconds:g} seconds."
            raise RequestError(408, "timeout", message) from None

    def _admit(self, limit: asyncio.Timeout) -> None:
        if len(self._under_way) >= self._at_once:
            longest = next(iter(self._under_way))
            del self._under_way[longest]
            longest.reschedule(0.0)  # long past: it ends as if its time were over
        self._under_way[limit] = None


async def _whole(receive: Any, headers: Mapping[bytes, bytes], most: int) -> bytes:
    announced = headers.get(b"content-length", b"0")
    size, more = 0, True
    chunks: list[bytes] = []
    too_large = announced.isdigit() and int(announced[:18]) > most
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        too_large = too_large or size > most
        if too_large:
            chunks.clear()
            if size > _DRAIN_BYTES:
                break
        else:
            chunks.append(chunk)
    if too_large:
        raise RequestError(413, "too_large", f"A body may have at most {most:,} bytes.", field="body")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
