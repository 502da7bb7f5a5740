"""The guide's ten lines run as they stand, on a shop that gives every table they read."""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.tables import TABLES
from tests.insights.kpi_shop import drawn
from tests.shops import canonical

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "journey.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    shop = tmp_path / "my-shop"
    shop.mkdir()
    for name, rows in canonical(drawn(4)).items():
        given = [column.name for column in TABLES[name].columns if any(row[column.name] is not None for row in rows)]
        columns = {
            column: pa.array([row[column] for row in rows], TABLES[name].column(column).arrow) for column in given
        }
        pq.write_table(pa.table(columns), shop / f"{name}.parquet")
    return shop


def test_the_guide_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```\n", GUIDE.read_text(), re.DOTALL)
    exec(compile(block, "journey.md", "exec"), {})
    printed = capsys.readouterr().out
    assert len([line for line in block.splitlines() if line]) == 10
    for told in ("loyal", "net_sales", "retention", "months_since", "next_step", "from_touch", "shapley"):
        assert told in printed
