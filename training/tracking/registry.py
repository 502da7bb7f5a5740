"""Versions of the registered models: who serves, who waits, what a reviewer signed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.release import Model, model_digest, read_model
from training.tracking import runs
from training.tracking.record import CHALLENGER, CHAMPION, PAST, registered_name
from training.tracking.store import TrackingError


@dataclass(frozen=True)
class Version:
    """A registered version as the registry knows it.

    Attributes
    ----------
    name : registered name, `<shop>.<task>`
    tags : model_kind, until, git_commit, dataset_digest …, and the sign-off after a review
    metrics : the run's figures, a baseline's beside the model's as `<metric>.<baseline>`
    """

    name: str
    version: int
    run_id: str
    is_champion: bool
    tags: Mapping[str, str]
    metrics: Mapping[str, float]

    @property
    def digest(self) -> str:
        """What the version is: a number names it, and another registry may give the same number to another model."""
        return model_digest(runs.digests(self.tags))


def versions(shop: str, task: str, *, mlruns: Path) -> tuple[Version, ...]:
    """All versions of a shop's task, oldest first; empty where there is none."""
    name = registered_name(shop, task)
    with runs.client(mlruns) as client:
        crowned = runs.alias(client, name, CHAMPION)
        found = sorted(client.search_model_versions(f"name = '{name}'"), key=lambda entry: int(entry.version))
        return tuple(_version(client, entry, crowned) for entry in found)


def version(shop: str, task: str, number: int, *, mlruns: Path) -> Version:
    """One version; an unknown number is an error that names those there are."""
    found = {known.version: known for known in versions(shop, task, mlruns=mlruns)}
    if number not in found:
        there = ", ".join(map(str, found)) or "none"
        raise TrackingError(
            f"{registered_name(shop, task)} has no version {number}; there are: {there}. "
            f"Name one of them, or train one with `perennial train {task}`."
        )
    return found[number]


def champion(shop: str, task: str, *, mlruns: Path) -> Version | None:
    """The version that serves, or None where the shop has no version of the task."""
    return next((known for known in versions(shop, task, mlruns=mlruns) if known.is_champion), None)


def champions(shop: str, *, mlruns: Path) -> dict[str, Version]:
    """The version that serves each task for which the shop has one."""
    with runs.client(mlruns) as client:
        start = registered_name(shop, "")
        names = [entry.name for entry in client.search_registered_models(f"name LIKE '{start}%'")]
    tasks = [name.removeprefix(start) for name in names if name.startswith(start)]
    found = {task: champion(shop, task, mlruns=mlruns) for task in sorted(tasks)}
    return {task: known for task, known in found.items() if known is not None}


def previous_champion(shop: str, task: str, *, mlruns: Path) -> Version | None:
    """The version that was champion before the present one."""
    with runs.client(mlruns) as client:
        past = _past(client, registered_name(shop, task))[:-1]
    return version(shop, task, past[-1], mlruns=mlruns) if past else None


def crown(known: Version, *, mlruns: Path) -> None:
    """Let the alias `champion` point to a version, and remember the one before."""
    with runs.client(mlruns) as client:
        past = [number for number in _past(client, known.name) if number != known.version]
        _set_champions(client, known.name, [*past, known.version])
        if runs.alias(client, known.name, CHALLENGER) == known.version:
            client.delete_registered_model_alias(known.name, CHALLENGER)


def uncrown(known: Version, *, mlruns: Path) -> None:
    """Take the alias `champion` from a version and give it back to the champion before."""
    with runs.client(mlruns) as client:
        past = [number for number in _past(client, known.name) if number != known.version]
        _set_champions(client, known.name, past)


def set_tags(known: Version, tags: Mapping[str, str], *, mlruns: Path) -> None:
    """Write tags of a version, such as the sign-off."""
    with runs.client(mlruns) as client:
        for key, value in tags.items():
            client.set_model_version_tag(known.name, str(known.version), key, value)


def model_folder(known: Version, *, mlruns: Path) -> tuple[Path, dict[str, str]]:
    """A version's model folder and the SHA-256 of each file, which the registry's database keeps."""
    with runs.client(mlruns) as client:
        artifacts = runs.local(client.get_model_version_download_uri(known.name, str(known.version)))
        return runs.folder_of(artifacts), runs.digests(known.tags)


def load_model(known: Version, *, mlruns: Path) -> Model:
    """A version's model; no byte of a booster is parsed before its digest was compared."""
    return read_model(*model_folder(known, mlruns=mlruns))


def read_artifact(known: Version, path: str, *, mlruns: Path) -> bytes:
    """One artifact of a version's run, such as `review/report.html`."""
    with runs.client(mlruns) as client:
        root = runs.local(client.get_run(known.run_id).info.artifact_uri)
    try:
        return (root / path).read_bytes()
    except OSError as error:
        raise TrackingError(
            f"{known.name} v{known.version} has no artifact {path} ({error.strerror}). Restore {root}, or train again."
        ) from error


def add_artifacts(known: Version, artifacts: Mapping[str, bytes], *, mlruns: Path) -> None:
    """Write artifacts of a review to the version's run, over those of an earlier review."""
    with runs.client(mlruns) as client:
        runs.write_files(client, known.run_id, artifacts)


def _version(client: Any, entry: Any, crowned: int | None) -> Version:
    metrics = dict(client.get_run(entry.run_id).data.metrics)
    number = int(entry.version)
    return Version(entry.name, number, entry.run_id, number == crowned, dict(entry.tags), metrics)


def _past(client: Any, name: str) -> list[int]:
    """The versions that were champion, oldest first, the present one last."""
    return list(json.loads(client.get_registered_model(name).tags.get(PAST, "[]")))


def _set_champions(client: Any, name: str, numbers: list[int]) -> None:
    client.set_registered_model_alias(name, CHAMPION, str(numbers[-1]))
    client.set_registered_model_tag(name, PAST, json.dumps(numbers))
