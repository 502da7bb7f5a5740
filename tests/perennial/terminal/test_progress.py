"""Progress where nobody watches: plain lines on stderr, a line a step, nothing on stdout."""

import pytest

from perennial.terminal.progress import progress_bar


def test_a_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("1  Read") as progress:
        for done in range(500):
            progress("reading [orders]", done, 500)
        progress("writing")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == ["  1  Read ...", "  reading [orders] ...", "  writing ..."]
