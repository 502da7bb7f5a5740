"""The BentoML service, and the one file that imports BentoML.

BentoML runs the worker processes, keeps them alive and packs the Bento; calls are answered by
serving.http.application, which stands in front of BentoML's own request handling (docs/adr/0003).
"""

import gc
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import bentoml
from uvicorn.config import HTTP_PROTOCOLS

if TYPE_CHECKING:
    from serving.worker import Worker

_QUIET: dict[str, Any] = {
    "http": {"host": "127.0.0.1"},
    "logging": {"access": {"enabled": False}},
    "metrics": {"enabled": False},  # /metrics is serving.http.metrics
    "tracing": {"excluded_urls": ".*"},  # spans cost 0.2 ms a request and nobody reads them
    "traffic": {"timeout": 60},  # serving.http.body ends slow clients after 5 s
}


class Held:
    """Where the service's instance leaves its worker for the front to find."""

    worker: "Worker | None" = None


class Front:
    """ASGI middleware that answers every request: BentoML's own pages load scripts of others."""

    def __init__(self, app: Any, held: Held) -> None:
        self._app = app
        self._held = held

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._held.worker is not None:
            await self._held.worker.application(scope, receive, send)
        else:  # starting or ending
            headers = [(b"content-length", b"0"), (b"retry-after", b"1")]
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": b""})


HELD = Held()


class Process:
    """Decisions, scores and recommendations for the customers of one shop."""

    def __init__(self) -> None:
        # Here and not above: the supervising process imports this file too, and needs none of it.
        from serving.process.preflight import Preflight
        from serving.settings import read_settings

        settings, preflight = read_settings(), Preflight()
        preflight.begin(settings.of_shop("releases") / "current.json")  # it takes as long as the imports below
        from serving.process.slim_import import import_lightgbm_alone

        import_lightgbm_alone()
        from serving.http.metrics import Metrics
        from serving.http.protocol import DeadlineProtocol
        from serving.log import log_to_stderr
        from serving.process.bento import unpack_bundled
        from serving.worker import Worker

        log_to_stderr()
        unpack_bundled(settings)
        DeadlineProtocol.seconds = settings.client_seconds
        HELD.worker = Worker(settings, Metrics(), preflight)
        HELD.worker.start()
        gc.collect()
        gc.freeze()  # models and texts live as long as the process: spare the collector looking at them

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def watch(self) -> None:
        """Begin what needs the event loop."""
        if HELD.worker is not None:
            HELD.worker.started_loop()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    def close(self) -> None:
        """Let go of threads and files."""
        if HELD.worker is not None:
            HELD.worker.stop()
            HELD.worker = None


# In a container BentoML would leave a dead worker dead until the last one is: several workers would become fewer.
os.environ.pop("BENTOML_CONTAINERIZED", None)
HTTP_PROTOCOLS["auto"] = "serving.http.protocol:DeadlineProtocol"  # uvicorn reads it before it calls anything of ours
_workers = int(os.environ.get("PERENNIAL_WORKERS", "1"))  # BentoML asks for it before settings are read
Perennial: Any = bentoml.service(name="perennial", workers=_workers, **_QUIET)(Process)
Perennial.add_asgi_middleware(Front, held=HELD)
