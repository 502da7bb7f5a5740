"""Taking up a promoted release or a new snapshot without a restart; a bad one is refused, the old goes on."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from scoring.errors import ServingError
from serving.http.metrics import Metrics
from serving.log import log
from serving.process.loaded import Live, load_live
from serving.settings import Settings
from serving.snapshot.block_digests import blocks_of

_BLOCKS = 64  # looked at in one look: 4 MiB of one file


class Watcher:
    """Holds the current Live and follows the two pointer files.

    Parameters
    ----------
    on_swap : called with every Live that is taken up, before calls see it
    preflight : given the release's pointer, raises when it must not be loaded in this process
    """

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        on_swap: Callable[[Live], None],
        preflight: Callable[[Path], None],
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._on_swap = on_swap
        self._preflight = preflight
        self._pointers = tuple(settings.of_shop(kind) / "current.json" for kind in ("releases", "snapshots"))
        self._tried: tuple[bytes, ...] = ()
        self._trusted = b""
        self._looking = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="perennial-watch", daemon=True)
        self._blocks: Iterator[tuple[Path, int]] = iter(())
        self.live: Live | None = None
        self.why = "The release has not been loaded yet."

    def start(self) -> None:
        """Load what is current, then follow it in the background."""
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """Stop following; returns when the thread has ended or after two seconds."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def look(self) -> None:
        """Take up what the pointers name, if they changed since the last look."""
        with self._looking:  # who looks while another takes something up, waits until it is
            seen = tuple(_bytes(pointer) for pointer in self._pointers)
            if seen == self._tried:
                return
            self._tried = seen
            try:
                self._take_up(seen[0])
            except ServingError as error:
                self._refuse(error)
            except Exception as error:  # whatever it is, the thread that watches goes on
                told = f"What the pointers name cannot be loaded ({type(error).__name__}: {error}). Publish it again."
                self._refuse(ServingError(told))

    def _take_up(self, pointer: bytes) -> None:
        if pointer != self._trusted:
            self._preflight(self._pointers[0])
        live = load_live(self._settings)
        for path in live.snapshot.files:
            live.snapshot.refuse_damage(path)
        self._trusted = pointer
        self._on_swap(live)
        self.live, self.why, self._blocks = live, "", _blocks(live.snapshot.files)
        self._metrics.swaps.labels("taken_up").inc()
        self._metrics.ready.set(1)
        self._metrics.serves(live.release.release_id, live.release.shop)
        log("serving", release=live.release.release_id, snapshot=live.snapshot.name, versions=live.versions)

    def _refuse(self, error: ServingError) -> None:
        self.why = str(error)
        self._metrics.swaps.labels("refused").inc()
        if self.live is None:
            self._metrics.ready.set(0)
        log("release_refused", level="error", why=self.why, serving=self.live is not None)

    def _watch(self) -> None:
        while not self._stop.wait(self._settings.watch_seconds):
            self.look()
            self.look_at_blocks()

    def look_at_blocks(self) -> None:
        """Look at the next blocks of the snapshot that is served; what has changed on the disk is served no longer."""
        live = self.live
        if live is None:
            return
        try:
            path, first = next(self._blocks, (None, 0))
            if path is None:
                self._blocks = _blocks(live.snapshot.files)
            else:
                live.snapshot.refuse_damage(path, first, first + _BLOCKS)
        except ServingError as error:
            if not live.snapshot.folder.exists():  # made room for newer ones
                return
            self.live = None
            self._refuse(error)


def _blocks(files: Sequence[Path]) -> Iterator[tuple[Path, int]]:
    """Where each look at the files begins, from the first block of the first to the last of the last."""
    return iter([(path, first) for path in files for first in range(0, blocks_of(path), _BLOCKS)])


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
