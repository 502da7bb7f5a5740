"""A Bento from the current Release: the service's code, the release and pinned packages, and nothing of training.

`python -m serving.process.bento` builds it for PERENNIAL_SHOP into PERENNIAL_HOME/bentoml and prints its tag. Snapshot,
history and state are not packed: they change every night and lie in the PERENNIAL_HOME of the machine that serves.
"""

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scoring.errors import ServingError
from scoring.release import read_release
from scoring.verified_files import new_folder, write_bytes
from serving.process.launch import TARGET
from serving.settings import Settings, read_settings

# What the service imports, and uvicorn's faster parts; they and all they need are pinned to what is installed here.
PACKAGES = ("bentoml", "duckdb", "jinja2", "lightgbm", "markupsafe", "numpy", "packaging", "prometheus-client",
            "pydantic", "pydantic-settings", "scipy", "tzdata", "uvicorn")  # fmt: skip
OPTIONAL = ("httptools", "uvloop")
ROOMS = ("decisions", "scoring", "serving")  # what a service imports
_BESIDE = ("css", "html", "toml")  # what pages are made of
_SYSTEM = ("libgomp1",)  # LightGBM's wheel links to it and slim images lack it
_MOUNTED = "/home/bentoml/perennial"
BUNDLE = Path(__file__).parents[2] / "bundle"


def pack(settings: Settings) -> str:
    """Build the Bento; its tag.

    Raises
    ------
    ReleaseError   if the current release cannot be read
    ServingError   if BentoML cannot build it; the message ends with what it said
    """
    pointer = settings.of_shop("releases") / "current.json"
    release = read_release(pointer)
    folder = settings.home / "packing" / settings.shop
    shutil.rmtree(folder, ignore_errors=True)
    code = Path(__file__).parents[2]
    for room in ROOMS:
        shutil.copytree(code / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    bundled = folder / "bundle" / "releases" / settings.shop
    shutil.copytree(release.folder, bundled / release.release_id)
    shutil.copy(pointer, bundled / "current.json")
    (folder / "bentofile.yaml").write_text(json.dumps(_bentofile(settings), indent=1))  # JSON is YAML
    try:
        return _build(settings, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unpack_bundled(settings: Settings, bundle: Path = BUNDLE) -> bool:
    """Lay the release of the Bento this runs from into an empty PERENNIAL_HOME; whether there was anything to do.

    A home that has a pointer keeps it: releases are promoted there, and the Bento's is only the first.
    """
    packed, wanted = bundle / "releases" / settings.shop, settings.of_shop("releases")
    if not (packed / "current.json").is_file() or (wanted / "current.json").exists():
        return False
    target = json.loads((packed / "current.json").read_bytes())["release"]
    if not (wanted / target).exists():
        with suppress(FileExistsError), new_folder(wanted / target) as part:  # another worker may be faster
            shutil.copytree(packed / target, part, dirs_exist_ok=True)
    write_bytes(wanted / "current.json", (packed / "current.json").read_bytes())
    return True


def pinned() -> dict[str, str]:
    """Every package the service needs, those its packages need among them, with the version installed here."""
    wanted, found = [*PACKAGES, *OPTIONAL], dict[str, str]()
    while wanted:
        name = canonicalize_name(wanted.pop())
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # an optional one, or for another platform
            continue
        if name not in found:
            found[name] = distribution.version
            needs = map(Requirement, distribution.requires or ())
            wanted += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return dict(sorted(found.items()))


def _bentofile(settings: Settings) -> dict[str, object]:
    return {
        "service": TARGET,
        "name": "perennial",
        "description": f"Perennial for the shop {settings.shop}; mount its PERENNIAL_HOME at {_MOUNTED}.",
        "include": [
            *(f"{room}/**/*.py" for room in ROOMS),
            *(f"serving/ui/*.{ending}" for ending in _BESIDE),
            "bundle/**",
        ],
        "python": {"packages": [f"{name}=={version}" for name, version in pinned().items()], "lock_packages": False},
        "docker": {"system_packages": list(_SYSTEM), "python_version": "{}.{}".format(*sys.version_info)},
        "envs": [
            {"name": "PERENNIAL_SHOP", "value": settings.shop},
            {"name": "PERENNIAL_HOME", "value": _MOUNTED},
            {"name": "BENTOML_HOST", "value": "0.0.0.0"},  # a container's own address; keys say who may call
            {"name": "BENTOML_DO_NOT_TRACK", "value": "True"},
        ],
    }


def _build(settings: Settings, folder: Path) -> str:
    told = {"BENTOML_HOME": str(settings.home.resolve() / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
    (settings.home / "bentoml").mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PERENNIAL_")}
    done = subprocess.run(
        [sys.executable, "-m", "bentoml", "build", "--output", "tag", "."],
        cwd=folder,
        env={**environment, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServingError(f"BentoML could not build the Bento.\n{(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout.strip().splitlines()[-1].removeprefix("__tag__:")


if __name__ == "__main__":
    try:
        sys.stdout.write(pack(read_settings()) + "\n")
    except ServingError as problem:
        sys.exit(str(problem))
