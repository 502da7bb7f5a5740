"""Where runs and models are kept: a folder with an SQLite database, or a server that a team has already.

The one place that touches MLflow's own tables: after a folder was moved they are told where it lies now.
"""

import os
import re
import socket
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from features.errors import PerennialError

_ROOT = "perennial.root"  # tag of an experiment: where mlruns lay when its artifacts were written
_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)
_URI = re.compile(r"[a-z][a-z0-9+.-]+:|databricks$")
_WAIT = 5.0  # seconds for a server to take a connection; MLflow itself would try for minutes


class TrackingError(PerennialError):
    """The registry cannot be used, or does not hold what was asked for."""


@dataclass(frozen=True)
class Server:
    """Runs and models kept where MLflow's own addresses say, as MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI do.

    Who may write there is MLflow's business: MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_TOKEN and its other variables.
    """

    tracking: str
    registry: str

    def __str__(self) -> str:
        """The addresses as they may be shown: without a name and a password."""
        shown = dict.fromkeys(re.sub(r"//[^/@]*@", "//", uri) for uri in (self.tracking, self.registry))
        return ", models at ".join(shown)


Mlruns = Path | Server  # a folder, which is the default, or addresses of MLflow


def mlruns_of(told: str) -> Mlruns:
    """What `--mlruns` or MLFLOW_TRACKING_URI names: a folder, or an address, with MLFLOW_REGISTRY_URI beside it."""
    if not _URI.match(told):
        return Path(told)
    return Server(told, os.environ.get("MLFLOW_REGISTRY_URI") or told)


def safe_environment() -> dict[str, str]:
    """What every process that uses MLflow is given: no unpickling, no usage telemetry, no background jobs."""
    return {
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }


def holds_runs(mlruns: Mlruns) -> bool:
    """Whether anything was ever logged there; of a server nobody asks beforehand."""
    return isinstance(mlruns, Server) or (mlruns / "mlflow.db").is_file()


def told(mlruns: Mlruns) -> str:
    """The place as people are told it."""
    return str(mlruns if isinstance(mlruns, Server) else mlruns.resolve())


def opened(mlruns: Mlruns) -> Server:
    """MLflow's addresses of the place; a folder is made when absent and brought up to where it lies.

    Call it before anything opens a folder, the MLflow UI included.

    Raises
    ------
    TrackingError   if the folder cannot be written, its database is none, or the server takes no connection
    """
    if isinstance(mlruns, Server):
        for uri in {mlruns.tracking, mlruns.registry}:
            _refuse_silent(uri, str(mlruns))
        return mlruns
    try:
        mlruns.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrackingError(f"cannot write {mlruns}: {error.strerror}. Choose a folder that can be.") from error
    try:
        _resettle(mlruns)
    except sqlite3.OperationalError:  # held by another process, which is no damage
        raise
    except sqlite3.DatabaseError as error:
        raise TrackingError(
            f"{mlruns / 'mlflow.db'} cannot be used ({error}). Restore it, or let another folder be made: --mlruns. "
            "What serves goes on from its release."
        ) from error
    address = f"sqlite:///{mlruns.resolve() / 'mlflow.db'}"
    return Server(address, address)


def experiment_settings(mlruns: Mlruns, name: str) -> dict[str, Any]:
    """Where a new experiment's artifacts go: beside a folder's database; of a server, where it says."""
    if isinstance(mlruns, Server):
        return {}
    root = mlruns.resolve().as_uri()
    return {"artifact_location": f"{root}/{name}", "tags": {_ROOT: root}}


def _refuse_silent(uri: str, shown: str) -> None:
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname, port), timeout=_WAIT).close()
    except (OSError, ValueError) as error:
        raise TrackingError(
            f"MLflow at {shown} does not answer ({error}). Start it, mend MLFLOW_TRACKING_URI or --mlruns, "
            "or log to a folder: --mlruns mlruns."
        ) from None


def _resettle(mlruns: Path) -> None:
    """MLflow stores absolute addresses: after a move, let them start where the folder lies now."""
    database, here = mlruns / "mlflow.db", mlruns.resolve().as_uri()
    if not database.exists():
        return
    with closing(sqlite3.connect(database)) as connection, connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiment_tags'").fetchall():
            return
        query = "SELECT DISTINCT value FROM experiment_tags WHERE key = ? AND value <> ?"
        for (there,) in connection.execute(query, (_ROOT, here)).fetchall():
            _replace_root(connection, there, here)


def _replace_root(connection: sqlite3.Connection, there: str, here: str) -> None:
    for table, column in _PLACES:
        statement = f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?"
        connection.execute(statement, (here, len(there) + 1, len(there) + 1, f"{there}/"))
    connection.execute("UPDATE experiment_tags SET value = ? WHERE key = ? AND value = ?", (here, _ROOT, there))
