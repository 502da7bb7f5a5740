"""A small HTTP load generator: closed loops of callers, and an open loop at a fixed rate.

Written for latencies of a millisecond: one process, keep-alive connections, no parsing beyond status and length.
The open loop counts a request's time from when it was due, so that a server that stalls cannot hide it.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast


@dataclass
class Figures:
    """What a run of requests saw.

    Attributes
    ----------
    seconds : list of float     time of each request that was answered with 200
    statuses : Counter          answers by status; 0 is a connection that broke
    """

    began: float = field(default_factory=perf_counter)
    ended: float = 0.0
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def row(self, target: str, case: str, callers: int) -> dict[str, str | int | float]:
        """One row of the results."""
        ordered = sorted(self.seconds) or [float("nan")]
        answered = self.statuses[200] + self.statuses[429]
        return {
            "target": target,
            "case": case,
            "callers": callers,
            "requests_per_second": round(len(self.seconds) / (self.ended - self.began), 1),
            "p50_ms": round(ordered[len(ordered) // 2] * 1e3, 3),
            "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1e3, 3),
            "errors": sum(self.statuses.values()) - answered,
        }


class Line(asyncio.Protocol):
    """One connection; a request at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._waiting: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, mark, body = self._received.partition(b"\r\n\r\n")
        if not mark:
            return
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        if len(body) >= int(length or b"0"):
            self._received = b""
            self._answer(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._answer(0)

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """Send a request; the future gives the status, 0 when the connection broke."""
        self._waiting = asyncio.get_running_loop().create_future()
        if self._transport is None:
            self._answer(0)
        else:
            self._transport.write(request)
        return self._waiting or asyncio.get_running_loop().create_future()

    @property
    def open(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None

    def _answer(self, status: int) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(status)


def request(path: str, body: bytes, port: int) -> bytes:
    """A POST of JSON, ready to be sent again and again."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def closed_loop(port: int, requests: Sequence[bytes], callers: int, seconds: float) -> Figures:
    """Callers who each ask again as soon as they are answered."""
    return asyncio.run(_closed(port, requests, callers, seconds))


def open_loop(port: int, requests: Sequence[bytes], rate: float, seconds: float, lines: int = 256) -> Figures:
    """Requests that come at a rate, whether or not earlier ones were answered."""
    return asyncio.run(_open(port, requests, rate, seconds, lines))


async def _closed(port: int, requests: Sequence[bytes], callers: int, seconds: float) -> Figures:
    figures = Figures()
    until = figures.began + seconds
    await asyncio.gather(*(_caller(port, _from(requests, i), until, figures) for i in range(callers)))
    figures.ended = perf_counter()
    return figures


async def _caller(port: int, requests: Iterator[bytes], until: float, figures: Figures) -> None:
    line = await _connect(port)
    while perf_counter() < until:
        if not line.open:
            line = await _connect(port)
        await _timed(line, next(requests), perf_counter(), figures)


async def _open(port: int, requests: Sequence[bytes], rate: float, seconds: float, lines: int) -> Figures:
    free: asyncio.Queue[Line] = asyncio.Queue()
    for _ in range(lines):
        free.put_nowait(await _connect(port))
    figures, given, under_way = Figures(), itertools.cycle(requests), set()
    for i in range(int(rate * seconds)):
        due = figures.began + i / rate
        await asyncio.sleep(max(0.0, due - perf_counter()))
        task = asyncio.create_task(_one(port, free, next(given), due, figures))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    figures.ended = perf_counter()
    return figures


async def _one(port: int, free: asyncio.Queue[Line], given: bytes, due: float, figures: Figures) -> None:
    line = await free.get()
    if not line.open:
        line = await _connect(port)
    await _timed(line, given, due, figures)
    free.put_nowait(line)


async def _timed(line: Line, given: bytes, since: float, figures: Figures) -> None:
    status = await line.ask(given)
    figures.statuses[status] += 1
    if status == 200:
        figures.seconds.append(perf_counter() - since)


async def _connect(port: int) -> Line:
    _, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", port)
    return line


def _from(requests: Sequence[bytes], start: int) -> Iterator[bytes]:
    return itertools.islice(itertools.cycle(requests), start * 97 % len(requests), None)
