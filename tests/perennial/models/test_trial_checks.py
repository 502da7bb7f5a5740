"""A log of who met a trial is read by the ids that were dealt; one of other ids is no finding but a wrong file."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from insights.experiments.design import ALPHA, Design
from insights.experiments.errors import ExperimentError
from perennial.models.trial_checks import _seen

DESIGN = Design("t", {"control": 0.5, "gift": 0.5}, "customer", (), datetime(2026, 1, 1), 28, ("spend",), ALPHA, {})
DEALT = pa.table({"customer_id": [f"C{n}" for n in range(40)], "arm": ["control", "gift"] * 20})


def log(folder: Path, *ids: str) -> Path:
    path = folder / "met.csv"
    path.write_text("\n".join(["customer_id", *ids]) + "\n")
    return path


def test_a_log_of_other_ids_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"no customer_id of .*met\.csv \(2 customers\) is in the trial"):
        _seen(DEALT, log(tmp_path, "0001", "0002"), DESIGN)


def test_strangers_beside_those_who_were_dealt_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _seen(DEALT, log(tmp_path, "0001", *DEALT["customer_id"].to_pylist()), DESIGN) == []
    assert "not in the trial: 1 customer of met.csv" in capsys.readouterr().out
