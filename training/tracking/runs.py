"""Runs and the model registry in MLflow, used as a library. The one file that imports mlflow.

MLflow is imported when it is first needed, after unpickling and telemetry were switched off.
"""

import json
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from features.scratch import own_folder, scratch
from scoring.release import model_digest
from training.tracking.artifacts import write_files
from training.tracking.cut_short import logging_alone, mark_cut_short
from training.tracking.record import CHALLENGER, CHAMPION, PAST, Child, Record
from training.tracking.store import Mlruns, TrackingError, experiment_settings, opened, safe_environment

_DIGESTS = "sha256s"  # tag of a version and of its logged model: file name → SHA-256, kept in the database
_LOADER = "training.tracking.pyfunc_model"
_REGISTRY = "MLFLOW_REGISTRY_URI"
_SHORT = 36  # characters MLflow keeps of a dataset's digest


@dataclass(frozen=True)
class Logged:
    """A version just registered.

    Attributes
    ----------
    version : number within the registered model, as MLflow counts
    champion : whether it became champion at once, being the shop's first of its task
    cut_short : how many earlier runs were found that a killed process had left
    """

    name: str
    version: int
    run_id: str
    model_uri: str
    champion: bool
    cut_short: int = 0


def log(record: Record, *, mlruns: Mlruns) -> Logged:
    """Log a run with its model and register the model; a shop's first version of a task is its champion.

    Parameters
    ----------
    record : what the run shows and where the model's folder lies
    mlruns : folder of mlflow.db and the artifacts, made when absent; or a server
    """
    with client(mlruns) as mlflow_client, logging_alone(mlruns, record.name) as alone:
        experiment = experiment_named(mlflow_client, record.name, mlruns)
        found = mark_cut_short(mlflow_client, experiment) if alone else 0
        run_id = mlflow_client.create_run(experiment, run_name=record.title, tags=_run_tags(record)).info.run_id
        try:
            model_id = _log_model(mlflow_client, record, experiment, run_id)
            _log_figures(mlflow_client, record, run_id, model_id)
            write_files(mlflow_client, run_id, record.artifacts)
            mlflow_client.set_terminated(run_id)  # a version, and an alias even more so, points to what is complete
            logged = _register(mlflow_client, record, run_id, model_id)
        except BaseException:
            mlflow_client.set_terminated(run_id, "FAILED")
            raise
    return replace(logged, cut_short=found)


def log_within(
    run_id: str,
    children: Sequence[Child],
    *,
    parameters: Mapping[str, str],
    metrics: Mapping[str, float],
    mlruns: Mlruns,
) -> None:
    """Add figures of a search to a run, and its trials as runs within; those given up are marked as pruned."""
    with client(mlruns) as mlflow_client:
        entities = _mlflow().entities
        parent = mlflow_client.get_run(run_id)
        at = parent.info.end_time
        mlflow_client.log_batch(
            run_id,
            metrics=[entities.Metric(name, value, at, 0) for name, value in metrics.items()],
            params=[entities.Param(name, value) for name, value in parameters.items()],
        )
        for child in children:
            begun, ended = (int(1000 * moment) for moment in (child.started, child.started + child.seconds))
            tags = {"mlflow.parentRunId": run_id, "pruned": "no" if child.ended else "yes"}
            made = mlflow_client.create_run(parent.info.experiment_id, begun, tags, run_name=child.title)
            losses = [entities.Metric("folds/loss", value, ended, step) for step, value in enumerate(child.by_fold)]
            mlflow_client.log_batch(
                made.info.run_id,
                metrics=[entities.Metric("loss", child.loss, ended, 0), *losses],
                params=[entities.Param(name, value) for name, value in child.parameters.items()],
            )
            mlflow_client.set_terminated(made.info.run_id, "FINISHED" if child.ended else "KILLED", ended)


