"""A built wheel in an empty environment of its own dependencies, far from the checkout: from an export to scores.

It installs packages, so it runs where it is asked for: `make test-wheel`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.csv
import pytest

from tests.perennial.conftest import orders
from tests.perennial.test_installed import ROOT, UV, wheel_of

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif("PERENNIAL_TEST_WHEEL" not in os.environ, reason="installs packages: make test-wheel"),
]
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and what it says it needs, at the locked versions, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder / "env"], check=True)
    install = [UV, "pip", "install", "--quiet", "--python", folder / "env" / "bin" / "python"]
    subprocess.run([*install, "--constraint", ROOT / "requirements.lock", wheel_of(folder)], check=True)
    return folder / "env"


def test_a_wheel_goes_from_an_export_to_scores_without_the_checkout(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    pyarrow.csv.write_csv(orders(60), tmp_path / "shop" / "orders.csv")
    own = {"PATH": f"{environment / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}

    def told(*arguments: str) -> str:
        done = subprocess.run(arguments, cwd=tmp_path, env=own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    assert told("perennial", "--version").startswith("perennial ")
    where = told("python", "-c", "import perennial, serving.service; print(perennial.__file__)")
    assert Path(where.strip()).is_relative_to(environment)
    told("perennial", "init", "shop", "--yes")
    assert "'shop': 1 of " in told("perennial", "check", "--shop", "shop")
    assert "Release " in told("perennial", "train", "churn", "--shop", "shop")
    assert "Scored " in told("perennial", "score", "--shop", "shop", "--today", "2025-10-27")
    for language in LANGUAGES:
        told("perennial", "report", "--shop", "shop", "--lang", language)
    assert "--workers" in told("perennial", "serve", "--help")
    assert (tmp_path / ".perennial" / "releases" / "shop" / "current.json").is_file()
