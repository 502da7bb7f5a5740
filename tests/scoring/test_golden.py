"""A release whose answers here are not those it was exported with is refused, however little they differ."""

import json
from pathlib import Path

import pytest

from scoring.errors import ReleaseError
from scoring.golden import check_golden
from scoring.release import digest, read_release
from tests.serving.tiny import SHOP, point_to_release, write_release


def changed(home: Path, by: float) -> Path:
    """A release whose first golden answer was changed, and whose digests say so."""
    folder = write_release(home)
    path = folder / "golden.json"
    golden = json.loads(path.read_text())
    golden["answers"]["churn_probability"][0] += by
    path.write_text(json.dumps(golden))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["golden.json"] = digest(path)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    point_to_release(home, "r1")
    return home / "releases" / SHOP / "current.json"


def test_answers_that_differ_by_rounding_are_the_same(tmp_path: Path) -> None:
    check_golden(read_release(changed(tmp_path, 1e-12)))


@pytest.mark.parametrize("by", [1e-7, -1e-3, 0.5])
def test_answers_that_differ_are_refused_by_name(tmp_path: Path, by: float) -> None:
    with pytest.raises(ReleaseError, match=r"other answers here than where it was exported \(churn_probability\)"):
        check_golden(read_release(changed(tmp_path, by)))
