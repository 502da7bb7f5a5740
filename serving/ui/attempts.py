"""How often somebody may give a wrong key."""

import time
from collections import deque

from serving.errors import RequestError

MOST = 10
_SECONDS = 60.0
_MOST_CLIENTS = 1_000  # those remembered; the one that failed longest ago is forgotten first


class Attempts:
    """Wrong keys of the last minute, by the client's address; of one worker."""

    def __init__(self) -> None:
        self._failed: dict[str, deque[float]] = {}

    def refuse_too_many(self, client: str) -> None:
        """Refuse to look at another key for a while.

        Raises
        ------
        RequestError   429
        """
        recent = self._failed.get(client)
        moment = time.monotonic()
        if recent is not None and len(recent) == MOST and moment - recent[0] < _SECONDS:
            wait = int(_SECONDS - (moment - recent[0])) + 1
            raise RequestError(429, "rate_limited", "Too many wrong keys; try again later.", retry_after=wait)

    def count(self, client: str) -> None:
        """Note a wrong key."""
        recent = self._failed.pop(client, None) or deque(maxlen=MOST)
        recent.append(time.monotonic())
        self._failed[client] = recent  # the latest stands last
        if len(self._failed) > _MOST_CLIENTS:
            del self._failed[next(iter(self._failed))]
