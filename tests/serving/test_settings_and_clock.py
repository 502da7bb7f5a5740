"""Settings are checked at start without telling their values; a day means the shop's day."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scoring.clock import as_utc, cutoff_on, local_moment, minute_text, now
from serving.errors import SettingsError
from serving.settings import Settings, read_settings

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PERENNIAL_{name.upper()}", raising=False)
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path))


def test_a_setting_that_cannot_be_used_is_named_without_its_value(monkeypatch):
    monkeypatch.setenv("PERENNIAL_PORT", "secret-7")
    monkeypatch.setenv("PERENNIAL_TODAY", "yesterday")
    with pytest.raises(SettingsError) as error:
        read_settings()
    assert "PERENNIAL_PORT" in str(error.value) and "PERENNIAL_TODAY" in str(error.value)
    assert "secret-7" not in str(error.value) and "yesterday" not in str(error.value)


def test_the_only_shop_need_not_be_named(tmp_path, monkeypatch):
    with pytest.raises(SettingsError, match=r"holds 0 shops \(none\)"):
        read_settings()
    for shop in ("corner", "mall"):
        (tmp_path / "releases" / shop).mkdir(parents=True)
        (tmp_path / "releases" / shop / "current.json").write_text("{}")
        if shop == "corner":
            assert read_settings().shop == "corner"
    with pytest.raises(SettingsError, match=r"holds 2 shops \(corner, mall\)"):
        read_settings()
    monkeypatch.setenv("PERENNIAL_SHOP", "mall")
    assert read_settings().of_shop("state") == tmp_path / "state" / "mall"


def test_a_days_calls_share_the_next_midnight():
    assert cutoff_on(date(2026, 1, 31)) == datetime(2026, 2, 1)
    assert as_utc(datetime(2026, 2, 1), SHANGHAI) == "2026-01-31T16:00:00Z"


def test_the_moment_is_the_shops_and_may_be_moved_to_another_day():
    late = datetime(2026, 1, 31, 20, 5, tzinfo=UTC)
    assert local_moment(late, SHANGHAI).date() == date(2026, 2, 1)
    moved = local_moment(late, SHANGHAI, date(2017, 12, 31))
    assert minute_text(moved) == "2017-12-31T04:05+08:00"
    assert now().tzinfo is UTC


def test_the_operators_guide_lists_the_settings_as_they_are():
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "operate.md").read_text(encoding="utf-8")
    rows = [
        f"| `PERENNIAL_{name.upper()}` | {'' if info.default is None else info.default} | {info.description} |"
        for name, info in Settings.model_fields.items()
    ]
    assert "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) in guide
