"""What a Prometheus server reads: counts and times, never ids. Worker processes add up.

Counts of a worker that died stay. What says how things stand is of those that live: the worst of them.
"""

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The service's metrics; one object a process."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._registry = registry
        self.requests = Counter("perennial_requests", "Requests answered", ("call", "status"), registry=registry)
        self.seconds = Histogram(
            "perennial_request_seconds",
            "Time from a request's headers to its answer",
            ("call",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.results = Counter("perennial_results", "Results by status", ("call", "status"), registry=registry)
        self.bands = Counter("perennial_churn_scores", "Churn scores given, by band", ("band",), registry=registry)
        self.actions = Counter(
            "perennial_decisions", "Decisions by action and arm", ("action", "arm"), registry=registry
        )
        self.refusals = Counter("perennial_refusals", "Requests refused, by reason", ("code",), registry=registry)
        self.swaps = Counter(
            "perennial_release_changes", "Releases taken up or refused", ("outcome",), registry=registry
        )
        self.keepers = Counter(
            "perennial_page_keeper_restarts", "Page keepers that ended and were started again", registry=registry
        )
        self.ready = Gauge(
            "perennial_ready", "1 when every worker answers calls", registry=registry, multiprocess_mode="livemin"
        )
        self.workers = Gauge("perennial_workers", "Workers that run", registry=registry, multiprocess_mode="livesum")
        self.workers.set(1)
        self.snapshot_age = self._worst("perennial_snapshot_age_days", "Days the oldest snapshot is behind", registry)
        self.waiting = self._worst("perennial_events_waiting", "Events newer than the snapshot", registry)
        self.release = Gauge(
            "perennial_release_info",
            "1 for the release that is served",
            ("release", "shop"),
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._served: tuple[str, str] | None = None

    def serves(self, release: str, shop: str) -> None:
        """Say which release this process serves from now on."""
        if self._served is not None:
            self.release.labels(*self._served).set(0)
        self._served = (release, shop)
        self.release.labels(release, shop).set(1)

    def text(self) -> bytes:
        """The page at /metrics; in a service of several processes, the sum over them."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        _forget_the_dead(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
        gathered = CollectorRegistry()
        MultiProcessCollector(gathered)  # type: ignore[no-untyped-call]
        return generate_latest(gathered)

    @staticmethod
    def _worst(name: str, about: str, registry: CollectorRegistry) -> Gauge:
        return Gauge(name, about, registry=registry, multiprocess_mode="livemax")


def _forget_the_dead(folder: Path) -> None:
    """A worker that was killed cannot say that it is gone."""
    for pid in {path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*_*.db")}:
        if pid.isdigit() and not _lives(int(pid)):
            with suppress(FileNotFoundError):  # another worker was asked at the same moment
                mark_process_dead(int(pid))  # type: ignore[no-untyped-call]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False
