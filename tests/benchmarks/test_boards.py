"""The verdict of the scoreboard: what counts as worse, and what is only told."""

import pytest

from benchmarks.boards import OURS, Row, difference_of, show_verdict


def _row(metric: str, value: float) -> Row:
    return Row("corner", "next_purchase", difference_of("low"), metric, value, value - 0.1, value + 0.1, None)


def test_a_deviance_that_is_higher_is_worse(capsys: pytest.CaptureFixture[str]) -> None:
    show_verdict([_row("spend_deviance", 0.5), _row("spend_spearman", 0.5)])
    told = capsys.readouterr().out
    assert "2 comparisons: better in 1, tied in 0, worse in 1, of which 1 by Holm's correction" in told
    assert f"worse: corner, {OURS} − low, Spend, deviance +0.5000" in told


def test_the_absolute_error_of_a_mean_is_told_and_counts_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    show_verdict([_row("spend_mae", 0.5), _row("days_mae", -0.5), _row("spend_median_mae", -0.5)])
    told = capsys.readouterr().out
    assert "1 comparisons: better in 1, tied in 0, worse in 0, of which 0" in told
    assert "higher, which decides nothing: corner, perennial − low, Spend, mean absolute error +0.5000" in told
    assert "Shopping days" not in told
