"""`perennial monitor` on a shop trained and scored from the command line."""

import json

import pytest

from operations.monitor.findings import EXIT_CODES, OUTCOMES, RECALIBRATE, Alert, Findings
from tests.perennial.conftest import place_after
from training.tracking import registry

FACTS = {"as_of": "2025-08-03", "version": "1", "total": "days", "found": 1.5, "expected": 1.0}
TRAINED = ("--until", "2025-08-01", "--horizon", "28d", "--active-within", "91d")


@pytest.fixture(scope="module")
def watched(tmp_path_factory, migrated):
    """A shop trained and scored, which both tests watch: what one does the other need not see."""
    night = ("score", "--at", "2025-08-03", "--today", "2025-08-02")
    return place_after(tmp_path_factory.mktemp("watched"), migrated, ("train", "churn", *TRAINED), night)


@pytest.fixture
def watching(watched, perennial, monkeypatch):
    watched.enter(monkeypatch)
    return perennial


@pytest.mark.slow
def test_a_shop_is_watched_from_its_first_night_on(watching, watched):
    perennial, shop, home = watching, watched.shop, watched.folder
    first = perennial("monitor", "--shop", shop)
    assert "corner-shop as of 2025-08-03" in first.out
    assert "what happened" in first.out
    assert "their outcome window is not over" in first.out

    later = perennial("monitor", "--shop", shop, "--at", "2025-09-15", "--language", "zh")
    assert "2025-08-03 的评分与训练时的对比" in later.out
    told = json.loads((home / "home" / "monitor" / "corner-shop" / "2025-09-15" / "findings.json").read_text())
    assert later.code == told["exit_code"] == EXIT_CODES[told["advice"]]
    assert not any(f"C{number}" in json.dumps(told) for number in range(160))


@pytest.mark.slow
def test_act_trains_a_challenger_and_what_serves_stays(watching, watched, monkeypatch):
    perennial, shop, home = watching, watched.shop, watched.folder
    quiet = perennial("monitor", "--shop", shop, "--act")
    assert "nothing was trained" in quiet.out

    def off(shop, cutoff, **_):
        return Findings(shop.name, cutoff, (Alert(OUTCOMES, "totals_off", "churn", RECALIBRATE, FACTS),))

    monkeypatch.setattr("perennial.nights.monitoring.monitor", off)
    acted = perennial("monitor", "--shop", shop, "--act")
    assert acted.code == EXIT_CODES[RECALIBRATE]
    versions = registry.versions("corner-shop", "churn", mlruns=home / "mlruns")
    assert [one.is_champion for one in versions] == [True, False]
    model = registry.load_model(versions[-1], mlruns=home / "mlruns")
    assert (model.horizon_days, model.active_within_days) == (28, 91)
    again = perennial("monitor", "--shop", shop, "--act")
    assert "a newer version waits already" in again.out
    assert len(registry.versions("corner-shop", "churn", mlruns=home / "mlruns")) == 2


def test_another_language_is_refused(perennial, shop):
    ended = perennial("monitor", "--shop", shop, "--language", "fr")
    assert (ended.code, "Choose one of en, zh" in ended.err) == (2, True)


def test_a_cutoff_after_today_is_refused(perennial, shop):
    ended = perennial("monitor", "--shop", shop, "--at", "2199-01-01")
    assert (ended.code, "after the midnight that ends today" in ended.err) == (2, True)


def test_without_scores_or_models_it_says_so(perennial, shop):
    ended = perennial("monitor", "--shop", shop, "--at", "2025-09-01")
    assert ended.code == 0
    assert "no scores lie under home" in ended.out
    assert "no model serves" in ended.out
