"""The formats training writes and serving reads: a Model's folder and a Release's folder.

A model folder holds model.json and one LightGBM text file a booster. Nothing in it can run code, and
no byte of a booster reaches LightGBM before its SHA-256, kept outside the folder, was compared.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm as lgb

from scoring.booster_text import check_booster_text
from scoring.errors import ReleaseError
from scoring.level import Habit, level_from_plain
from scoring.model import FeatureRef, Head, Model, Spread, Steps, Term
from scoring.verified_files import digest, plain_name, plain_path, read_bytes, verified_bytes, write_bytes

__all__ = [
    "FeatureRef",
    "Head",
    "Model",
    "Release",
    "ReleasedModel",
    "Spread",
    "Steps",
    "Term",
    "booster_of",
    "digest",
    "model_digest",
    "read_model",
    "read_release",
    "write_model",
]

MODEL_FILE = "model.json"
MANIFEST_FILE = "manifest.json"
FORMAT = 2


@dataclass(frozen=True)
class ReleasedModel:
    """A model as released.

    Attributes
    ----------
    version : the registry's number, which every decision names
    digest : of the model's files; what decides whether two are the same
    """

    model: Model
    version: str
    digest: str = ""


@dataclass(frozen=True)
class Release:
    """What serving runs on: one shop, one horizon, the champions and all files around them.

    Attributes
    ----------
    folder : where the verified files lie (features.json, reasons.en.json, policy.json, golden.json …)
    columns : every feature column some model needs, as features.json lists them:
        name, fingerprint, unit, about, empty
    same : table → kind of row → columns that tell that a row was delivered before; "" stands for every other kind
    manifest : the manifest as written; its `files` name the digest of every other file
    """

    release_id: str
    shop: str
    timezone: str
    currency: str
    horizon_days: int
    active_within_days: int
    folder: Path
    models: Mapping[str, ReleasedModel]
    columns: tuple[Mapping[str, Any], ...]
    same: Mapping[str, Mapping[str, tuple[str, ...]]]
    manifest: Mapping[str, Any] = field(repr=False)

    @property
    def column_refs(self) -> tuple[FeatureRef, ...]:
        """The feature columns as name and fingerprint, in the order a snapshot keeps them."""
        return tuple(FeatureRef(column["name"], column["fingerprint"]) for column in self.columns)


def write_model(model: Model, boosters: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Write a model and its boosters' texts (by file name) into a folder; return each file's SHA-256.

    The digests belong somewhere else than the folder: in a registry's tags or a release's manifest.
    """
    wanted = {name for head in model.heads for name in head.boosters}
    if wanted != set(boosters):
        raise ReleaseError(f"Model {model.task} needs the boosters {sorted(wanted)}, got {sorted(boosters)}.")
    folder.mkdir(parents=True, exist_ok=True)
    texts = {MODEL_FILE: json.dumps(_model_to_json(model), indent=1, allow_nan=False) + "\n", **boosters}
    for name, text in boosters.items():
        plain_name(name)
        check_booster_text(text)
    for name, text in texts.items():
        write_bytes(folder / name, text.encode())
    return {name: digest(folder / name) for name in sorted(texts)}


def read_model(folder: Path, sha256s: Mapping[str, str]) -> Model:
    """Load a model whose every file has the digest given in `sha256s` (file name → SHA-256).

    Raises
    ------
    ReleaseError   if a file is missing, unlisted, changed, or not what the format says
    """
    content = {name: verified_bytes(folder, name, sha256) for name, sha256 in sha256s.items()}
    if MODEL_FILE not in content:
        raise ReleaseError(f"No digest is given for {MODEL_FILE} of {folder}; none is read unchecked.")
    model: Model = _parse(content.pop(MODEL_FILE), folder / MODEL_FILE, _model_from_json)
    boosters = {}
    for name in sorted({name for head in model.heads for name in head.boosters}):
        if name not in content:
            raise ReleaseError(f"No digest is given for {name} of {folder}; none is read unchecked.")
        boosters[name] = booster_of(content[name].decode(), len(model.inputs))
    return dataclasses.replace(model, boosters=boosters)


