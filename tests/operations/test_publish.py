"""From champions to a Release the service can read, together with the night's snapshot."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from features.shop import Shop, ShopSettings
from operations import home
from operations.night import nightly
from operations.night.snapshot import snapshot_cutoff
from operations.publish import exporter, policy_of, reason_texts, refuse_other_models
from perennial.running import settings_for
from scoring.errors import ReleaseError
from scoring.reasons.reason_files import texts_of
from scoring.release import ReleasedModel, model_digest, write_model
from serving.process.loaded import load_live
from tests.perennial.corner_shop import CUTOFF, rule_model
from training.review.export import Champion


@pytest.fixture
def champion(tmp_path: Path) -> Champion:
    folder = tmp_path / "model"
    return Champion(folder, write_model(rule_model().model, {}, folder), "3")


def test_release_and_snapshot_fit_together(three: Shop, champion: Champion) -> None:
    release = exporter(three)({"churn": champion})
    nightly.run(three, CUTOFF, {"churn": rule_model()}, home.scores(three, CUTOFF), serve=True)
    live = load_live(settings_for(today="2026-05-31"))
    assert live.release.release_id == release.release_id
    assert (live.snapshot.cutoff, live.versions) == (CUTOFF, {"churn": "3"})
    assert live.candidates is not None


def test_the_same_champions_make_no_second_release(three: Shop, champion: Champion) -> None:
    first = exporter(three)({"churn": champion})
    assert exporter(three)({"churn": champion}).release_id == first.release_id
    other = Shop(**{**vars(three), "settings": ShopSettings(margin=0.4)})
    assert exporter(other)({"churn": champion}).release_id != first.release_id


def test_the_policy_is_what_shop_toml_says(three: Shop) -> None:
    policy = policy_of(Shop(**{**vars(three), "settings": ShopSettings(margin=0.3)}))
    assert (policy.margin, policy.arm_key) == (0.3, home.key(three))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reason_texts_can_be_read(language: str) -> None:
    assert texts_of(language, reason_texts(language)).rules["chosen"]


def test_a_night_before_the_champions_release_waits_for_one(three: Shop) -> None:
    assert snapshot_cutoff(three) is None
    nightly.run(three, datetime(2026, 5, 1), {"churn": rule_model()}, home.scores(three, CUTOFF), serve=False)
    assert snapshot_cutoff(three) is None


def test_another_model_under_the_same_number_makes_another_release(three: Shop, tmp_path: Path) -> None:
    first = exporter(three)({"churn": _champion_of(tmp_path / "first")})
    second = exporter(three)({"churn": _champion_of(tmp_path / "second", until="2026-05-02")})
    assert first.models["churn"].version == second.models["churn"].version == "1"
    assert second.models["churn"].model.until == "2026-05-02"
    assert (second.release_id, second.models["churn"].digest) != (first.release_id, first.models["churn"].digest)


def test_a_night_with_other_models_than_the_service_is_refused(three: Shop, tmp_path: Path) -> None:
    one, other = _champion_of(tmp_path / "first"), _champion_of(tmp_path / "second", until="2026-05-02")
    released = exporter(three)({"churn": one}).models["churn"]
    refuse_other_models(three, {"churn": released})
    stranger = ReleasedModel(released.model, "1", model_digest(other.sha256s))
    with pytest.raises(ReleaseError, match=r"churn: the champion in the registry is version 1 \(.*holds version 1"):
        refuse_other_models(three, {"churn": stranger})


def _champion_of(folder: Path, **changes: str) -> Champion:
    return Champion(folder, write_model(replace(rule_model().model, **changes), {}, folder), "1")
