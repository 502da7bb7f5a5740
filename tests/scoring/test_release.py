import dataclasses
import json

import numpy as np
import pytest

from scoring.booster_text import check_booster_text
from scoring.errors import ReleaseError
from scoring.release import booster_of, digest, read_model, read_release, write_model
from tests.serving.synthetic_models import boost, churn_model, next_purchase_model


@pytest.fixture(scope="module")
def churn():
    return churn_model()


def test_a_model_comes_back_as_it_was_written(churn, tmp_path):
    for name, (model, texts) in {"churn": churn, "next_purchase": next_purchase_model()}.items():
        digests = write_model(model, texts, tmp_path / name)
        back = read_model(tmp_path / name, digests)
        assert back == model
        assert set(back.boosters) == set(texts)
        assert set(digests) == {"model.json", *texts}


def test_a_split_between_missing_and_known_values_survives(tmp_path):
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(600, 1)).astype(np.float32)
    inputs[::3] = np.nan
    text = boost(inputs, np.isnan(inputs[:, 0]).astype(float), objective="regression", num_leaves=2)
    assert "threshold=inf" in text
    loaded = booster_of(text, 1)
    assert loaded.predict(np.array([[np.nan]]))[0] > loaded.predict(np.array([[9.9]]))[0] + 0.5


def test_a_changed_file_never_reaches_lightgbm(churn, tmp_path, monkeypatch):
    model, texts = churn
    digests = write_model(model, texts, tmp_path)
    path = tmp_path / "churn.txt"
    path.write_text(path.read_text().replace("7", "8", 1))
    monkeypatch.setattr("scoring.release.lgb.Booster", lambda **_: pytest.fail("LightGBM saw the bytes"))
    with pytest.raises(ReleaseError, match="not the file its digest was taken of"):
        read_model(tmp_path, digests)


def test_a_file_without_a_digest_is_refused(churn, tmp_path):
    model, texts = churn
    digests = write_model(model, texts, tmp_path)
    with pytest.raises(ReleaseError, match=r"No digest is given for churn\.txt"):
        read_model(tmp_path, {"model.json": digests["model.json"]})
    with pytest.raises(ReleaseError, match=r"No digest is given for model\.json"):
        read_model(tmp_path, {"churn.txt": digests["churn.txt"]})


def test_an_unknown_field_of_model_json_is_refused(churn, tmp_path):
    model, texts = churn
    digests = write_model(model, texts, tmp_path)
    path = tmp_path / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "extra": 1}))
    with pytest.raises(ReleaseError, match="not in the format"):
        read_model(tmp_path, {**digests, "model.json": digest(path)})


def test_every_booster_must_be_given(churn, tmp_path):
    with pytest.raises(ReleaseError, match=r"needs the boosters \['churn.txt'\], got \[\]"):
        write_model(churn[0], {}, tmp_path)


def _line(text, name, change):
    """Change the first line `name=…` of a booster's text."""
    lines = text.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(name + "="))
    lines[at] = name + "=" + change(lines[at].split("=", 1)[1])
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("version", lambda value: "v3"),
        ("max_feature_idx", lambda value: "9"),
        ("feature_names", lambda value: value + " more"),
        ("tree_sizes", lambda value: value.replace("8", "9", 1)),
        ("split_feature", lambda value: "99" + value[1:]),
        ("left_child", lambda value: value + " 1"),
        ("threshold", lambda value: value.replace(".", "x", 1)),
        ("leaf_value", lambda value: "nan" + value[value.index(" ") :]),
        ("num_cat", lambda value: "1"),
        ("num_leaves", lambda value: "-7"),
    ],
)
def test_a_broken_booster_text_is_found(churn, name, change):
    with pytest.raises(ReleaseError):
        check_booster_text(_line(churn[1]["churn.txt"], name, change))


def test_a_text_cut_anywhere_is_found(churn):
    text = churn[1]["churn.txt"]
    check_booster_text(text)
    for end in np.random.default_rng(0).integers(0, text.index("\npandas_categorical"), 60):
        with pytest.raises(ReleaseError):
            check_booster_text(text[:end])


def test_nodes_in_a_circle_are_found(churn):
    text = churn[1]["churn.txt"]
    sides = {name: _first(text, name) for name in ("left_child", "right_child")}
    above = next(side for side in sides.values() if "1" in side)
    above[above.index("1")], sides["left_child"][1] = sides["left_child"][1], "1"  # node 1 is its own child
    for name, side in sides.items():
        text = _line(text, name, lambda _, side=side: " ".join(side))
    with pytest.raises(ReleaseError, match="circle"):
        check_booster_text(text)


def _first(text, name):
    return text.split(f"\n{name}=", 1)[1].split("\n", 1)[0].split(" ")


@pytest.fixture
def release(churn, tmp_path):
    model, texts = churn
    folder = tmp_path / "r1"
    sha256s = write_model(model, texts, folder / "models" / "churn")
    columns = [dataclasses.asdict(f) | {"unit": "x", "about": "x", "empty": None} for f in model.features]
    (folder / "features.json").write_text(json.dumps({"columns": columns, "same": {}}))
    files = {str(p.relative_to(folder)): digest(p) for p in folder.rglob("*") if p.is_file()}
    manifest = {
        "release_id": "r1",
        "shop": "test",
        "timezone": "UTC",
        "currency": "EUR",
        "horizon_days": 28,
        "active_within_days": 91,
        "files": files,
        "tasks": {"churn": {"folder": "models/churn", "version": 3, "sha256s": sha256s}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    pointer = tmp_path / "current.json"
    pointer.write_text(json.dumps({"release": "r1", "sha256": digest(folder / "manifest.json")}))
    return pointer


def test_a_release_is_read_through_its_pointer(release, churn):
    read = read_release(release)
    assert read.models["churn"].version == "3"
    assert read.models["churn"].model == churn[0]
    assert read.column_refs == churn[0].features


@pytest.mark.parametrize("name", ["manifest.json", "features.json", "models/churn/model.json"])
def test_any_changed_file_of_a_release_is_found(release, name):
    path = release.parent / "r1" / name
    path.write_text(path.read_text() + " ")
    with pytest.raises(ReleaseError, match="digest"):
        read_release(release)


def test_a_pointer_cannot_leave_its_folder(release):
    release.write_text(json.dumps({"release": "../r1", "sha256": "0"}))
    with pytest.raises(ReleaseError, match="not a plain"):
        read_release(release)
