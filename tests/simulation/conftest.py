"""One small world for all tests, read back from its files."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.shop import open_shop
from insights.known import Known, known_shop
from simulation.world import Summary, simulate

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="session")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """A shop of 2,000 customers over 12 months."""
    return simulate(2_000, 12, 7, tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def folder(summary: Summary) -> Path:
    """Where the shop lies."""
    return summary.folder


@pytest.fixture(scope="session")
def table(folder: Path) -> Callable[[str], pa.Table]:
    """A table of the shop by its name; `truth/people` is one of the truth."""
    return lambda name: pq.read_table(folder / f"{name}.parquet")


@pytest.fixture(scope="session")
def ask(folder: Path) -> Callable[[str], Rows]:
    """Rows of a query in which every table of the shop is a view, and those of the truth are named truth_*."""
    con = duckdb.connect()
    for path in sorted(folder.glob("*.parquet")):
        con.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM '{path}'")
    for path in sorted((folder / "truth").glob("*.parquet")):
        con.execute(f"CREATE VIEW truth_{path.stem} AS SELECT * FROM '{path}'")
    return lambda query: con.execute(query).fetchall()


@pytest.fixture(scope="session")
def known(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    """The shop as a report at its end reads it."""
    with known_shop(open_shop(folder, home=tmp_path_factory.mktemp("home")), datetime(2025, 1, 1)) as known:
        yield known
