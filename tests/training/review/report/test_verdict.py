from training.evaluation.bootstrap import Interval
from training.evaluation.comparison import Comparison
from training.review.gate import Check
from training.review.report.verdict import opening, verdict

PASSED, FAILED = Check("fast enough", True, "1 ms", "10 ms"), Check("beats recency", False, "no", "yes")


def test_the_verdict_names_what_failed() -> None:
    assert verdict([PASSED]) == (True, "1 of 1 checks passed.")
    assert verdict([PASSED, FAILED]) == (False, "1 of 2 checks passed; not: beats recency.")


def test_every_check_is_a_row_with_its_mark() -> None:
    gate, _ = opening([PASSED, FAILED], None)
    assert gate.tables[0].rows == [["fast enough", "✓ 1 ms", "10 ms"], ["beats recency", "✗ no", "yes"]]


def test_the_champion_stands_beside_the_challenger() -> None:
    differences = {"auc": Interval(0.02, 0.01, 0.03)}
    _, section = opening(
        [], Comparison(3, 50, ("2026-02-02",), {}, {"auc": (0.8, 0.78), "brier": (0.1, 0.1)}, differences)
    )
    assert section.tables[0].header[2] == "champion v3"
    assert list(section.tables[0].rows[0]) == ["AUC", "0.800", "0.780", "+0.020 (+0.010 to +0.030)"]
    assert section.tables[0].rows[1][3] == ""


def test_cutoffs_left_out_for_one_reason_are_told_once() -> None:
    left_out = {"2026-01-05": "seen", "2026-02-02": "seen", "2026-03-02": "unknown"}
    _, section = opening([], Comparison(3, 0, (), left_out, {}, {}))
    assert section.text == (
        "Nothing could be compared with v3. Left out: 2026-01-05, 2026-02-02; seen. Left out: 2026-03-02; unknown."
    )


def test_a_first_version_has_no_champion() -> None:
    assert "first version" in opening([], None)[1].text
