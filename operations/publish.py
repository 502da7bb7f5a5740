"""From a shop and its champions to the Release the service reads."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from importlib.metadata import version
from typing import Any

from decisions.policy import Policy
from features.build.compile import compile_for_one
from features.catalog import fillable_of
from features.catalog.words import feature_words
from features.shop import Shop
from features.tables import SAME
from operations import home
from scoring.clock import now
from scoring.errors import ReleaseError
from scoring.plain_json import as_json
from scoring.release import Release, ReleasedModel, model_digest, read_model, read_release
from serving.snapshot.snapshot import FACT_COLUMNS
from training.review.export import POINTER, Champion, ColumnNote, Surroundings, export_release
from training.review.sign_off import Export, champions_of
from training.tracking.store import Mlruns

LANGUAGES = ("en", "zh")


def publish(shop: Shop, *, mlruns: Mlruns) -> Release:
    """Export the shop's champions as its current Release, unless the current one already says the same.

    Raises
    ------
    ExportError     if there is no champion, or they differ in horizon
    """
    return exporter(shop)(champions_of(shop.name, mlruns=mlruns))


def exporter(shop: Shop) -> Export:
    """How champions of this shop become its current Release."""

    def export(champions: Mapping[str, Champion]) -> Release:
        models = [read_model(champion.folder, champion.sha256s) for champion in champions.values()]
        wanted = {feature.name for model in models for feature in model.features}
        around = surroundings(shop, wanted | set(FACT_COLUMNS))
        current = current_release(shop)
        if current is not None and _says_the_same(current, champions, around):
            return current
        return export_release(champions, around, releases=home.releases(shop), created_at=now())

    return export


def surroundings(shop: Shop, wanted: set[str]) -> Surroundings:
    """What a release holds besides models: notes on features, their SQL, the policy, the reason texts.

    Parameters
    ----------
    wanted : names of the feature columns the models and decisions need
    """
    columns = fillable_of(shop, wanted)
    compiled = compile_for_one(columns)
    sources = {
        "names": compiled.names,
        "sources": compiled.sources,
        "fingerprints": [column.fingerprint for column in columns],
        "compiler": f"ibis {version('ibis-framework')}",
    }
    texts = {f"reasons.{language}.json": as_json(reason_texts(language)) for language in LANGUAGES}
    return Surroundings(
        shop=home.key(shop),
        timezone=shop.timezone,
        currency=shop.currency,
        columns=[ColumnNote(c.name, c.fingerprint, c.unit, c.about, c.empty) for c in columns],
        same=SAME,
        files={
            "policy.json": policy_of(shop).to_json().encode(),
            "features.sql": compiled.sql.encode(),
            "features.sql.json": as_json(sources),
            **texts,
        },
    )


def policy_of(shop: Shop) -> Policy:
    """What a release says of decisions: the margin; the rest of shop.toml's word travels with each night."""
    return Policy(margin=shop.settings.margin, arm_key=home.key(shop))


def reason_texts(language: str) -> dict[str, Any]:
    """The reason texts a marketer may edit, from perennial/texts, with the features' names."""
    text = resources.files("perennial").joinpath("texts", f"reasons.{language}.toml").read_text(encoding="utf-8")
    own, features = tomllib.loads(text), feature_words(language)
    return {**own, **features, "words": {**features["words"], **own["words"]}}


def current_release(shop: Shop) -> Release | None:
    """The release the service reads now; None where there is none that can be read."""
    pointer = home.releases(shop) / POINTER
    try:
        return read_release(pointer) if pointer.exists() else None
    except ReleaseError:
        return None


def refuse_other_models(shop: Shop, models: Mapping[str, ReleasedModel]) -> None:
    """Files and service must speak of the same models; a registry begun anew has others under the same numbers.

    Raises
    ------
    ReleaseError     if the current release holds another model of a task
    """
    release = current_release(shop)
    released_models = release.models if release is not None else models
    for task, released in models.items():
        held = released_models.get(task)
        if held is None or held.digest != released.digest:
            there = "none" if held is None else f"version {held.version} ({held.digest[:10]})"
            raise ReleaseError(
                f"{task}: the champion in the registry is version {released.version} ({released.digest[:10]}), the "
                f"release that serves holds {there}. Files and service would differ. Name the registry of that "
                f"release with --mlruns, or let this one serve: perennial train {task} --shop {shop.folder}"
            )


def _says_the_same(release: Release, champions: Mapping[str, Champion], around: Surroundings) -> bool:
    """Whether a release holds these champions and files; SQL text may differ from run to run and mean the same.

    A registry that was begun anew counts from 1 again: the models' digests decide, their versions only name them.
    """
    held = {task: (released.version, released.digest) for task, released in release.models.items()}
    wanted = {task: (champion.version, model_digest(champion.sha256s)) for task, champion in champions.items()}
    return (
        release.same == around.same
        and held == wanted
        and all(
            (release.folder / name).is_file() and (release.folder / name).read_bytes() == content
            for name, content in around.files.items()
            if name != "features.sql"
        )
    )
