import os
import shutil
from collections.abc import Callable
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.telemetry.client import get_telemetry_client

from scoring.errors import ReleaseError
from scoring.release import model_digest, read_model
from scoring.scorer import Scorer
from training.tracking import registry, runs
from training.tracking.record import Record
from training.tracking.store import TrackingError

Make = Callable[..., Record]
ROWS = pd.DataFrame({"days_since_order": [3.0, 80.0, np.nan], "spend_90d": [120.0, 15.0, 0.0]})


def test_the_first_version_is_champion_and_later_ones_wait(record_of: Make, mlruns: Path) -> None:
    first = runs.log(record_of(), mlruns=mlruns)
    second = runs.log(record_of(), mlruns=mlruns)

    known = registry.versions("corner-shop", "churn", mlruns=mlruns)
    assert [(first.champion, first.version), (second.champion, second.version)] == [(True, 1), (False, 2)]
    assert [entry.is_champion for entry in known] == [True, False]
    assert registry.champions("corner-shop", mlruns=mlruns) == {"churn": known[0]}
    with runs.client(mlruns) as client:
        assert client.get_model_version_by_alias("corner-shop.churn", "challenger").version == 2


def test_a_version_carries_what_a_reviewer_looks_for(record_of: Make, mlruns: Path) -> None:
    logged = runs.log(record_of(), mlruns=mlruns)

    with runs.client(mlruns) as client:
        version = client.get_model_version("corner-shop.churn", "1")
        run = client.get_run(logged.run_id)
        folds = [(m.step, m.value) for m in client.get_metric_history(logged.run_id, "folds/auc")]
        model = client.get_logged_model(logged.model_uri.removeprefix("models:/"))
    assert version.description == "# churn\n\nA card."
    assert version.tags["model_kind"] == "gradient_boosting"
    assert run.data.metrics["auc"] == 0.8
    assert run.data.metrics["auc.recency"] == 0.7
    assert folds == [(0, 0.79), (1, 0.81)]
    assert run.data.params == {"num_leaves": "4"}
    assert run.data.tags["mlflow.source.git.commit"] == "4f2c9aa"
    assert run.info.status == "FINISHED"
    assert run.inputs.dataset_inputs[0].dataset.digest == "ab" * 18
    assert {(m.key, m.dataset_digest) for m in model.metrics} == {("auc", "ab" * 18), ("auc.recency", "ab" * 18)}
    known = registry.champion("corner-shop", "churn", mlruns=mlruns)
    assert known is not None
    assert registry.read_artifact(known, "review/report.html", mlruns=mlruns) == b"<p>report</p>"


def test_mlflow_loads_a_version_and_answers_as_the_scorer(record_of: Make, mlruns: Path) -> None:
    logged = runs.log(record_of(), mlruns=mlruns)
    known = registry.version("corner-shop", "churn", 1, mlruns=mlruns)
    model = registry.load_model(known, mlruns=mlruns)
    expected = Scorer([model], model.features).answers(ROWS.to_numpy(dtype=np.float32))

    with runs.client(mlruns):
        answers = mlflow.pyfunc.load_model(logged.model_uri).predict(ROWS)
    pd.testing.assert_frame_equal(answers, pd.DataFrame(expected))


def test_files_that_are_gone_are_said_and_a_training_succeeds(record_of: Make, mlruns: Path) -> None:
    runs.log(record_of(), mlruns=mlruns)
    known = registry.version("corner-shop", "churn", 1, mlruns=mlruns)
    for folder in [path for path in mlruns.iterdir() if path.is_dir()]:
        shutil.rmtree(folder)
    for lost in (lambda: registry.load_model(known, mlruns=mlruns), lambda: read_card(known, mlruns)):
        with pytest.raises(TrackingError, match=r"MLflow names files at .* Restore them, or train again; what serves"):
            lost()
    assert runs.log(record_of(), mlruns=mlruns).version == 2


