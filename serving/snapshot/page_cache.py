"""A process that keeps snapshot and history in memory for all workers, so that a call need not wait for the disk.

The system drops pages of files that were not read for a while, some systems within half a minute, and reading one again
takes a call between one and a hundred milliseconds. A process that maps the files keeps their pages; were it the
worker, they would count as its own memory. Nothing is locked: under pressure the system still takes pages back.
"""

import mmap
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from serving.log import log

_MB = 1_000_000
_LOOK_SECONDS = 1.0
_LONGEST_PAUSE = 300.0  # seconds between two starts of a process that keeps being killed


class PageKeeper:
    """Holds files in memory from a process of its own; it ends with the process that made it.

    Parameters
    ----------
    megabytes : files are taken in the order given while they fit into so much; 0 keeps none
    """

    def __init__(self, megabytes: int) -> None:
        self._most = megabytes * _MB
        self._kept: list[Path] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._pause, self._not_before = _LOOK_SECONDS, 0.0

    def keep(self, files: Sequence[Path]) -> None:
        """Keep these files instead of those before; returns at once. What cannot be kept is said in the log."""
        with self._lock:
            self._end()
            self._kept, left = fitting(files, self._most)
            self._pause, self._not_before = _LOOK_SECONDS, 0.0
            if self._kept and self._start():
                size = sum(path.stat().st_size for path in self._kept)
                log("keeping", megabytes=size // _MB, left_out=[one.name for one in left])

    def look_after(self) -> bool:
        """Start the process again where it has ended by itself, later and later where it does so again; whether it was.

        Without it calls go on and wait for the disk.
        """
        with self._lock:
            ended = self._process is not None and self._process.poll() is not None
            if not ended or time.monotonic() < self._not_before:
                return False
            code = self._process.returncode if self._process is not None else 0
            self._end()
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            self._not_before = time.monotonic() + self._pause
            log("page_keeper_ended", level="warning", code=code, started_again=self._start())
            return True

    def close(self) -> None:
        """Let go of all files."""
        with self._lock:
            self._end()
            self._kept = []

    def _start(self) -> bool:
        paths = [str(path.resolve()) for path in self._kept]
        code = Path(__file__).parents[2]  # within a Bento nothing is installed under our name
        try:
            command = [sys.executable, "-m", "serving.snapshot.page_cache", *paths]
            self._process = subprocess.Popen(command, cwd=code, stdin=subprocess.PIPE)
        except OSError as error:
            log("not_kept", level="warning", why=str(error))
        return self._process is not None

    def _end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            with self._process:  # closes its input and waits
                self._process = None


def fitting(files: Iterable[Path], most: int) -> tuple[list[Path], list[Path]]:
    """Those of the files that fit into so many bytes, taken in order, and those that do not; empty ones in neither."""
    kept, left, total = [], [], 0
    for path in files:
        size = path.stat().st_size
        if size and total + size <= most:
            kept.append(path)
            total += size
        elif size:
            left.append(path)
    return kept, left


def main(paths: Sequence[str]) -> None:
    """Keep files mapped until the input ends; one that was put in another's place is mapped anew."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker decides when it ends
    with suppress(OSError):
        os.nice(10)
    held: dict[str, tuple[int, mmap.mmap]] = {}
    while True:
        for path in paths:
            if path in held and held[path][0] != _number(path):
                del held[path]  # what was erased from the new file must not live on in the old one
            if path not in held:
                with suppress(OSError, ValueError):
                    held[path] = _mapped(path)
        if select.select([sys.stdin], [], [], _LOOK_SECONDS)[0]:
            return


def _number(path: str) -> int | None:
    try:
        return Path(path).stat().st_ino
    except OSError:
        return None


def _mapped(path: str) -> tuple[int, mmap.mmap]:
    """The file's number and its pages, every one of them read."""
    with Path(path).open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        for at in range(0, len(mapped), mmap.PAGESIZE):
            mapped[at]
        return os.fstat(file.fileno()).st_ino, mapped


if __name__ == "__main__":
    main(sys.argv[1:])
