"""Runs that a killed process left unfinished: found by whoever logs next, and named as what they are."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from training.tracking.artifacts import remove_parts
from training.tracking.store import Mlruns, Server, TrackingError

TAG = "cut_short"
_TOLD = "Its process ended before everything was logged. Nothing serves it; it can be deleted."


@contextmanager
def logging_alone(mlruns: Mlruns, name: str) -> Iterator[bool]:
    """Wait until no other process logs runs of this name, and keep others waiting until the block ends.

    The kernel lets go of the lock when its holder dies. Yields whether that is so: of a server nobody can tell.

    Raises
    ------
    TrackingError    if the folder cannot be written
    """
    if isinstance(mlruns, Server):
        yield False
        return
    try:
        descriptor = os.open(mlruns / f".{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise TrackingError(f"cannot write {mlruns}: {error.strerror}. Choose a folder that can be.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield True
    finally:
        os.close(descriptor)


def mark_cut_short(client: Any, experiment: str) -> int:
    """Mark runs of an experiment that say they are running as killed, and their models as failed; how many runs.

    For who is alone: what still says it is running has nobody who runs it.
    """
    found = client.search_runs([experiment], filter_string="attributes.status = 'RUNNING'")
    for run in found:
        client.set_tag(run.info.run_id, TAG, _TOLD)
        remove_parts(str(run.info.artifact_uri))
        for model in client.search_logged_models([experiment], f"source_run_id = '{run.info.run_id}'"):
            if str(model.status) == "PENDING":
                client.finalize_logged_model(model.model_id, "FAILED")
        client.set_terminated(run.info.run_id, "KILLED")
    return len(found)
