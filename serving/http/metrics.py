"""What a Prometheus server reads: counts and times, never ids. Worker processes add up."""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

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
        self.ready = self._gauge("perennial_ready", "1 when calls are answered", registry)
        self.snapshot_age = self._gauge(
            "perennial_snapshot_age_days", "Days the snapshot is older than today's", registry
        )
        self.waiting = self._gauge("perennial_events_waiting", "Events newer than the snapshot", registry)
        self.release = Gauge(
            "perennial_release_info",
            "1 for the release that is served",
            ("release", "shop"),
            registry=registry,
            multiprocess_mode="max",
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
        gathered = CollectorRegistry()
        MultiProcessCollector(gathered)  # type: ignore[no-untyped-call]
        return generate_latest(gathered)

    @staticmethod
    def _gauge(name: str, about: str, registry: CollectorRegistry) -> Gauge:
        return Gauge(name, about, registry=registry, multiprocess_mode="min")
