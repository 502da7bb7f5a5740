import errno
import os
import signal

import duckdb
import pytest

from features.errors import DataError, ShopError
from perennial.terminal.errors import told

LIMIT = (
    "There is not enough memory for this. What was there before is as it was. Databases reached what they may take: "
    "PERENNIAL_MEMORY, else half of what the process may use, 2 GiB at most. Let them take more"
)


def ended(capsys: pytest.CaptureFixture[str], error: BaseException) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end, told(debug=False):
        raise error
    assert isinstance(end.value.code, int)
    return end.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (ShopError("no such shop."), 2, "no such shop.\n"),
        (DataError("a table broke."), 3, "a table broke.\n"),
        (MemoryError(), 2, "There is not enough memory for this. What was there before is as it was."),
        (duckdb.OutOfMemoryException("Out of Memory Error: no block of 256.0 KiB (38.1 MiB/38.1 MiB used)"), 2, LIMIT),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), 2, "The disk is full. What was there before is as"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 2, "cannot use /x: Permission denied."),
        (KeyError("x"), 1, "Something went wrong that nobody foresaw (KeyError: 'x')."),
        (KeyboardInterrupt(), 130, "Stopped.\n"),
    ],
)
def test_an_error_is_a_sentence_and_a_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, says: str
) -> None:
    found, text = ended(capsys, error)
    assert found == code and text.startswith(says)


def test_a_command_that_is_told_to_end_puts_away_what_it_was_writing(capsys: pytest.CaptureFixture[str]) -> None:
    before, put_away = signal.getsignal(signal.SIGTERM), []
    with pytest.raises(SystemExit) as end, told(debug=False):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
        finally:
            put_away.append("the part")
    assert end.value.code == 143 and put_away == ["the part"]
    assert capsys.readouterr().err == "Stopped by SIGTERM. Nothing half done is left; run the same command again.\n"
    assert signal.getsignal(signal.SIGTERM) is before


def test_with_debug_an_error_keeps_its_traceback() -> None:
    with pytest.raises(MemoryError), told(debug=True):
        raise MemoryError
