"""The Release: what training hands to serving, written whole or not at all."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from features.errors import PerennialError
from features.files import sweep
from scoring.plain_json import as_json
from scoring.products.ranker import TASK as RECOMMENDATION
from scoring.release import MANIFEST_FILE, FeatureRef, Model, Release, digest, read_model, read_release
from scoring.verified_files import new_folder, replacing
from training.review.golden import golden_rows
from training.tasks.catalogue import TASKS

POINTER = "current.json"


class ExportError(PerennialError):
    """The champions do not fit into one release."""


@dataclass(frozen=True)
class Champion:
    """A model chosen to serve: where its folder lies, each file's digest, and the registry's version."""

    folder: Path
    sha256s: Mapping[str, str]
    version: str


@dataclass(frozen=True)
class ColumnNote:
    """A feature column as features.json lists it."""

    name: str
    fingerprint: str
    unit: str
    about: str
    empty: float | None


@dataclass(frozen=True)
class Surroundings:
    """What a release holds besides its models.

    Attributes
    ----------
    columns : at least the feature columns the models need; those they do not need are left out
    files : path within the release → content: compiled feature SQL, reason texts, policy, candidate tables
    same : table → kind of row → columns that tell that a row was delivered before
    """

    shop: str
    timezone: str
    currency: str
    columns: Sequence[ColumnNote]
    files: Mapping[str, bytes] = field(default_factory=dict)
    same: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)


def export_release(
    champions: Mapping[str, Champion], surroundings: Surroundings, *, releases: Path, created_at: datetime
) -> Release:
    """Write a release, check it as a reader would, then let the pointer point to it.

    What killed exports left half done goes, once it is a day old.

    Parameters
    ----------
    champions : by task
    releases : folder of the shop's releases and of the pointer file

    Raises
    ------
    ExportError     if there is no champion, or they differ in shop or horizon
    ReleaseError    if a file is not what its digest says, or a model's features are not those of the columns
    """
    models = {task: read_model(entry.folder, entry.sha256s) for task, entry in sorted(champions.items())}
    _check_same(models)
    columns = _needed(models.values(), surroundings.columns)
    refs = [FeatureRef(column.name, column.fingerprint) for column in columns]
    contents = {
        **_model_files(champions),
        **surroundings.files,
        "features.json": as_json(
            {"columns": list(columns), "same": {t: dict(k) for t, k in surroundings.same.items()}}
        ),
        "golden.json": as_json(_golden(models, refs)),
    }
    manifest = _manifest(models, champions, surroundings, contents, created_at)
    _write(releases / manifest["release_id"], {**contents, MANIFEST_FILE: as_json(manifest)})
    released = point_to(releases, manifest["release_id"])
    sweep(releases)
    return released


def point_to(releases: Path, release_id: str) -> Release:
    """Let the pointer point to a release that can be read; workers follow within moments.

    The pointer is tried beside the present one first, so that a broken release is never pointed to.
    """
    sha256 = digest(releases / release_id / MANIFEST_FILE)
    with replacing(releases / POINTER) as part:
        part.write_bytes(as_json({"release": release_id, "sha256": sha256}))
        return read_release(part)


def _golden(models: Mapping[str, Model], refs: Sequence[FeatureRef]) -> dict[str, Any]:
    """Golden rows of the models that look at customers, and apart those of the one that looks at products."""
    ranking = models.get(RECOMMENDATION)
    found = golden_rows([model for task, model in models.items() if task != RECOMMENDATION], refs)
    return found if ranking is None else found | {RECOMMENDATION: golden_rows([ranking], ranking.features)}


def _check_same(models: Mapping[str, Model]) -> None:
    if not models:
        raise ExportError("a release needs at least one model, but the shop has no champion. Train one first.")
    for what in ("shop", "horizon_days", "active_within_days"):
        found = {task: getattr(model, what) for task, model in _sharing(models, what).items()}
        if len(set(found.values())) > 1:
            told = ", ".join(f"{task}: {value}" for task, value in found.items())
            raise ExportError(
                f"one release holds one {what}, but the champions differ ({told}). "
                "Train and promote the tasks that differ with the same setting."
            )


def _sharing(models: Mapping[str, Model], what: str = "") -> Mapping[str, Model]:
    """The models that share one horizon: ours; a question of the shop's own carries its own, in the shop they share."""
    return models if what == "shop" else {task: model for task, model in models.items() if task in TASKS} or models


def _needed(models: Any, columns: Sequence[ColumnNote]) -> list[ColumnNote]:
    wanted = {feature.name for model in models for feature in model.features}
    return [column for column in columns if column.name in wanted]


def _model_files(champions: Mapping[str, Champion]) -> dict[str, bytes]:
    return {
        f"models/{task}/{name}": (entry.folder / name).read_bytes()
        for task, entry in sorted(champions.items())
        for name in sorted(entry.sha256s)
    }


def _manifest(
    models: Mapping[str, Model],
    champions: Mapping[str, Champion],
    surroundings: Surroundings,
    contents: Mapping[str, bytes],
    created_at: datetime,
) -> dict[str, Any]:
    one = next(iter(_sharing(models).values()))
    files = {path: hashlib.sha256(content).hexdigest() for path, content in sorted(contents.items())}
    told = hashlib.sha256(as_json(files)).hexdigest()[:12]
    return {
        "release_id": f"{created_at:%Y%m%dT%H%M%S}-{told}",
        "created_at": created_at.isoformat(),
        "shop": surroundings.shop,
        "timezone": surroundings.timezone,
        "currency": surroundings.currency,
        "horizon_days": one.horizon_days,
        "active_within_days": one.active_within_days,
        "tasks": {
            task: {
                "folder": f"models/{task}",
                "version": champions[task].version,
                "model_kind": model.model_kind,
                "until": model.until,
                "sha256s": dict(champions[task].sha256s),
            }
            for task, model in models.items()
        },
        "files": files,
    }


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    try:
        with suppress(FileExistsError), new_folder(folder) as part:  # the same moment and content: it is there already
            for path, content in contents.items():
                (part / path).parent.mkdir(parents=True, exist_ok=True)
                (part / path).write_bytes(content)
    except OSError as error:
        raise ExportError(
            f"cannot write the release {folder}: {error.strerror}. Make the folder writable, or set PERENNIAL_HOME."
        ) from error
