"""The list of defects follows the sources: every text stands just once, and the tests that must notice exist."""

from pathlib import Path

import pytest

from benchmarks.planted import ROOT, Defect, defects


@pytest.mark.parametrize("defect", defects(), ids=lambda one: one.what)
def test_a_defect_can_be_planted(defect: Defect, tmp_path: Path) -> None:
    copy = tmp_path / defect.file
    copy.parent.mkdir(parents=True)
    content = (ROOT / defect.file).read_text()
    copy.write_text(content)
    defect.plant(tmp_path)
    assert copy.read_text() != content
    compile(copy.read_text(), defect.file, "exec")
    assert [test for test in defect.tests if not (ROOT / test).exists()] == []


def test_a_text_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(SystemExit, match="0 times, expected once"):
        Defect("", "a.py", "y", "z", ()).plant(tmp_path)


def test_there_are_thirty_eight() -> None:
    assert len(defects()) == len({one.what for one in defects()}) == 38