def model_digest(sha256s: Mapping[str, str]) -> str:
    """One SHA-256 of a model's files (name → SHA-256), whatever number a registry gave it."""
    told = "".join(f"{name} {sha256}\n" for name, sha256 in sorted(sha256s.items()))
    return hashlib.sha256(told.encode()).hexdigest()


def booster_of(text: str, width: int) -> lgb.Booster:
    """A booster from its text, after the structural check; `width` is how many inputs it must have."""
    check_booster_text(text)
    booster = lgb.Booster(model_str=text)
    if booster.num_feature() != width:
        raise ReleaseError(f"A booster has {booster.num_feature()} inputs, its model.json lists {width}.")
    return booster


def read_release(pointer: Path) -> Release:
    """Load the release a pointer file names, every file checked against the digests.

    The pointer {"release": id, "sha256": digest of manifest.json} lies beside the release folders.
    """
    target = _parse(read_bytes(pointer), pointer, dict)
    folder = pointer.parent / plain_name(str(target.get("release")))
    content = verified_bytes(folder, MANIFEST_FILE, str(target.get("sha256")))
    release: Release = _parse(content, folder / MANIFEST_FILE, partial(_release_from_json, folder))
    return release


def _release_from_json(folder: Path, manifest: dict[str, Any]) -> Release:
    files: dict[str, str] = manifest["files"]
    content = {name: verified_bytes(folder, name, sha256) for name, sha256 in files.items()}
    models = {
        task: ReleasedModel(_model_of(folder, entry), str(entry["version"]), model_digest(entry["sha256s"]))
        for task, entry in manifest["tasks"].items()
    }
    features = json.loads(content["features.json"])
    return Release(
        release_id=manifest["release_id"],
        shop=manifest["shop"],
        timezone=manifest["timezone"],
        currency=manifest["currency"],
        horizon_days=manifest["horizon_days"],
        active_within_days=manifest["active_within_days"],
        folder=folder,
        models=models,
        columns=tuple(features["columns"]),
        same={table: _tuples(kinds) for table, kinds in features["same"].items()},
        manifest=manifest,
    )


def _model_of(folder: Path, entry: Mapping[str, Any]) -> Model:
    return read_model(folder / plain_path(entry["folder"]), entry["sha256s"])


def _model_to_json(model: Model) -> dict[str, Any]:
    plain = {f.name: getattr(model, f.name) for f in dataclasses.fields(model) if f.name != "boosters"}
    return {"format": FORMAT, **json.loads(json.dumps(plain, default=dataclasses.asdict))}


def _model_from_json(plain: dict[str, Any]) -> Model:
    if plain.pop("format") != FORMAT:
        raise ReleaseError(f"model.json has another format than {FORMAT}; train again.")
    heads = [
        Head(
            **{
                **_tuples(head),
                "terms": tuple(Term(**term) for term in head["terms"]),
                "steps": tuple(Steps(**_tuples(steps)) for steps in head["steps"]),
                "parts": tuple((str(name), float(weight)) for name, weight in head.get("parts", ())),
            }
        )
        for head in plain.pop("heads")
    ]
    spreads = {
        name: Spread(**{**_tuples(spread), "values": tuple(map(tuple, spread["values"]))})
        for name, spread in plain.pop("spreads").items()
    }
    level = level_from_plain(plain.pop("level"))
    habits = {series: tuple(Habit(**one) for one in own) for series, own in plain.pop("habits").items()}
    features = tuple(FeatureRef(**feature) for feature in plain.pop("features"))
    return Model(features=features, heads=tuple(heads), spreads=spreads, level=level, habits=habits, **_tuples(plain))


def _tuples(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}


def _parse(content: bytes, path: Path, build: Any) -> Any:
    try:
        return build(json.loads(content))
    except (ValueError, TypeError, KeyError) as error:
        raise ReleaseError(f"{path} is not in the format read here ({error}); export it again.") from error
