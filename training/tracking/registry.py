"""Versions of the registered models: who serves, who waits, what a reviewer signed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scoring.release import Model, model_digest, read_model
from training.tracking import runs
from training.tracking.artifacts import write_files
from training.tracking.record import CHALLENGER, CHAMPION, registered_name
from training.tracking.store import Mlruns, TrackingError


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


def versions(shop: str, task: str, *, mlruns: Mlruns) -> tuple[Version, ...]:
    """All versions of a shop's task, oldest first; empty where there is none."""
    name = registered_name(shop, task)
    with runs.client(mlruns) as client:
        crowned = _present(client, name)
        found = sorted(client.search_model_versions(f"name = '{name}'"), key=lambda entry: int(entry.version))
        return tuple(_version(client, entry, crowned) for entry in found)


def version(shop: str, task: str, number: int, *, mlruns: Mlruns) -> Version:
    """One version; an unknown number is an error that names those there are."""
    found = {known.version: known for known in versions(shop, task, mlruns=mlruns)}
    if number not in found:
        there = ", ".join(map(str, found)) or "none"
        raise TrackingError(
            f"{registered_name(shop, task)} has no version {number}; there are: {there}. "
            f"Name one of them, or train one with `perennial train {task}`."
        )
    return found[number]


def champion(shop: str, task: str, *, mlruns: Mlruns) -> Version | None:
    """The version that serves, or None where the shop has no version of the task."""
    return next((known for known in versions(shop, task, mlruns=mlruns) if known.is_champion), None)


def champions(shop: str, *, mlruns: Mlruns, but: str = "") -> dict[str, Version]:
    """The version that serves each task for which the shop has one; `but` is a task to be left out.

    Raises
    ------
    TrackingError    if one was deleted from the registry
    """
    with runs.client(mlruns) as client:
        tasks = [task for task in _tasks(client, shop) if task != but]
        signed = {task: _present(client, registered_name(shop, task)) for task in tasks}
    found = {task: champion(shop, task, mlruns=mlruns) for task in tasks}
    for task, present in signed.items():
        if present is not None and found[task] is None:
            raise TrackingError(
                f"{registered_name(shop, task)} v{present[0]} was champion, and is not in the registry any more: "
                "it was deleted or replaced in MLflow. Let another version serve: perennial promote "
                f"{task} VERSION --by NAME --why TEXT, or train one."
            )
    return {task: known for task, known in found.items() if known is not None}


def previous_champion(shop: str, task: str, *, mlruns: Mlruns) -> Version | None:
    """The version that was champion before the present one."""
    with runs.client(mlruns) as client:
        past = runs.signed(client, registered_name(shop, task))[:-1]
    known = {one.version: one for one in versions(shop, task, mlruns=mlruns)}
    kept = [known[number] for number, digest in past if number in known and digest in (known[number].digest, "")]
    return kept[-1] if kept else None


def crown(known: Version, *, mlruns: Mlruns) -> None:
    """Let the alias `champion` point to a version, and remember the one before."""
    with runs.client(mlruns) as client:
        if runs.alias(client, known.name, CHALLENGER) == known.version:
            client.delete_registered_model_alias(known.name, CHALLENGER)
        _set_champions(client, known.name, [*_others(client, known), (known.version, known.digest)])


def uncrown(known: Version, *, mlruns: Mlruns) -> None:
    """Take the alias `champion` from a version and give it back to the champion before."""
    with runs.client(mlruns) as client:
        _set_champions(client, known.name, _others(client, known))


def set_aside(known: Version, *, mlruns: Mlruns) -> None:
    """Take the alias `challenger` from a version that has it."""
    with runs.client(mlruns) as client:
        if runs.alias(client, known.name, CHALLENGER) == known.version:
            client.delete_registered_model_alias(known.name, CHALLENGER)


@dataclass(frozen=True)
class MovedAlias:
    """An alias `champion` that was set or taken away in MLflow's pages.

    Attributes
    ----------
    alias : the version it points to; None where it is gone
    serves : the version that was reviewed, and goes on to serve
    """

    name: str
    alias: int | None
    serves: int


