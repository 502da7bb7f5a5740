"""One worker process: its settings, what it serves from, and the calls bound to both."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from serving import calls, contract
from serving.calls import Asked, Result
from serving.clock import as_utc, local_moment, now
from serving.errors import RequestError
from serving.http import Application, Caller, Page, Route
from serving.live import Live
from serving.metrics import CONTENT_TYPE, Metrics
from serving.openapi import description
from serving.overlay import Overlay
from serving.settings import Settings
from serving.watcher import Watcher

_JSON = b"application/json"


class Worker:
    """Everything a worker process holds; made once, at its start.

    Examples
    --------
    worker = Worker(read_settings(), Metrics()); worker.start(); … ; worker.stop()
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.overlay = Overlay()
        self.watcher = Watcher(settings, metrics)
        self.application = Application(settings, self._routes(), self._pages(), _anyone, metrics)
        self._lag: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Load the release and begin to follow it. Does not fail: /readyz says why it is not ready."""
        self.watcher.start()

    def started_loop(self) -> None:
        """To be called once the event loop runs."""
        self._lag = asyncio.get_running_loop().create_task(self.application.watch_lag())

    def stop(self) -> None:
        """Let go of threads and files."""
        if self._lag is not None:
            self._lag.cancel()
        self.watcher.stop()
        self.application.close()

    def _routes(self) -> dict[str, Route]:
        bound: list[tuple[str, Any, Callable[[Asked, Any], list[Result]]]] = [
            ("decide", contract.Decide, calls.decisions),
            ("churn", contract.Churn, calls.churn),
            ("next_purchase", contract.Customers, calls.next_purchase),
            ("channel_preference", contract.Customers, calls.channel_preference),
            ("recommend", contract.Recommend, calls.recommend),
        ]
        return {f"/v1/{name}": Route(name, model, "read", self._bound(name, call)) for name, model, call in bound}

    def _pages(self) -> dict[str, Page]:
        pages = {
            "/livez": Page("livez", lambda: (200, _JSON, b'{"live":true}')),
            "/readyz": Page("readyz", self._ready),
            "/metrics": Page("metrics", self._metrics_page, scope="read"),
        }
        if self.settings.docs:
            page = Page("docs", lambda: (200, _JSON, json.dumps(description()).encode()))
            pages |= {"/docs.json": page, "/openapi.json": page}
        return pages

    def _bound(
        self, name: str, call: Callable[[Asked, Any], list[Result]]
    ) -> Callable[[Any, Caller], Mapping[str, Any]]:
        def answer(request: Any, caller: Caller) -> Mapping[str, Any]:
            live = self._live()
            moment = local_moment(now(), live.zone, self.settings.today)
            results = call(Asked(live, self.overlay, moment, live.texts[caller.language]), request)
            self._count(name, results)
            return {
                "results": results,
                "as_of": as_utc(live.snapshot.cutoff, live.zone),
                "model_versions": dict(live.versions),
            }

        return answer

    def _live(self) -> Live:
        if self.watcher.live is None:
            raise RequestError(503, "not_ready", "No release is loaded yet; see /readyz.", retry_after=5)
        return self.watcher.live

    def _ready(self) -> tuple[int, bytes, bytes]:
        live = self.watcher.live
        if live is None:
            return 503, _JSON, json.dumps({"ready": False, "why": self.watcher.why}).encode()
        told = {
            "ready": True,
            "shop": live.release.shop,
            "release": live.release.release_id,
            "model_versions": dict(live.versions),
            "snapshot": live.snapshot.name,
            "as_of": as_utc(live.snapshot.cutoff, live.zone),
            "refused": self.watcher.why or None,
        }
        return 200, _JSON, json.dumps(told).encode()

    def _metrics_page(self) -> tuple[int, bytes, bytes]:
        live = self.watcher.live
        if live is not None:
            today = local_moment(now(), live.zone, self.settings.today).date()
            self.metrics.snapshot_age.set(live.snapshot.age_days(today))
        return 200, CONTENT_TYPE.encode(), self.metrics.text()

    def _count(self, name: str, results: list[Result]) -> None:
        for result in results:
            self.metrics.results.labels(name, result["status"]).inc()
            if "band" in result:
                self.metrics.bands.labels(result["band"]).inc()
            if "action" in result:
                self.metrics.actions.labels(result["action"], result["arm"]).inc()


def _anyone(_headers: Mapping[bytes, bytes], _client: Any, _scope: str) -> str:
    return ""
