"""The guide's code runs as it stands, and the notebook says and runs the same."""

import re
from pathlib import Path

import nbformat
import pyarrow.parquet as pq
import pytest

from tests.perennial.conftest import orders

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
BLOCK = re.compile(r"```python\n(.*?)```\n", re.DOTALL)


def test_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    (tmp_path / "my-shop").mkdir()
    pq.write_table(orders(120), tmp_path / "my-shop" / "orders.parquet")
    blocks = BLOCK.findall((GUIDE / "first-model.md").read_text())
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "first-model.md", "exec"), names)
    printed = capsys.readouterr().out
    assert len(blocks) == 5
    assert {
        line
        for block in blocks
        for line in block.splitlines()
        if re.match(r"(from|import) \S*(perennial|features)", line)
    } == {"import perennial as pn"}
    for told in ("Reconciliation(table='orders'", "days_since_order", "rfm_logistic", "churn_probability"):
        assert told in printed


def test_the_notebook_is_the_guide() -> None:
    """Cell by cell the same text and code, without outputs: what runs above runs there."""
    text = (GUIDE / "first-model.md").read_text()
    notebook = nbformat.read(GUIDE / "first-model.ipynb", as_version=4)
    nbformat.validate(notebook)
    said = [part.strip() for part in BLOCK.split(text)]
    assert [cell.source for cell in notebook.cells] == [part for part in said if part]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code] == [block.strip() for block in BLOCK.findall(text)]
    assert [cell.outputs for cell in code] == [[]] * len(code)
