"""A Bento carries the release, and lays it into an empty home only."""

import json
import shutil

import pytest

from serving import packing
from serving.errors import ReleaseError
from serving.packing import OPTIONAL, PACKAGES, pack, unpack_bundled
from serving.release import read_release
from tests.serving.tiny import point_to_release, settings_of, write_release


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    home = tmp_path_factory.mktemp("released")
    write_release(home)
    return home


def bundle_of(home, folder):
    shutil.copytree(home / "releases", folder / "releases")
    return folder


def test_an_empty_home_gets_the_bentos_release(released, tmp_path):
    settings = settings_of(tmp_path / "home")
    assert unpack_bundled(settings, bundle_of(released, tmp_path / "bundle"))
    assert read_release(settings.of_shop("releases") / "current.json").release_id == "r1"
    assert sorted(path.name for path in settings.of_shop("releases").iterdir()) == ["current.json", "r1"]


def test_a_home_that_was_promoted_in_keeps_its_own(released, tmp_path):
    home = tmp_path / "home"
    write_release(home, "r2")
    assert not unpack_bundled(settings_of(home), bundle_of(released, tmp_path / "bundle"))
    assert read_release(home / "releases" / "test" / "current.json").release_id == "r2"


def test_outside_a_bento_there_is_nothing_to_unpack(tmp_path):
    assert not unpack_bundled(settings_of(tmp_path))


def test_what_is_built_holds_code_release_and_pinned_packages(released, tmp_path, monkeypatch):
    home = tmp_path / "home"
    shutil.copytree(released, home)
    seen = {}

    def build(settings, folder):
        seen["files"] = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        seen["told"] = json.loads((folder / "bentofile.yaml").read_text())
        return "perennial:tag"

    monkeypatch.setattr(packing, "_build", build)
    assert pack(settings_of(home)) == "perennial:tag"
    assert {"serving/service.py", "bundle/releases/test/current.json", "bundle/releases/test/r1/manifest.json"} <= (
        seen["files"]
    )
    assert {one.split("==")[0] for one in seen["told"]["python"]["packages"]} <= {*PACKAGES, *OPTIONAL}
    assert all("==" in one for one in seen["told"]["python"]["packages"])
    assert not (home / "packing" / "test").exists()


def test_a_broken_release_is_not_packed(released, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(released, home)
    (home / "releases" / "test" / "r1" / "policy.json").write_text("{}")
    point_to_release(home, "r1")
    with pytest.raises(ReleaseError, match=r"policy\.json is not the file its digest was taken of"):
        pack(settings_of(home))
