"""Threads for calls that may wait, in lanes: what blocks writers never keeps readers waiting."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from serving.errors import RequestError

Answer = TypeVar("Answer")


class Lane:
    """Threads of their own for one kind of call, and a bound on how many calls may wait for them.

    Parameters
    ----------
    most : calls at work or waiting; above it 429
    """

    def __init__(self, name: str, threads: int, most: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"perennial-{name}")
        self._most = most
        self._held = 0

    async def run(self, call: Callable[[], Answer]) -> Answer:
        """The call's result, from a thread.

        Raises
        ------
        RequestError   429 where too many wait already
        """
        if self._held >= self._most:
            raise RequestError(429, "overloaded", "The service is busy; try again shortly.", retry_after=1)
        self._held += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        finally:
            self._held -= 1

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def lanes(in_flight: int) -> dict[str, Lane]:
    """The lanes by name. Writers get a quarter of what readers get: they wait for one lock anyway."""
    some = max(in_flight // 4, 1)
    return {
        "read": Lane("read", 4, in_flight),
        "decide": Lane("decide", 4, in_flight),  # reads, but keeps what it answered
        "write": Lane("write", 4, some),
        "erase": Lane("erase", 4, some),  # two of them wait for the files, the others are told that it is queued
    }
