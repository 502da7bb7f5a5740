"""The service and MLflow's pages in place of this process, after a look whether they have anything to show."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NoReturn
from urllib.request import urlopen

from features.clocks import parse_date
from features.errors import PerennialError
from features.shop import home_folder
from operations import home as places
from perennial.terminal.environment import refuse_unwritable_home
from perennial.terminal.printing import say
from perennial.terminal.short_memory import refuse_less_than
from serving.process.bento import pack
from serving.process.launch import command, environment, refuse_taken_port
from serving.settings import Settings, read_settings
from training.tracking.store import Mlruns

_MODELS = "#/models?workflowType=machine_learning"  # else MLflow greets with its pages for language models
_SERVICE_TAKES = 2**30  # bytes of address space: with less BentoML's workers die as they start, over and over
_PATIENCE = 180.0  # seconds; a machine at work takes its time


def serve_until_stopped(shop: Path | None, today: str | None, port: int | None, workers: int | None) -> NoReturn:
    """Become the service; what the command line does not say comes from PERENNIAL_… variables."""
    settings = settings_for(shop=shop, today=today, port=port, workers=workers)
    _refuse_missing(settings, "releases", f"train all --shop {shop or 'PATH'}")
    _refuse_missing(settings, "snapshots", f"score --shop {shop or 'PATH'}")
    refuse_unwritable_home()
    refuse_less_than(_SERVICE_TAKES, "The service")
    refuse_taken_port(settings.host, settings.port, "Give another with --port.")
    say(f"Serving '{settings.shop}' on http://{settings.host}:{settings.port} (Ctrl-C stops it; its page tells all).")
    say(f"People sign in at http://{settings.host}:{settings.port}/ui/, with a key of scope ui.")
    if settings.today:
        say(f"Its day is {settings.today}.")
    _become(command(settings), environment(settings))


def pack_release(shop: Path | None) -> None:
    """Pack a Bento from the current release, and say how it becomes a container."""
    settings = settings_for(shop=shop)
    _refuse_missing(settings, "releases", f"train all --shop {shop or 'PATH'}")
    tag = pack(settings)
    say(tag)
    say(f"As a container: BENTOML_HOME={settings.home / 'bentoml'} bentoml containerize {tag}")


def ui_until_stopped(mlruns: Mlruns, port: int) -> NoReturn:
    """MLflow's pages over a folder of runs, until they are stopped; their address once they answer."""
    from training.tracking.store import Server, holds_runs, opened, safe_environment, told

    if isinstance(mlruns, Server):
        raise PerennialError(f"Runs are kept at {mlruns}: open that address in a browser; it has pages of its own.")
    if not holds_runs(mlruns):
        raise PerennialError(
            f"{told(mlruns)} holds no runs yet. Train a model first: perennial train churn --shop PATH\n"
            "If one was trained elsewhere, give its folder with --mlruns."
        )
    refuse_taken_port("127.0.0.1", port, "Give another with --port.")
    address = opened(mlruns).tracking
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    mlflow = [sys.executable, "-P", "-m", "mlflow", "server", "--backend-store-uri", address, *options]
    say("Starting MLflow's pages ...", "dim")
    with subprocess.Popen(mlflow, env={**os.environ, **safe_environment()}) as pages:
        try:
            _wait_until_answering(pages, port)
            say(f"MLflow's pages are on, models first: http://127.0.0.1:{port}/{_MODELS} (Ctrl-C stops them).")
            raise SystemExit(pages.wait())
        except KeyboardInterrupt:
            raise SystemExit(0) from None
        finally:
            pages.terminate()


def _wait_until_answering(pages: "subprocess.Popen[bytes]", port: int) -> None:
    """Until the pages' health check says OK.

    Raises
    ------
    PerennialError      if they end before, or take longer than three minutes
    """
    deadline = monotonic() + _PATIENCE
    while pages.poll() is None and monotonic() < deadline:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
            if answer.status == HTTPStatus.OK and pages.poll() is None:
                return
        sleep(0.2)
    raise PerennialError(
        f"MLflow's pages did not come up on port {port}. What MLflow said stands above; "
        "choose another port with --port."
    )


def settings_for(*, shop: Path | None = None, **given: Any) -> Settings:
    """The service's settings: those given, the others from the environment."""
    told = {name: value for name, value in given.items() if value is not None}
    if "today" in told:
        told["today"] = parse_date(told["today"]).date()
    if shop is not None:
        places.refuse_another(shop)
        told["shop"] = places.key_of(shop)
    return read_settings(home=home_folder(), **told)


def _refuse_missing(settings: Settings, kind: str, verb: str) -> None:
    """A service that never becomes ready helps nobody: say what is missing before it starts."""
    if not (settings.of_shop(kind) / "current.json").is_file():
        raise PerennialError(
            f"'{settings.shop}' has no {kind[:-1]} to serve from in {settings.home}. First run: perennial {verb}\n"
            "If it was made from another folder, set PERENNIAL_HOME to the .perennial there."
        )


def _become(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(arguments[0], list(arguments), dict(environment))
