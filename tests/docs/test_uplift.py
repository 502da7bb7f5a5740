"""The guide on uplift does what it shows."""

import re
import shutil
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs/guide/uplift.md"
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_every_block_runs_and_prints_what_stands_below_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    shutil.copy(GUIDE.parent / "data" / "insurance.csv", tmp_path)
    names: dict[str, object] = {}
    shown = 0
    for language, block in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        if language == "python":
            exec(compile(block, GUIDE.name, "exec"), names)
        else:
            assert capsys.readouterr().out == block
            shown += 1
    assert shown == 5
