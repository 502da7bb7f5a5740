"""Where MLflow's database and artifacts lie, and how they survive being moved."""

import sqlite3
from contextlib import closing
from pathlib import Path

from features.errors import PerennialError

ROOT = "perennial.root"  # tag of an experiment: where mlruns lay when its artifacts were written
_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)


class TrackingError(PerennialError):
    """The registry cannot be used, or does not hold what was asked for."""


def safe_environment() -> dict[str, str]:
    """What every process that uses MLflow is given: no unpickling, no usage telemetry, no background jobs."""
    return {
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }


def open_mlruns(mlruns: Path) -> str:
    """The SQLite address of an mlruns folder, which is made when absent and brought up to where it lies.

    Call it before anything opens the folder, the MLflow UI included.
    """
    try:
        mlruns.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrackingError(f"cannot write {mlruns}: {error.strerror}. Choose a folder that can be.") from error
    resettle(mlruns)
    return f"sqlite:///{mlruns.resolve() / 'mlflow.db'}"


def resettle(mlruns: Path) -> None:
    """MLflow stores absolute addresses: after a move, let them start where the folder lies now."""
    database, here = mlruns / "mlflow.db", mlruns.resolve().as_uri()
    if not database.exists():
        return
    with closing(sqlite3.connect(database)) as connection, connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiment_tags'").fetchall():
            return
        query = "SELECT DISTINCT value FROM experiment_tags WHERE key = ? AND value <> ?"
        for (there,) in connection.execute(query, (ROOT, here)).fetchall():
            _replace_root(connection, there, here)


def _replace_root(connection: sqlite3.Connection, there: str, here: str) -> None:
    for table, column in _PLACES:
        statement = f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?"
        connection.execute(statement, (here, len(there) + 1, len(there) + 1, f"{there}/"))
    connection.execute("UPDATE experiment_tags SET value = ? WHERE key = ? AND value = ?", (here, ROOT, there))
