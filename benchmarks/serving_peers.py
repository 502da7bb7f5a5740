"""What the service is measured against: BentoML with nothing to do, and `mlflow models serve` with the same model.

`python -m benchmarks.serving_peers FOLDER OUT` saves the churn model of FOLDER the way MLflow serves it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import bentoml


class Nothing:
    """The floor: a call that parses one id and answers a constant, BentoML as it comes."""

    @bentoml.api(route="/v1/nothing")  # type: ignore[untyped-decorator]
    async def nothing(self, customer_ids: list[str]) -> dict[str, bool]:
        """Nothing."""
        return {"ok": bool(customer_ids)}


Floor: Any = bentoml.service(name="floor", workers=1, http={"host": "127.0.0.1"})(Nothing)


def _load_pyfunc(path: str) -> Any:
    """Called by MLflow: the churn model, answering frames."""
    import pandas as pd

    from scoring.release import digest, read_model
    from scoring.scorer import Scorer

    folder = Path(path)
    model = read_model(folder, {one.name: digest(one) for one in folder.iterdir()})
    scorer, names = Scorer([model], model.features), [one.name for one in model.features]

    class Answers:
        def predict(self, rows: "pd.DataFrame", params: dict[str, Any] | None = None) -> "pd.DataFrame":
            return pd.DataFrame(scorer.answers(rows[names].to_numpy(dtype="float32")))

    return Answers()


def save_for_mlflow(model: Path, out: Path) -> None:
    """Save the model as MLflow's own server reads it."""
    import mlflow
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    names = [feature["name"] for feature in json.loads((model / "model.json").read_text())["features"]]
    signature = ModelSignature(inputs=Schema([ColSpec("double", name) for name in names]))  # as training logs it
    mlflow.pyfunc.save_model(
        path=str(out), loader_module="benchmarks.serving_peers", data_path=str(model), signature=signature
    )


def start_floor(port: int) -> subprocess.Popen[bytes]:
    """BentoML with nothing to do."""
    words = ["-m", "bentoml", "serve", "benchmarks.serving_peers:Floor", "--host", "127.0.0.1", "--port", str(port)]
    return _start(words, BENTOML_DO_NOT_TRACK="True")


def start_mlflow(model: Path, port: int) -> subprocess.Popen[bytes]:
    """MLflow's server, one worker, in this environment."""
    words = ["-m", "mlflow", "models", "serve", "-m", str(model), "--env-manager", "local", "-p", str(port)]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # where MLflow looks for uvicorn
    told = {"MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONPATH": str(Path.cwd()), "PATH": path}
    return _start([*words, "-h", "127.0.0.1"], **told)


def _start(words: list[str], **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *words],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


if __name__ == "__main__":
    save_for_mlflow(Path(sys.argv[1]), Path(sys.argv[2]))