def moved_by_hand(shop: str, *, mlruns: Mlruns) -> tuple[MovedAlias, ...]:
    """Aliases that say something else than what was reviewed; they are not followed."""
    found = []
    with runs.client(mlruns) as client:
        for task in _tasks(client, shop):
            name = registered_name(shop, task)
            present, alias = _present(client, name), runs.alias(client, name, CHAMPION)
            if present is not None and present[0] != alias:
                found.append(MovedAlias(name, alias, present[0]))
    return tuple(found)


def _others(client: Any, known: Version) -> list[tuple[int, str]]:
    return [one for one in runs.signed(client, known.name) if one[0] != known.version]


def _tasks(client: Any, shop: str) -> list[str]:
    """The tasks a shop has registered models of."""
    start = registered_name(shop, "")
    names = [entry.name for entry in client.search_registered_models(f"name LIKE '{start}%'")]
    return sorted(name.removeprefix(start) for name in names if name.startswith(start))


def set_tags(known: Version, tags: Mapping[str, str], *, mlruns: Mlruns) -> None:
    """Write tags of a version, such as the sign-off."""
    with runs.client(mlruns) as client:
        for key, value in tags.items():
            client.set_model_version_tag(known.name, str(known.version), key, value)


def model_folder(known: Version, *, mlruns: Mlruns) -> tuple[Path, dict[str, str]]:
    """A version's model folder and the SHA-256 of each file, which the registry's database keeps."""
    with runs.client(mlruns) as client:
        artifacts = runs.local(client.get_model_version_download_uri(known.name, str(known.version)))
        return runs.folder_of(artifacts), runs.digests(known.tags)


def load_model(known: Version, *, mlruns: Mlruns) -> Model:
    """A version's model; no byte of a booster is parsed before its digest was compared."""
    return read_model(*model_folder(known, mlruns=mlruns))


def read_artifact(known: Version, path: str, *, mlruns: Mlruns) -> bytes:
    """One artifact of a version's run, such as `review/report.html`."""
    with runs.client(mlruns) as client:
        root = runs.local(client.get_run(known.run_id).info.artifact_uri)
    try:
        return (root / path).read_bytes()
    except OSError as error:
        raise TrackingError(
            f"{known.name} v{known.version} has no artifact {path} ({error.strerror}). Restore {root}, or train again."
        ) from error


def read_signatures(known: Version, path: str, *, mlruns: Mlruns) -> list[dict[str, str]]:
    """Every signature under a version so far, oldest first."""
    with runs.client(mlruns) as client:
        kept = runs.local(client.get_run(known.run_id).info.artifact_uri) / path
    return list(json.loads(kept.read_bytes())) if kept.is_file() else []


def add_artifacts(known: Version, artifacts: Mapping[str, bytes], *, mlruns: Mlruns) -> None:
    """Write artifacts of a review to the version's run, over those of an earlier review."""
    with runs.client(mlruns) as client:
        write_files(client, known.run_id, artifacts)


def _version(client: Any, entry: Any, crowned: tuple[int, str] | None) -> Version:
    metrics = dict(client.get_run(entry.run_id).data.metrics)
    number, tags = int(entry.version), dict(entry.tags)
    known = Version(entry.name, number, entry.run_id, False, tags, metrics)
    return replace(known, is_champion=crowned is not None and crowned in ((number, known.digest), (number, "")))


def _present(client: Any, name: str) -> tuple[int, str] | None:
    """The champion that was reviewed last: its version and digest."""
    return past[-1] if (past := runs.signed(client, name)) else None


def _set_champions(client: Any, name: str, champions: list[tuple[int, str]]) -> None:
    """The tag last: it decides, and nothing is left to do after it."""
    client.set_registered_model_alias(name, CHAMPION, str(champions[-1][0]))
    runs.sign(client, name, champions)
