from pathlib import Path
from types import SimpleNamespace

import pytest

from training.tracking.artifacts import write_files


class Client:
    """A client of a run whose artifacts lie at an address, which remembers what it was asked to copy."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.copied: dict[str, bytes] = {}

    def get_run(self, run_id: str) -> SimpleNamespace:
        return SimpleNamespace(info=SimpleNamespace(artifact_uri=self.address))

    def log_artifacts(self, run_id: str, folder: str) -> None:
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        self.copied |= {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("as_uri", [False, True])
def test_on_this_machine_a_file_is_replaced_in_one_piece(tmp_path: Path, as_uri: bool) -> None:
    root = tmp_path / "a run"
    client = Client(root.as_uri() if as_uri else str(root))
    write_files(client, "1", {"review/report.html": b"old"})
    opened = (root / "review" / "report.html").open("rb")
    write_files(client, "1", {"review/report.html": b"new"})
    with opened:
        assert opened.read() == b"old"  # who was reading goes on with what it opened
    assert (root / "review" / "report.html").read_bytes() == b"new"
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["report.html"] and client.copied == {}


@pytest.mark.parametrize("address", ["mlflow-artifacts:/1/a", "s3://bucket/1", "file://host/1"])
def test_elsewhere_mlflow_copies(address: str) -> None:
    client = Client(address)
    write_files(client, "1", {"review/report.html": b"new", "card.md": b"x"})
    assert client.copied == {"review/report.html": b"new", "card.md": b"x"}
