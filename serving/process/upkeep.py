"""What a worker does beside its calls: tell how it stands, and start its page keeper again where it was killed.

/metrics is answered by whichever worker is asked, for all of them. So each tells on its own, every second, what the
others then read; waiting until it is asked itself would leave its numbers as they were at its start.
"""

import threading
from collections.abc import Callable

from serving.log import log


class Upkeep:
    """Does some things again and again, in a thread of its own; one that fails is told and does not stop the others.

    Parameters
    ----------
    every : seconds
    """

    def __init__(self, every: float, *things: Callable[[], object]) -> None:
        self._every = every
        self._things = things
        self._failing: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="perennial-upkeep", daemon=True)

    def start(self) -> None:
        """Begin, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the thread has, or after two seconds."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def look(self) -> None:
        """Do everything once. A thing that goes on failing is told once."""
        for thing in self._things:
            try:
                thing()
                self._failing.discard(thing.__name__)
            except Exception as error:  # a locked database must not end the thread
                if thing.__name__ not in self._failing:
                    log("upkeep_failed", level="error", what=thing.__name__, error=type(error).__name__)
                    self._failing.add(thing.__name__)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.look()
