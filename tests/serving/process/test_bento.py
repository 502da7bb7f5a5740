"""A Bento carries the release, and lays it into an empty home only."""

import ast
import json
import shutil
import sys
from fnmatch import fnmatch
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from scoring.errors import ReleaseError
from scoring.release import read_release
from serving.process import bento
from serving.process.bento import PACKAGES, pack, pinned, unpack_bundled
from tests.serving.tiny import point_to_release, settings_of, write_release

CODE = Path(bento.__file__).parents[2]


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

    monkeypatch.setattr(bento, "_build", build)
    assert pack(settings_of(home)) == "perennial:tag"
    assert {"serving/service.py", "bundle/releases/test/current.json", "bundle/releases/test/r1/manifest.json"} <= (
        seen["files"]
    )
    assert seen["told"]["python"]["packages"] == [f"{name}=={version}" for name, version in pinned().items()]
    beside = {name for name in seen["files"] if name.startswith("serving/") and not name.endswith((".py", ".pyc"))}
    assert {"serving/ui/page.css", "serving/ui/frame.html", "serving/ui/texts.zh.toml"} <= beside
    patterns = seen["told"]["include"]
    assert not [name for name in beside if not any(fnmatch(name, pattern) for pattern in patterns)]
    assert {"name": "BENTOML_HOST", "value": "0.0.0.0"} in seen["told"]["envs"]
    assert not (home / "packing" / "test").exists()


def test_the_pinned_packages_are_all_that_the_code_imports_and_nothing_of_training():
    packages, places = pinned(), metadata.packages_distributions()
    imported = {name for room in bento.ROOMS for path in (CODE / room).rglob("*.py") for name in imports_of(path)}
    missing = {name for name in imported if not {canonicalize_name(one) for one in places[name]} & set(packages)}
    assert not missing
    assert {*PACKAGES} <= set(packages)
    assert not {"mlflow", "mlflow-skinny", "ibis-framework", "pandas", "pyarrow", "scikit-learn", "matplotlib"} & set(
        packages
    )


def test_the_pinned_packages_take_at_most_350_mb():
    files = [file for name in pinned() for file in metadata.files(name) or () if file.suffix != ".pyc"]
    taken = sum(path.stat().st_size for path in {Path(str(file.locate())) for file in files} if path.is_file())
    assert 100e6 < taken <= 350e6


def imports_of(path):
    """Names of packages of others a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        named = node.module if isinstance(node, ast.ImportFrom) else None
        for name in [one.name for one in node.names] if isinstance(node, ast.Import) else [named or "serving"]:
            stem = name.split(".")[0]
            if stem not in (*bento.ROOMS, *sys.stdlib_module_names):
                yield stem


def test_a_broken_release_is_not_packed(released, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(released, home)
    (home / "releases" / "test" / "r1" / "policy.json").write_text("{}")
    point_to_release(home, "r1")
    with pytest.raises(ReleaseError, match=r"policy\.json is not the file its digest was taken of"):
        pack(settings_of(home))
