"""Starting the service: a port lost between choosing and using it is chosen again, any other end is told."""

import socket
import sys
from pathlib import Path

import pytest

from scoring.errors import ServingError
from serving.process import launch
from serving.settings import Settings

_TOLD_ONCE = """
import http.server, pathlib, sys
told = pathlib.Path(sys.argv[2])
if not told.exists():
    told.touch()
    sys.exit(sys.argv[3])
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return Settings(home=tmp_path, shop="tiny", port=one.getsockname()[1])


def _says_once(text: str, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service ends with this text the first time, and answers the second."""
    command = [sys.executable, "-c", _TOLD_ONCE, str(settings.port), str(tmp_path / "told"), text]
    monkeypatch.setattr(launch, "command", lambda _: command)


def test_a_port_that_was_taken_meanwhile_is_chosen_again(settings, tmp_path, monkeypatch) -> None:
    _says_once(
        "zmq.error.ZMQError: Address already in use (addr='tcp://127.0.0.1:52829')", tmp_path, settings, monkeypatch
    )
    with launch.running(settings, log=tmp_path / "log") as service:
        assert service.process.poll() is None
    assert service.process.returncode is not None


def test_any_other_end_is_told_with_where_to_look(settings, tmp_path, monkeypatch) -> None:
    _says_once("PERENNIAL_PORT: no", tmp_path, settings, monkeypatch)
    with (
        pytest.raises(ServingError, match=r"ended with code 1\. Its log is .*log"),
        launch.running(settings, tmp_path / "log"),
    ):
        pass
