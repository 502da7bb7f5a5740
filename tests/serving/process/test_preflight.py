"""A release is loaded elsewhere first; one begun ahead is the one asked for, or is tried again."""

from pathlib import Path

import pytest

from scoring.errors import ReleaseError
from serving.process.preflight import Preflight
from tests.serving.tiny import SHOP, write_release


@pytest.fixture(scope="module")
def pointer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    write_release(home)
    return home / "releases" / SHOP / "current.json"


def test_a_good_release_passes_in_the_process_begun_ahead(pointer: Path) -> None:
    preflight = Preflight()
    preflight.begin(pointer)
    assert preflight._begun is not None
    process = preflight._begun[2]
    preflight(pointer)
    assert process.returncode == 0 and preflight._begun is None


def test_a_broken_release_is_refused_though_a_good_one_was_begun(pointer: Path, tmp_path: Path) -> None:
    moved = tmp_path / "current.json"
    moved.write_bytes(pointer.read_bytes())
    preflight = Preflight()
    preflight.begin(pointer)
    with pytest.raises(ReleaseError, match=r"cannot be loaded: .*manifest\.json"):
        preflight(moved)


def test_a_release_promoted_since_it_was_begun_is_tried_itself(pointer: Path) -> None:
    content, preflight = pointer.read_bytes(), Preflight()
    preflight.begin(pointer)
    try:
        pointer.write_bytes(b"{}")
        with pytest.raises(ReleaseError, match="cannot be loaded"):
            preflight(pointer)
    finally:
        pointer.write_bytes(content)


def test_where_nothing_was_promoted_yet_nothing_is_begun(tmp_path: Path) -> None:
    preflight = Preflight()
    preflight.begin(tmp_path / "current.json")
    assert preflight._begun is None
