"""`--mlruns` is a folder or an address; MLFLOW_TRACKING_URI speaks where it is not given."""

from pathlib import Path

import pytest

from tests.perennial.conftest import Perennial


def test_mlflows_own_variable_is_respected(perennial: Perennial, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    ended = perennial("review", "churn", "--shop", shop)
    assert ended.code and "MLflow at http://127.0.0.1:1 does not answer" in ended.err
    pages = perennial("ui")
    assert pages.code and "Runs are kept at http://127.0.0.1:1: open that address in a browser" in pages.err


def test_a_folder_that_is_given_wins_and_is_the_default(
    perennial: Perennial, shop: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"Looked in {home / 'mlruns'}" in perennial("review", "churn", "--shop", shop).err
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    ended = perennial("review", "churn", "--shop", shop, "--mlruns", home / "here")
    assert ended.code and f"Looked in {home / 'here'}" in ended.err
