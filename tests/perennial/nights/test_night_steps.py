"""`perennial nightly` from outside: a night, the same night again, what changed, what failed, what is due."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.nights.night_steps import ALARM_CODE, FAILED_CODE
from serving.state.files_lock import NIGHT, changing_files
from tests.perennial.conftest import Perennial, Place, place_after

UNTIL, TODAY = "2025-10-27", "2025-10-26"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Place:
    """A shop with a model; the nights of two tests run in it, one after the other."""
    window = ("--until", UNTIL, "--horizon", "28d", "--active-within", "91d")
    return place_after(tmp_path_factory.mktemp("nights"), migrated, ("train", "churn", *window))


@pytest.fixture
def trained(place: Place, perennial: Perennial, monkeypatch: pytest.MonkeyPatch) -> Path:
    place.enter(monkeypatch)
    return place.shop


def test_a_night_is_done_once_and_goes_on_where_it_failed(perennial: Perennial, trained: Path) -> None:
    home = trained.parent
    night = ("nightly", "--shop", trained, "--today", TODAY)
    plan = perennial(*night, "--explain")
    assert plan.code == 0 and "A run now would do: import, score, monitor, retrain, report." in plan.out
    assert len(plan.out.splitlines()) <= 10 and not (home / "home" / "snapshots").exists()

    first = perennial(*night)
    assert first.code == 0, first.out + first.err
    assert "Scored" in first.out and "retrain  done" in first.out and ": not due" in first.out
    scores = home / "home" / "scores" / "corner-shop" / UNTIL / "scores.parquet"
    before = scores.stat().st_mtime_ns
    second = perennial(*night)
    assert second.code == 0 and "Scored" not in second.out
    assert scores.stat().st_mtime_ns == before

    rows = pq.read_table(trained / "orders.parquet")
    more = rows.slice(0, 1).set_column(0, "order_id", pa.array(["new"]))
    pq.write_table(pa.concat_tables([rows, more]), trained / "orders.parquet")
    assert "Scored" in perennial(*night).out

    pq.write_table(rows.take(list(range(0, rows.num_rows, 2))), trained / "orders.parquet")
    less = perennial(*night)
    assert less.code == FAILED_CODE and "got less than last night" in less.out
    assert "retrain  not run: it needs 'score'" in less.out
    told = perennial(*night, "--explain")
    assert "failed" in told.out and "got less than last night" in told.out
    assert "A run now would do: score, monitor, retrain, report." in told.out
    pq.write_table(rows, trained / "orders.parquet")
    assert perennial(*night).code == 0


@pytest.mark.usefixtures("mlruns")
def test_models_are_trained_again_once_when_they_are_old(perennial: Perennial, shop: Path) -> None:
    window = ("--until", "2025-09-15", "--horizon", "28d", "--active-within", "91d")
    assert perennial("train", "churn", "--shop", shop, *window).code == 0
    night = ("nightly", "--shop", shop, "--today", TODAY, "--retrain-after")
    assert perennial(*night, "0d").code == 2
    assert "retrain  done" in perennial(*night, "never").out
    ended = perennial(*night, "30d")
    assert ended.code in (0, ALARM_CODE), ended.out + ended.err
    assert "the models have seen nothing of the last 42 days" in ended.out and "version 2" in ended.out
    again = perennial(*night, "30d")
    assert "not due" in again.out and "version 3" not in again.out
    assert len(perennial(*night, "30d", "--explain").out.splitlines()) <= 10


def test_a_shop_whose_exports_have_stopped_learns_nothing_new(perennial: Perennial, trained: Path) -> None:
    ended = perennial("nightly", "--shop", trained, "--today", "2025-12-20", "--retrain-after", "30d")
    assert ended.code in (0, ALARM_CODE), ended.out + ended.err
    assert ": not due" in ended.out


def test_two_nights_at_once_are_refused(perennial: Perennial, shop: Path, home: Path) -> None:
    with changing_files(home / "home" / "state" / "corner-shop" / "nightly", NIGHT):
        ended = perennial("nightly", "--shop", shop, "--today", TODAY)
    assert ended.code == 2 and "already running since" in ended.err


def test_a_shop_without_a_model_fails_with_what_to_do(perennial: Perennial, shop: Path) -> None:
    ended = perennial("nightly", "--shop", shop, "--today", TODAY)
    assert ended.code == FAILED_CODE != ALARM_CODE
    assert "has no model yet. Train one first" in ended.out
