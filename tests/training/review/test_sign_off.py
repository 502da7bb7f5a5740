import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from features.shop import Shop
from scoring.release import Release
from tests.training.tiny_models import FEATURES, NOW
from training.evaluation.comparison import Comparison
from training.evaluation.folds import Fitted
from training.review import golden, run_record, sign_off
from training.review.export import Champion, ColumnNote, Surroundings, export_release
from training.tracking import registry, runs

Fit = Callable[..., Fitted]
COLUMNS = [ColumnNote(name, f"{name}-print", "days", "", None) for name in FEATURES]
SIGNED = {"by": "Ana", "why": "Better on the same rows.", "at": NOW}


@pytest.fixture
def export(tmp_path: Path) -> Callable[[Mapping[str, Champion]], Release]:
    moments = (NOW + timedelta(hours=i) for i in range(100))
    around = Surroundings("corner-shop", "UTC", "EUR", COLUMNS)
    return lambda champions: export_release(champions, around, releases=tmp_path / "r", created_at=next(moments))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of its own and the plots take seconds; test_golden and test_dossier have them."""
    monkeypatch.setattr(sign_off, "try_elsewhere", lambda *_: 0.0)
    monkeypatch.setattr(run_record, "figures", lambda *_: {})


def test_a_better_version_is_promoted_signed_and_released(churn_fit_of: Fit, shop: Shop, mlruns: Path, export) -> None:
    sign_off.log(churn_fit_of(noise=2.0), shop, mlruns=mlruns)
    sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns)
    found = sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, **SIGNED)

    champion = registry.champion("corner-shop", "churn", mlruns=mlruns)
    assert found.passed
    assert champion is not None
    assert champion.version == 2
    assert champion.tags["review.by"] == "Ana"
    assert champion.tags["review.why"] == "Better on the same rows."
    assert champion.tags["review.verdict"] == "promoted"
    assert export(sign_off.champions_of("corner-shop", mlruns=mlruns)).models["churn"].version == "2"


def test_a_version_that_is_no_better_is_refused_with_what_was_found(
    churn_fit_of: Fit, shop: Shop, mlruns: Path, export
) -> None:
    sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns)
    sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns)

    with pytest.raises(
        sign_off.ReviewError, match=r"v2 does not pass the gate\.\n  beats champion v1: Log loss"
    ) as error:
        sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, **SIGNED)
    assert "wanted: interval wholly on the better side of 0" in str(error.value)
    champion = registry.champion("corner-shop", "churn", mlruns=mlruns)
    assert champion is not None
    assert champion.version == 1


def test_rollback_brings_the_champion_before_back_and_is_signed(
    churn_fit_of: Fit, shop: Shop, mlruns: Path, export
) -> None:
    sign_off.log(churn_fit_of(noise=2.0), shop, mlruns=mlruns)
    sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns)
    sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, **SIGNED)
    before = sign_off.rollback("corner-shop", "churn", mlruns=mlruns, export=export, **SIGNED)

    champion = registry.champion("corner-shop", "churn", mlruns=mlruns)
    assert before.version == 1
    assert champion is not None
    assert champion.version == 1
    assert registry.version("corner-shop", "churn", 2, mlruns=mlruns).tags["review.verdict"] == "rolled back"
    with pytest.raises(sign_off.ReviewError, match="has no champion before the present one"):
        sign_off.rollback("corner-shop", "churn", mlruns=mlruns, export=export, **SIGNED)


def test_a_promotion_nobody_signs_is_refused(shop: Shop, mlruns: Path, export) -> None:
    with pytest.raises(sign_off.ReviewError, match="give --by with a name and --why with a reason"):
        sign_off.promote(shop, "churn", 1, by=" ", why="x", at=NOW, mlruns=mlruns, export=export)


def test_the_first_version_is_told_what_it_fails_and_serves(churn_fit_of: Fit, shop: Shop, mlruns: Path) -> None:
    logged = sign_off.log(churn_fit_of(bias=1.5), shop, mlruns=mlruns)
    found = sign_off.review(shop, "churn", mlruns=mlruns)

    assert logged.champion
    assert found.comparison is None
    assert "churn probability is calibrated" in {check.name for check in found.checks if not check.passed}
    assert found.version.tags["gate"].startswith("not passed: ")


def test_a_review_after_the_champion_changed_compares_with_the_new_one(
    churn_fit_of: Fit, shop: Shop, mlruns: Path, export
) -> None:
    for noise in (2.0, 0.2, 0.2):
        sign_off.log(churn_fit_of(noise=noise), shop, mlruns=mlruns)
    sign_off.promote(shop, "churn", 3, mlruns=mlruns, export=export, **SIGNED)
    found = sign_off.review(shop, "churn", mlruns=mlruns, number=2)

    names = {check.name for check in found.checks}
    assert "beats champion v3" in names
    assert "beats champion v1" not in names
    report = registry.read_artifact(found.version, run_record.REPORT, mlruns=mlruns).decode()
    assert "champion v3" in report
    assert "Churn · corner-shop v2" in report


def test_a_broken_answer_stops_a_promotion(
    churn_fit_of: Fit, shop: Shop, mlruns: Path, export, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_off.log(churn_fit_of(noise=2.0), shop, mlruns=mlruns)
    sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns)
    monkeypatch.setattr(sign_off, "try_elsewhere", lambda *_: 10 * golden.TOLERANCE)

    with pytest.raises(sign_off.ReviewError, match=r"golden predictions: largest difference 1\.0e-08"):
        sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, **SIGNED)


def test_nothing_that_is_kept_names_a_customer(churn_fit_of: Fit, shop: Shop, mlruns: Path) -> None:
    sign_off.log(churn_fit_of(), shop, mlruns=mlruns)
    known = registry.version("corner-shop", "churn", 1, mlruns=mlruns)

    for file in (path for path in mlruns.rglob("*") if path.is_file()):
        assert b"customer-0" not in file.read_bytes(), file
    checks = json.loads(registry.read_artifact(known, run_record.CHECKS, mlruns=mlruns))
    assert {"name", "passed", "found", "wanted", "about"} == set(checks[0])


def test_a_champion_that_cannot_be_read_is_not_beaten_but_the_fit_is_kept(
    churn_fit_of: Fit, shop: Shop, mlruns: Path
) -> None:
    sign_off.log(churn_fit_of(noise=2.0), shop, mlruns=mlruns)
    champion = registry.version("corner-shop", "churn", 1, mlruns=mlruns)
    (registry.model_folder(champion, mlruns=mlruns)[0] / "churn.txt").write_text("damaged")
    logged = sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns)

    tags = registry.version("corner-shop", "churn", logged.version, mlruns=mlruns).tags
    assert tags["gate"].startswith("not passed") and tags["gate"].endswith("beats champion v1.")


def test_an_unknown_version_names_those_there_are(churn_fit_of: Fit, shop: Shop, mlruns: Path) -> None:
    with pytest.raises(sign_off.ReviewError, match=r"corner-shop\.churn has no version\. Train one"):
        sign_off.review(shop, "churn", mlruns=mlruns)
    sign_off.log(churn_fit_of(), shop, mlruns=mlruns)
    with pytest.raises(registry.TrackingError, match="has no version 9; there are: 1"):
        sign_off.review(shop, "churn", mlruns=mlruns, number=9)


def test_a_rejected_version_waits_no_longer_and_cannot_be_promoted(
    churn_fit_of: Fit, shop: Shop, mlruns: Path, export
) -> None:
    sign_off.log(churn_fit_of(noise=2.0), shop, mlruns=mlruns)
    sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns)
    found = sign_off.reject("corner-shop", "churn", 2, by="Ana", why="Off in the north.", at=NOW, mlruns=mlruns)

    tags = registry.version("corner-shop", "churn", 2, mlruns=mlruns).tags
    assert (tags["review.verdict"], tags["review.by"], tags["review.why"]) == ("rejected", "Ana", "Off in the north.")
    (signed,) = registry.read_signatures(found, run_record.SIGNATURES, mlruns=mlruns)
    assert signed["review.verdict"] == "rejected"
    with runs.client(mlruns) as client:
        assert runs.alias(client, "corner-shop.churn", "challenger") is None
    with pytest.raises(sign_off.ReviewError, match=r"v2 was rejected by Ana: Off in the north\. Train another"):
        sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, **SIGNED)
    with pytest.raises(sign_off.ReviewError, match="v1 is the champion; what serves is not rejected but replaced"):
        sign_off.reject("corner-shop", "churn", 1, by="Ana", why="x", at=NOW, mlruns=mlruns)
    with pytest.raises(sign_off.ReviewError, match="a rejection is signed"):
        sign_off.reject("corner-shop", "churn", 2, by="", why="x", at=NOW, mlruns=mlruns)


def test_what_cannot_be_compared_may_be_answered_for_and_the_signature_says_so(
    churn_fit_of: Fit, shop: Shop, mlruns: Path, export, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_off.log(churn_fit_of(noise=2.0), shop, mlruns=mlruns)
    sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns)
    with pytest.raises(sign_off.ReviewError, match="v2 can be compared with what serves"):
        sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, uncompared=True, **SIGNED)

    monkeypatch.setattr(sign_off, "compare", lambda *_, version, **__: Comparison(version, 0, (), {}, {}, {}))
    with pytest.raises(sign_off.ReviewError, match="could not be compared"):
        sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, **SIGNED)
    found = sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, uncompared=True, **SIGNED)
    known = registry.version("corner-shop", "churn", 2, mlruns=mlruns)
    assert known.is_champion
    assert known.tags["review.not_asked"] == "beats champion v1"
    (signed,) = registry.read_signatures(found.version, run_record.SIGNATURES, mlruns=mlruns)
    assert signed["review.not_asked"] == "beats champion v1"


def test_answering_for_the_comparison_overrides_no_other_check(
    churn_fit_of: Fit, shop: Shop, mlruns: Path, export, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_off.log(churn_fit_of(), shop, mlruns=mlruns)
    sign_off.log(churn_fit_of(bias=1.5), shop, mlruns=mlruns)
    monkeypatch.setattr(sign_off, "compare", lambda *_, version, **__: Comparison(version, 0, (), {}, {}, {}))
    with pytest.raises(sign_off.ReviewError, match="churn probability is calibrated") as error:
        sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, uncompared=True, **SIGNED)
    assert "beats champion" not in str(error.value)


@pytest.mark.parametrize("to", [2, None])
def test_an_alias_moved_by_hand_is_named_and_does_not_serve_until_reviewed(
    churn_fit_of: Fit, shop: Shop, mlruns: Path, export, to: int | None
) -> None:
    sign_off.log(churn_fit_of(noise=2.0), shop, mlruns=mlruns)
    sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns)
    assert registry.moved_by_hand("corner-shop", mlruns=mlruns) == ()
    with runs.client(mlruns) as client:
        if to is None:
            client.delete_registered_model_alias("corner-shop.churn", "champion")
        else:
            client.set_registered_model_alias("corner-shop.churn", "champion", str(to))

    assert registry.moved_by_hand("corner-shop", mlruns=mlruns) == (registry.MovedAlias("corner-shop.churn", to, 1),)
    assert registry.champions("corner-shop", mlruns=mlruns)["churn"].version == 1
    assert not sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns).champion
    sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, **SIGNED)
    assert registry.moved_by_hand("corner-shop", mlruns=mlruns) == ()
    assert registry.champions("corner-shop", mlruns=mlruns)["churn"].version == 2


def test_a_champion_deleted_in_mlflow_is_named_and_another_may_take_its_place(
    churn_fit_of: Fit, shop: Shop, mlruns: Path, export
) -> None:
    sign_off.log(churn_fit_of(noise=2.0), shop, mlruns=mlruns)
    sign_off.log(churn_fit_of(noise=0.2), shop, mlruns=mlruns)
    with runs.client(mlruns) as client:
        client.delete_model_version("corner-shop.churn", "1")
    with pytest.raises(registry.TrackingError, match="v1 was champion, and is not in the registry any more"):
        registry.champions("corner-shop", mlruns=mlruns)
    sign_off.promote(shop, "churn", 2, mlruns=mlruns, export=export, **SIGNED)
    assert registry.champions("corner-shop", mlruns=mlruns)["churn"].version == 2
