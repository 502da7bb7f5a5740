"""Pages that belong to no model, logged beside the models."""

from collections.abc import Mapping

from training.tracking.artifacts import write_files
from training.tracking.runs import client, experiment_named
from training.tracking.store import Mlruns


def log_pages(name: str, title: str, pages: Mapping[str, bytes], *, mlruns: Mlruns) -> str:
    """Log pages, path → content, as a run of its own in the experiment of this name; returns the run's id."""
    with client(mlruns) as mlflow_client:
        experiment = experiment_named(mlflow_client, name, mlruns)
        run_id = str(mlflow_client.create_run(experiment, run_name=title).info.run_id)
        write_files(mlflow_client, run_id, pages)
        mlflow_client.set_terminated(run_id)
    return run_id
