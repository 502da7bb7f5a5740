"""A lane takes as many calls as it may hold, refuses one more at once, and has room again when one is done."""

import asyncio
import threading

import pytest

from serving.errors import RequestError
from serving.http.lanes import Lane, lanes


def test_one_too_many_is_refused_and_room_comes_back():
    release = threading.Event()
    lane = Lane("test", threads=1, most=2)

    async def calls() -> None:
        held = [asyncio.ensure_future(lane.run(lambda: release.wait(30))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(RequestError) as refused:
            await lane.run(lambda: True)
        assert (refused.value.status, refused.value.retry_after) == (429, 1)
        release.set()
        assert await asyncio.gather(*held) == [True, True]
        assert await lane.run(lambda: "room again") == "room again"

    try:
        asyncio.run(calls())
    finally:
        lane.close()


def test_a_call_that_fails_gives_its_place_back():
    lane = Lane("test", threads=1, most=1)

    async def calls() -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await lane.run(lambda: 1 / 0)

    try:
        asyncio.run(calls())
    finally:
        lane.close()


def test_writers_have_room_however_few_calls_may_be_in_flight():
    made = lanes(1)
    assert sorted(made) == ["decide", "erase", "read", "write"]
    for lane in made.values():
        lane.close()
