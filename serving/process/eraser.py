"""A worker's part in erasing: a call waits a little for the files; the rest is done in the background."""

import sqlite3
import threading
from collections.abc import Sequence

from scoring.errors import ServingError
from serving.log import log
from serving.state.database import State
from serving.state.erase_files import Places
from serving.state.erasure import Erasure, erase, settle, suppress

_LOOK_SECONDS = 1.0
_PATIENCE = 2.0  # seconds a call waits while others change the files
_WAITING = 2  # calls that wait at once; more would keep the worker from answering others
_AFTER_TROUBLE = 30  # looks to skip when files could not be read


class Eraser:
    """Erases for calls, and finishes what waits: of other workers, of killed ones, of calls that did not wait."""

    def __init__(self, state: State, places: Places) -> None:
        self._state = state
        self._places = places
        self._room = threading.BoundedSemaphore(_WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="perennial-eraser", daemon=True)

    def start(self) -> None:
        """Begin to look, each second, whether an erasure waits."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; returns when the thread has ended or after five seconds."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def erase(self, customer_ids: Sequence[str], request_id: str) -> Erasure:
        """Erase a person, given by every id; not done while the files are another's for longer than a call waits."""
        if not self._room.acquire(blocking=False):
            suppress(self._state, customer_ids, request_id)
            return Erasure(done=False, removed={})
        try:
            return erase(self._state, self._places, customer_ids, request_id, seconds=_PATIENCE)
        finally:
            self._room.release()

    def _follow(self) -> None:
        skip = 0
        while not self._stop.wait(_LOOK_SECONDS):
            if skip:
                skip -= 1
                continue
            try:
                settle(self._state, self._places)
            except (OSError, ValueError, ServingError, sqlite3.Error) as error:
                log("erasure_waits", level="error", error=type(error).__name__)
                skip = _AFTER_TROUBLE
