"""Settings every test shares."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine, however busy it is: a failure here is a failure everywhere.
settings.register_profile("perennial", deadline=None, derandomize=True)
settings.load_profile("perennial")

# Fits of both workers share the processors; read once, by whatever test loads LightGBM first.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Runs of tests go to folders of theirs, whatever server the machine's owner logs to.
for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
    os.environ.pop(name, None)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An mlruns folder with an empty database: MLflow takes seconds to make one."""
    from training.tracking import runs  # MLflow takes seconds to import, and most tests do without it

    mlruns = tmp_path_factory.mktemp("migrated") / "mlruns"
    with runs.client(mlruns) as client:
        client.search_registered_models()
    return mlruns


@pytest.fixture
def mlruns(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(migrated, tmp_path / "mlruns"))
