"""The guide to one's own data does what it shows."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs/guide/own-data.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_block_runs_and_prints_what_stands_below_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PERENNIAL_HOME", raising=False)
    names: dict[str, object] = {}
    shown = 0
    for language, file, block in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        if file:
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_text(block, encoding="utf-8")
        elif language == "python":
            exec(compile(block, GUIDE.name, "exec"), names)
        elif language == "text":
            assert capsys.readouterr().out == block
            shown += 1
    assert shown == 4
