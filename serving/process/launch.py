"""Starting the service as a child process with our settings, waiting until it is ready, and stopping it."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scoring.errors import ServingError
from serving.settings import Settings

TARGET = "serving.service:Perennial"
START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_TAKEN = b"Address already in use"


@dataclass(frozen=True)
class Running:
    """A service that answers at `url`; `log` is where it writes, None for this process's own output."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path | None


def command(settings: Settings) -> list[str]:
    """The command line that starts the service."""
    address = ["--host", settings.host, "--port", str(settings.port)]
    code = Path(__file__).parents[2]  # the current folder may have a serving/ of its own
    return [sys.executable, "-P", "-m", "bentoml", "serve", TARGET, "--working-dir", str(code), *address]


def environment(settings: Settings) -> dict[str, str]:
    """This process's environment with every setting made explicit, and BentoML's tracking off."""
    told = {
        f"PERENNIAL_{name.upper()}": str(value.resolve() if isinstance(value, Path) else value)
        for name, value in settings
        if value is not None
    }
    bento_home = settings.home.resolve() / "bentoml" / f"port-{settings.port}"  # two services share no metrics
    return {**os.environ, "BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(bento_home), **told}


@contextmanager
def running(settings: Settings, log: Path | None = None, seconds: float = START_SECONDS) -> Iterator[Running]:
    """The service, ready to answer; stopped when the block ends.

    Raises
    ------
    ServingError   if the port is taken, the process ends, or it is not ready in time
    """
    service = start(settings, log)
    try:
        try:
            wait_until_ready(service, seconds)
        except ServingError:
            if not _lost_a_port(service):
                raise
            service = start(settings, log)
            wait_until_ready(service, seconds)
        yield service
    finally:
        stop(service)


def start(settings: Settings, log: Path | None = None) -> Running:
    """Start the service in a process group of its own; `wait_until_ready` and `stop` are the caller's."""
    url = f"http://{settings.host}:{settings.port}"
    refuse_taken_port(settings.host, settings.port, "Set PERENNIAL_PORT, or stop what listens there.")
    output = log.open("wb") if log else None
    try:
        process = subprocess.Popen(
            command(settings),
            env=environment(settings),
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )
    finally:
        if output:
            output.close()
    return Running(url, process, log)


def refuse_taken_port(host: str, port: int, remedy: str) -> None:
    """Look whether a port can be listened on, before anything is started for it.

    Raises
    ------
    ServingError   where it is taken, not for this user, or the host is no address of this machine
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as one:
            one.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # as servers do: one that ended lately is no matter
            one.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ServingError(f"Port {port} is taken. {remedy}") from None
        if error.errno == errno.EACCES:
            raise ServingError(f"Port {port} is not for this user; 1024 and above are. {remedy}") from None
        raise ServingError(
            f"{host} is no address of this machine. Set PERENNIAL_HOST to one, or leave it out."
        ) from None


def wait_until_ready(service: Running, seconds: float = START_SECONDS) -> None:
    """Return once /readyz says yes.

    Raises
    ------
    ServingError   if the process ends or is not ready in time; the message says why
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if service.process.poll() is not None:
            raise ServingError(f"The service ended with code {service.process.returncode}.{_told(service)}")
        if _answers(f"{service.url}/readyz"):
            return
        time.sleep(0.05)
    raise ServingError(f"The service was not ready within {seconds:.0f} s: {_why(service)}{_told(service)}")


def stop(service: Running) -> None:
    """End the service and its workers, by their process group."""
    process = service.process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _lost_a_port(service: Running) -> bool:
    """Whether it ended because a port that BentoML chose for itself was taken before BentoML came to use it."""
    return service.log is not None and service.process.poll() is not None and _TAKEN in service.log.read_bytes()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _why(service: Running) -> str:
    try:
        with urllib.request.urlopen(f"{service.url}/readyz", timeout=2):
            return "it became ready just now"
    except urllib.error.HTTPError as error:
        return error.read().decode(errors="replace")
    except OSError as error:
        return str(error)


def _told(service: Running) -> str:
    return f" Its log is {service.log}." if service.log else ""
