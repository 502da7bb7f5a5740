"""What happens to machines: a full disk, a second night, a clock set back, a leap day, a night with 23 or 25 hours."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from operations import home as places
from operations.night import nightly
from operations.night.tonight import end_of_today_in
from scoring import clock
from serving.snapshot.snapshot import open_snapshot
from tests.faults.killer import begin, night, shop_in
from tests.faults.test_killed_nights import results
from tests.perennial.corner_shop import rule_model

ROOT = Path(__file__).parents[2]
FULL = 7


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which a night has run."""
    own = tmp_path / "home"
    monkeypatch.setenv("PERENNIAL_HOME", str(own))
    begin(own)
    night(shop_in(own))
    return own


def on_a_full_disk(home: Path, room: int) -> int:
    """A night in a process that may write no file larger than `room` bytes; how it ended."""
    work = f"""
import resource, signal
from pathlib import Path
from tests.faults.killer import night, shop_in
shop = shop_in(Path({str(home)!r}))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails, as on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
try:
    night(shop)
except Exception:
    raise SystemExit({FULL})
"""
    return subprocess.run([sys.executable, "-c", work], cwd=ROOT, check=False, timeout=120).returncode


@pytest.mark.parametrize("room", [600, 4_000])
def test_a_night_on_a_full_disk_fails_and_the_service_keeps_what_it_had(started: Path, room: int) -> None:
    shop = shop_in(started)
    before = results(started)
    served = open_snapshot(places.snapshots(shop)).name
    assert on_a_full_disk(started, room) == FULL
    assert open_snapshot(places.snapshots(shop)).name == served
    night(shop)
    assert results(started) == before


@pytest.mark.parametrize(
    ("moment", "zone", "ends"),
    [
        ("2026-03-29T00:30", "Europe/Berlin", "2026-03-30"),  # 23 hours
        ("2026-03-29T22:30", "Europe/Berlin", "2026-03-31"),  # past midnight there
        ("2026-10-25T00:30", "Europe/Berlin", "2026-10-26"),  # 25 hours, in the first of its doubled hours
        ("2026-10-25T01:30", "Europe/Berlin", "2026-10-26"),
        ("2028-02-28T20:00", "Asia/Shanghai", "2028-03-01"),  # a leap day there
        ("2028-02-29T12:00", "America/New_York", "2028-03-01"),
        ("2026-12-31T23:59", "UTC", "2027-01-01"),
    ],
)
def test_a_night_answers_for_the_shops_own_day(
    monkeypatch: pytest.MonkeyPatch, moment: str, zone: str, ends: str
) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    monkeypatch.setattr("operations.night.tonight.now", lambda: at)
    assert end_of_today_in(zone) == datetime.fromisoformat(ends)
    local = at.astimezone(ZoneInfo(zone))
    assert end_of_today_in(zone, local.date()) == clock.cutoff_on(local.date())


def test_a_clock_set_back_takes_no_newer_snapshot_away(started: Path) -> None:
    shop = shop_in(started)
    served = open_snapshot(places.snapshots(shop))
    back = datetime(2026, 5, 20)
    found = nightly.run(
        shop, back, {"churn": rule_model()}, places.scores(shop, back), serve=True, latest=datetime(2026, 6, 1)
    )
    assert found.snapshot is None and open_snapshot(places.snapshots(shop)).name == served.name
