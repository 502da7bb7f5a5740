"""What one look leaves: findings said in both languages, figures and shifts as tables, vouched for at the end."""

import json
from datetime import datetime

import pyarrow.parquet as pq

from operations.monitor.findings import DRIFT, OUTCOMES, RECALIBRATE, Alert, Figure, Findings
from operations.monitor.permutation import Shift
from operations.monitor.report import write_report
from scoring.verified_files import digest

FOUND = Findings(
    "corner-shop",
    datetime(2026, 6, 1),
    (
        Alert(
            OUTCOMES,
            "not_calibrated",
            "churn",
            RECALIBRATE,
            {"as_of": "2026-05-01", "version": "3", "found": 0.08, "expected": 0.02, "mean": 0.5, "share": 0.4},
        ),
    ),
    (Figure(OUTCOMES, "churn", "3", "2026-05-01", "all", "all", "auc", 900, 0.8, 0.78, 0.82),),
    (Shift("spend_90d", 0.1, 0.0, 0.0, 0.7, False),),
    {DRIFT: "too_few"},
)


def test_the_files_say_what_was_found_and_the_manifest_vouches(tmp_path):
    folder = tmp_path / "look"
    told = json.loads(write_report(FOUND, folder).read_text())
    assert (told["advice"], told["exit_code"], told["at"]) == ("recalibrate", 4, "2026-06-01T00:00:00")
    (finding,) = told["findings"]
    assert finding["en"] == (
        "churn v3, scores of 2026-05-01: calibration error 0.080, at most 0.020 is allowed; said 50.0%, came 40.0%"
    )
    assert finding["zh"].startswith("churn v3（2026-05-01 的评分）：校准误差 0.080")
    assert told["not_checked"] == {"drift": {"en": "too few customers", "zh": "顾客太少"}}
    (figure,) = pq.read_table(folder / "figures.parquet").to_pylist()
    assert (figure["metric"], figure["rows"], figure["found"]) == ("auc", 900, 0.8)
    (shift,) = pq.read_table(folder / "shifts.parquet").to_pylist()
    assert (shift["column"], shift["alarm"]) == ("spend_90d", False)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {name: one["sha256"] for name, one in manifest["files"].items()} == {
        name: digest(folder / name) for name in ("findings.json", "figures.parquet", "shifts.parquet")
    }


def test_the_same_look_gives_the_same_bytes(tmp_path):
    write_report(FOUND, tmp_path)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_report(FOUND, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_a_look_that_found_nothing_is_written_too(tmp_path):
    told = json.loads(write_report(Findings("s", datetime(2026, 6, 1)), tmp_path).read_text())
    assert (told["advice"], told["findings"]) == ("wait", [])
    assert pq.read_table(tmp_path / "figures.parquet").num_rows == 0
