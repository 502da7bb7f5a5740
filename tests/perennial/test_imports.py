"""The walls: who may import what, who may read the clock, and that nothing happens on import."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    "features", "scoring", "reporting", "simulation", "decisions", "training", "serving", "insights", "operations",
    "perennial",
)  # fmt: skip
SERVED = ("scoring", "decisions", "serving")  # what a service imports
# Reading files and databases is ingest's own engine room; features themselves know engines from one file.
MAY_IMPORT = {
    "mlflow": {"training/tracking/runs.py"},
    "bentoml": {"serving/service.py"},
    "pyspark": {"features/spark_session.py"},
    "duckdb": {
        "features/engine.py",
        "features/ingest/source/database.py",
        "serving/snapshot/parquet_files.py",
        "serving/snapshot/recompute.py",
        "simulation/towns.py",
    },
}
NEVER = {"pickle", "cPickle", "joblib", "cloudpickle", "dill", "shelve"}
CLOCKS = {("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}

FOREIGN_TO_SERVING = (
    "pandas",
    "pyarrow",
    "ibis",
    "mlflow",
    "sklearn",
    "matplotlib",
    "features",
    "training",
    "insights",
    "perennial",
)


Sources = list[tuple[str, ast.Module]]


@pytest.fixture(scope="module")
def sources() -> Sources:
    """Every source file, read and parsed once."""
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text())) for path in paths]


def imported(tree: ast.Module) -> Iterator[str]:
    """Top-level names of everything imported, at whatever depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_one_file_knows_the_package(sources: Sources, package: str) -> None:
    found = {name for name, tree in sources if package in imported(tree)}
    assert found <= MAY_IMPORT[package]


def test_nobody_unpickles(sources: Sources) -> None:
    assert [name for name, tree in sources if NEVER & set(imported(tree))] == []


def test_one_place_reads_the_clock(sources: Sources) -> None:
    found = {
        name
        for name, tree in sources
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CLOCKS
    }
    assert found == {"scoring/clock.py"}


def test_serving_runs_where_the_training_stack_is_not_installed() -> None:
    """Import every module that a service may import, BentoML's included, with the rest made impossible to import."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in SERVED
        for path in sorted((ROOT / room).rglob("*.py"))
        if path.name != "__init__.py"
    ]
    code = (
        "import sys, importlib\n"
        f"sys.modules.update(dict.fromkeys({FOREIGN_TO_SERVING!r}))\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_help_needs_no_heavy_package() -> None:
    code = (
        "import sys, perennial.cli\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'ibis', 'mlflow', 'bentoml', 'lightgbm', 'scipy', 'duckdb'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_makes_no_file(tmp_path: Path) -> None:
    code = (
        "import features.build.build, training.tracking.runs, training.review.export\n"
        "import serving.worker, operations.night.nightly"
    )
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
