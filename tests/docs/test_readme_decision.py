"""The decision in the READMEs is what the demo prints: its printer on the answers of its service, in both languages.

`make test-long` also runs the demo itself and looks for it there.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.demo_decision import ANSWERS, ROOT, shown, tell

STORED = json.loads(ANSWERS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_readme_shows_what_the_demo_prints(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    tell(language, STORED)
    assert capsys.readouterr().out.strip("\n").splitlines() == shown(language).splitlines()


def test_both_languages_tell_of_one_decision() -> None:
    english, chinese = (STORED["told"][language]["decision"] for language in ("en", "zh"))
    worded = {"reasons", "why"}
    assert {name: one for name, one in english.items() if name not in worded} == {
        name: one for name, one in chinese.items() if name not in worded
    }
    assert [one["effect"] for one in english["reasons"]] == [one["effect"] for one in chinese["reasons"]]


@pytest.mark.skipif(not os.environ.get("PERENNIAL_LONG"), reason="runs the demo; run make test-long")
def test_the_demo_prints_it(tmp_path: Path) -> None:
    own = {**os.environ, "PERENNIAL_HOME": str(tmp_path / "home")}
    perennial = [str(Path(sys.executable).with_name("perennial")), "demo", "--mlruns", str(tmp_path / "runs")]
    for language in ("en", "zh"):
        demo = [*perennial, "--language", language]
        printed = subprocess.run(demo, cwd=ROOT, env=own, capture_output=True, text=True, check=True).stdout
        assert shown(language) in printed