def digests_beside(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file of a logged model's folder, from the database in use; for MLflow's loader."""
    mlflow = _mlflow()
    model_id = mlflow.models.Model.load(str(folder.parents[1])).model_id
    return digests(mlflow.MlflowClient().get_logged_model(model_id).tags)


def folder_of(artifacts: Path) -> Path:
    """The model folder within the artifacts of a logged model."""
    path: str = _mlflow().models.Model.load(str(artifacts)).flavors["python_function"]["data"]
    return artifacts / path


def digests(tags: Mapping[str, str]) -> dict[str, str]:
    """The SHA-256 of each file, from a version's or logged model's tags."""
    return dict(json.loads(tags[_DIGESTS]))


def local(address: str) -> Path:
    """A local folder of an artifact address: itself where it is local, else a copy for as long as the process lives."""
    mlflow = _mlflow()
    try:
        return Path(mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=_copies_of(address)))
    except (mlflow.exceptions.MlflowException, OSError) as error:
        raise TrackingError(
            f"MLflow names files at {address}, which cannot be read ({str(error).splitlines()[0]}). Restore them, or "
            "train again; what serves goes on from its release."
        ) from error


def _copies_of(address: str) -> str | None:
    if address.startswith(("file:", "/")):
        return None
    return str(scratch("mlflow"))


@contextmanager
def client(mlruns: Mlruns) -> Iterator[Any]:
    """MLflow's client on a folder's database or a server.

    The process's addresses are those of the place as long as the context lasts, because MLflow's registry
    looks up logged models there, and are put back afterwards.
    """
    place = opened(mlruns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MLflow's own dependencies: nothing a user could mend
        mlflow = _mlflow()
        before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
        registry = os.environ.get(_REGISTRY)  # where MLflow keeps what a process has set
        mlflow.set_tracking_uri(place.tracking)
        mlflow.set_registry_uri(place.registry)
        try:
            yield mlflow.MlflowClient(tracking_uri=place.tracking, registry_uri=place.registry)
        finally:
            mlflow.set_tracking_uri(before)
            mlflow.set_registry_uri(registry or "")
            if registry is None:
                os.environ.pop(_REGISTRY, None)


def alias(mlflow_client: Any, name: str, which: str) -> int | None:
    """The version a registered model's alias points to; versions found by search show no aliases."""
    found = mlflow_client.search_registered_models(f"name = '{name}'")
    number = found[0].aliases.get(which) if found else None
    return None if number is None else int(number)


def signed(mlflow_client: Any, name: str) -> list[tuple[int, str]]:
    """Who was champion by what Perennial wrote, oldest first, the present one last: version and model's digest.

    The digest is empty where an earlier release of Perennial kept none.

    An alias says what somebody set in MLflow's pages; this says what was reviewed.
    """
    found = mlflow_client.search_registered_models(f"name = '{name}'")
    kept = json.loads(found[0].tags.get(PAST, "[]")) if found else []
    return [(one, "") if isinstance(one, int) else (int(one["version"]), str(one["digest"])) for one in kept]


def sign(mlflow_client: Any, name: str, champions: Sequence[tuple[int, str]]) -> None:
    """Keep who was champion."""
    kept = [{"version": number, "digest": digest} for number, digest in champions]
    mlflow_client.set_registered_model_tag(name, PAST, json.dumps(kept))


def _mlflow() -> Any:
    os.environ.update(safe_environment())
    import mlflow
    from mlflow.telemetry import set_telemetry_client

    set_telemetry_client()  # ends the client of an mlflow that was imported before the switch was set
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return mlflow


def experiment_named(mlflow_client: Any, name: str, mlruns: Mlruns) -> str:
    """The id of the experiment of this name, made when absent."""
    known = mlflow_client.get_experiment_by_name(name)
    if known is not None:
        return str(known.experiment_id)
    return str(mlflow_client.create_experiment(name, **experiment_settings(mlruns, name)))


def _run_tags(record: Record) -> dict[str, str]:
    source = {"mlflow.source.name": f"perennial train {record.task}", "mlflow.source.type": "LOCAL"}
    if commit := record.tags.get("git_commit"):
        source["mlflow.source.git.commit"] = commit
    return {**record.tags, **source, "mlflow.note.content": record.card}


def _log_model(mlflow_client: Any, record: Record, experiment: str, run_id: str) -> str:
    mlflow = _mlflow()
    digests = {_DIGESTS: json.dumps(dict(record.sha256s))}
    logged = mlflow_client.create_logged_model(
        experiment, record.task, run_id, {**record.tags, **digests}, dict(record.parameters), record.task
    )
    description = mlflow.models.Model(run_id=run_id, model_id=logged.model_id)
    with tempfile.TemporaryDirectory(dir=own_folder()) as folder:
        mlflow.pyfunc.save_model(
            Path(folder) / "model",
            loader_module=_LOADER,
            data_path=str(record.folder),
            signature=_signature(mlflow, record),
            mlflow_model=description,
            pip_requirements=_requirements(),
        )
        mlflow_client.log_model_artifacts(logged.model_id, str(Path(folder) / "model"))
    mlflow_client.finalize_logged_model(logged.model_id, "READY")
    output = mlflow.entities.LoggedModelOutput(logged.model_id, step=0)
    mlflow_client.log_outputs(run_id, [output])
    return str(logged.model_id)


def _log_figures(mlflow_client: Any, record: Record, run_id: str, model_id: str) -> None:
    """Figures over all folds by their names, of each fold as `folds/<name>` with the fold as step."""
    entities = _mlflow().entities
    at = int(record.created_at.timestamp() * 1000)
    data = entities.Dataset(**_dataset(record))
    purposes = [entities.InputTag("mlflow.data.context", "training, evaluation")]
    mlflow_client.log_inputs(run_id, [entities.DatasetInput(data, purposes)])
    overall = [
        entities.Metric(name, value, at, 0, model_id, data.name, data.digest, run_id)
        for name, value in record.metrics.items()
    ]
    each = [
        entities.Metric(f"folds/{name}", value, at, step)
        for step, fold in enumerate(record.by_fold)
        for name, value in fold.items()
    ]
    parameters = [entities.Param(name, value) for name, value in record.parameters.items()]
    mlflow_client.log_batch(run_id, metrics=[*overall, *each], params=parameters)


def _dataset(record: Record) -> dict[str, str]:
    columns = [{"name": name, "type": "double", "required": True} for name in record.inputs]
    return {
        "name": record.data.name,
        "digest": record.data.digest[:_SHORT],
        "source_type": "local",
        "source": json.dumps({"uri": record.data.source}),
        "schema": json.dumps({"mlflow_colspec": columns}),
        "profile": json.dumps({"num_rows": record.data.rows, "sha256": record.data.digest}),
    }


def _register(mlflow_client: Any, record: Record, run_id: str, model_id: str) -> Logged:
    name, uri = record.name, f"models:/{model_id}"
    if not mlflow_client.search_registered_models(f"name = '{name}'"):
        mlflow_client.create_registered_model(name, description=record.about)
    first = not signed(mlflow_client, name)
    tags = {**record.tags, _DIGESTS: json.dumps(dict(record.sha256s))}
    made = mlflow_client.create_model_version(name, uri, run_id, tags, None, record.card, model_id=model_id)
    mlflow_client.set_registered_model_alias(name, CHAMPION if first else CHALLENGER, made.version)
    if first:
        sign(mlflow_client, name, [(int(made.version), model_digest(record.sha256s))])
    return Logged(name, int(made.version), run_id, uri, first)


def _signature(mlflow: Any, record: Record) -> Any:
    """All columns are float64: a signature of float32 would refuse the float64 rows people have."""
    schemas = [
        mlflow.types.Schema([mlflow.types.ColSpec("double", name) for name in names])
        for names in (record.inputs, record.answers)
    ]
    return mlflow.models.ModelSignature(*schemas)


def _requirements() -> list[str]:
    return [f"{name}=={metadata.version(name)}" for name in ("numpy", "scipy", "lightgbm", "pandas")]