def read_card(known: registry.Version, mlruns: Path) -> bytes:
    return registry.read_artifact(known, "card.md", mlruns=mlruns)


def test_a_changed_booster_is_refused_before_it_is_parsed(record_of: Make, mlruns: Path) -> None:
    runs.log(record_of(), mlruns=mlruns)
    known = registry.version("corner-shop", "churn", 1, mlruns=mlruns)
    folder, digests = registry.model_folder(known, mlruns=mlruns)
    (folder / "churn.txt").write_text((folder / "churn.txt").read_text().replace("leaf_value=", "leaf_value=9"))

    with pytest.raises(ReleaseError, match=r"churn\.txt is not the file its digest was taken of"):
        read_model(folder, digests)


def test_nothing_that_is_logged_is_a_pickle(record_of: Make, mlruns: Path) -> None:
    runs.log(record_of(), mlruns=mlruns)

    written = {path.name for path in mlruns.rglob("*") if path.is_file()}
    assert not {name for name in written if name.endswith((".pkl", ".pickle", ".joblib"))}
    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"


def test_usage_telemetry_is_off(mlruns: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY")
    with runs.client(mlruns):
        assert get_telemetry_client() is None
        assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_the_process_keeps_its_own_tracking_address(mlruns: Path) -> None:
    before = mlflow.is_tracking_uri_set(), mlflow.get_tracking_uri()
    with runs.client(mlruns):
        assert mlflow.get_tracking_uri() == f"sqlite:///{mlruns}/mlflow.db"
    assert (mlflow.is_tracking_uri_set(), mlflow.get_tracking_uri()) == before


def test_a_moved_checkout_keeps_its_versions(record_of: Make, mlruns: Path, tmp_path: Path) -> None:
    runs.log(record_of(), mlruns=mlruns)
    moved = Path(shutil.move(mlruns, tmp_path / "elsewhere" / "mlruns"))

    known = registry.version("corner-shop", "churn", 1, mlruns=moved)
    assert registry.load_model(known, mlruns=moved).task == "churn"
    assert registry.read_artifact(known, "review/report.html", mlruns=moved) == b"<p>report</p>"
    runs.log(record_of(), mlruns=moved)
    assert not mlruns.exists()


def test_a_run_that_fails_is_shown_as_failed_and_registers_nothing(record_of: Make, mlruns: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        runs.log(record_of(folder=mlruns / "nowhere"), mlruns=mlruns)

    assert registry.versions("corner-shop", "churn", mlruns=mlruns) == ()
    with runs.client(mlruns) as client:
        experiment = client.get_experiment_by_name("corner-shop.churn").experiment_id
        assert [run.info.status for run in client.search_runs([experiment])] == ["FAILED"]


@pytest.mark.parametrize("name", ["Women's Shop", "Shop A/B: Main", "店铺 “一”", "100% \\ of; DROP", "x" * 300])
def test_any_name_of_a_shop_can_be_registered_and_found_again(record_of: Make, mlruns: Path, name: str) -> None:
    runs.log(record_of(shop=name), mlruns=mlruns)
    runs.log(record_of(shop="corner-shop"), mlruns=mlruns)

    found = registry.champions(name, mlruns=mlruns)
    assert list(found) == ["churn"]
    assert registry.load_model(found["churn"], mlruns=mlruns).task == "churn"


def test_a_version_is_its_models_digest_not_its_number(record_of: Make, mlruns: Path, tmp_path: Path) -> None:
    runs.log(record_of(), mlruns=mlruns)
    first = registry.version("corner-shop", "churn", 1, mlruns=mlruns)
    _, sha256s = registry.model_folder(first, mlruns=mlruns)
    assert first.digest == model_digest(sha256s)
    assert first.digest != model_digest({**sha256s, "churn.txt": "0" * 64})
    assert first.digest == model_digest(dict(reversed(sha256s.items())))
