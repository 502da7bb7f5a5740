"""The report is written where it is looked for, and logged where models were trained."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from features.errors import CutoffError
from operations import home
from operations.report import journey_pages, write_pages
from tests.shops import make_shop
from training.tracking.runs import client

AT = datetime(2026, 5, 1)
ORDERS = [
    {"order_id": f"o{i}", "customer_id": f"c{i % 40}", "amount": 5, "happened_at": AT - timedelta(hours=9 * i)}
    for i in range(1, 200)
]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))


def test_pages_lie_under_home_and_the_first_where_it_is_wanted(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, orders=ORDERS)
    pages = journey_pages(shop, AT, None, ["zh", "en"], 28, 60)
    written = write_pages(shop, AT, pages, tmp_path / "mlruns", tmp_path / "new" / "page.html")
    assert written == {"zh": tmp_path / "new" / "page.html", "en": home.report(shop, AT, "en")}
    assert {language: path.read_text() for language, path in written.items()} == pages
    assert not (tmp_path / "mlruns").exists()


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, orders=ORDERS)
    first, second = (journey_pages(shop, AT, None, ["en"], 28, 60) for _ in range(2))
    assert first == second


def test_where_models_were_trained_the_pages_are_logged(tmp_path: Path) -> None:
    shop, mlruns = make_shop(tmp_path, orders=ORDERS), tmp_path / "mlruns"
    with client(mlruns):
        pass
    write_pages(shop, AT, {"en": "<html>"}, mlruns)
    with client(mlruns) as mlflow_client:
        experiment = mlflow_client.get_experiment_by_name("test-shop.report")
        (run,) = mlflow_client.search_runs([experiment.experiment_id])
        (artifact,) = mlflow_client.list_artifacts(run.info.run_id)
    assert (run.info.run_name, run.info.status, artifact.path) == ("report 2026-05-01", "FINISHED", "report.en.html")


def test_a_cutoff_after_the_data_is_refused(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, orders=ORDERS)
    with pytest.raises(CutoffError, match="--at 2026-06-01 lies after the data"):
        journey_pages(shop, datetime(2026, 6, 1), None, ["en"], 28, 60)
