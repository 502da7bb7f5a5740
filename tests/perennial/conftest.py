"""A front door to knock at: the command line in this process, a home of its own, and a small shop of orders."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.shop import Shop
from perennial.cli import main
from tests.perennial.corner_shop import corner_shop

START, DAYS = datetime(2025, 1, 1), 300


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Perennial = Callable[..., Ended]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a test: PERENNIAL_HOME and mlruns lie in it; one thread."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return tmp_path


@pytest.fixture
def perennial(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Perennial:
    """Run `perennial` with these arguments as a shell would see it."""

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr("sys.argv", ["perennial", *map(str, arguments)])
        capfd.readouterr()
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ended(code, *capfd.readouterr())

    return run


@dataclass(frozen=True)
class Place:
    """A working folder that the tests of a file share: its home, an empty registry, and the shop of orders alone."""

    folder: Path

    @property
    def shop(self) -> Path:
        return self.folder / "corner-shop"

    def enter(self, patch: pytest.MonkeyPatch) -> None:
        patch.chdir(self.folder)
        patch.setenv("PERENNIAL_HOME", str(self.folder / "home"))
        patch.setenv("OMP_NUM_THREADS", "1")


def place_after(folder: Path, migrated: Path, *commands: Sequence[object]) -> Place:
    """A place in which these commands went well, each for its shop."""
    place = Place(folder)
    shutil.copytree(migrated, folder / "mlruns")
    place.shop.mkdir()
    pq.write_table(orders(), place.shop / "orders.parquet")
    with pytest.MonkeyPatch.context() as patch:
        place.enter(patch)
        for command in commands:
            patch.setattr("sys.argv", ["perennial", *map(str, command), "--shop", str(place.shop)])
            with pytest.raises(SystemExit) as ended:
                main()
            assert not ended.value.code, command
    return place


def orders(customers: int = 160, seed: int = 1) -> pa.Table:
    """Orders of customers who each keep a rhythm until, one day, some stop."""
    chance = np.random.default_rng(seed)
    rows: list[tuple[str, datetime, float]] = []
    for number in range(customers):
        gap, stays = 4 + chance.gamma(2.0, 8.0), chance.exponential(250.0)
        day = first = chance.uniform(0, 120)
        while day < DAYS and day - first < stays:
            rows.append((f"C{number}", START + timedelta(days=float(day)), round(float(chance.gamma(4, 8)), 2)))
            day += chance.exponential(gap)
    rows.sort(key=lambda row: row[1])
    return pa.table(
        {
            "order_id": [f"O{number}" for number in range(len(rows))],
            "customer_id": [row[0] for row in rows],
            "happened_at": pa.array([row[1].replace(microsecond=0) for row in rows], pa.timestamp("us")),
            "amount": [row[2] for row in rows],
        }
    )


@pytest.fixture
def shop(home: Path) -> Path:
    """A shop of nothing but orders.parquet."""
    folder = home / "corner-shop"
    folder.mkdir()
    pq.write_table(orders(), folder / "orders.parquet")
    return folder


@pytest.fixture
def three(home: Path) -> Shop:
    """A shop of three customers, already canonical."""
    return corner_shop(home)
