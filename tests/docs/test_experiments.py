"""The guide on experiments: every command runs as it stands and ends as it says."""

import re
from pathlib import Path

import pytest

from perennial.cli import main

GUIDE = (Path(__file__).parents[2] / "docs/guide/experiments.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_command_runs_in_its_order(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    said = {}
    for line in re.findall(r"^```sh\n(.*)\n```$", GUIDE, re.MULTILINE):
        command, _, remark = line.partition("   # exit code ")
        monkeypatch.setattr("sys.argv", command.split())
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert (ended.value.code or 0) == int(remark or 0), (line, out, err)
        said[command.split()[2]] = out + err
        if command.split()[2] == "plan":
            monkeypatch.setattr("sys.argv", [*command.split(), "--by", "store"])
            with pytest.raises(SystemExit):
                main()
            said["by store"] = capfd.readouterr().out
    assert set(said) == {"--customers", "plan", "by store", "assign", "check", "read"}
    assert "large numbers" not in said["plan"]
    assert "60 stores or more, and there are" in said["by store"]
    assert "looked at daily" in said["plan"]
    assert "sample-ratio mismatch: gate_30 44,700" in said["check"]
    assert "at every look" in said["read"] and "day 19 of 28" in said["read"]
