"""Preflight of a release in a process of its own: a broken booster may end a process without an error.

`python -m serving.process.preflight POINTER` ends with 0 when the release is good. Neither side imports anything
heavy here.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from scoring.errors import ReleaseError

PREFLIGHT_SECONDS = 30.0


class Preflight:
    """Tries the release a pointer names before this process loads it; called with the pointer."""

    def __init__(self) -> None:
        self._begun: tuple[Path, bytes, subprocess.Popen[str]] | None = None

    def begin(self, pointer: Path) -> None:
        """Begin with a release that will be asked for soon; nothing where there is none yet."""
        with suppress(OSError):
            self._begun = (pointer, pointer.read_bytes(), _started(pointer))

    def __call__(self, pointer: Path) -> None:
        """Return once the release was loaded and checked elsewhere.

        Raises
        ------
        ReleaseError   if that process fails, dies or takes longer than 30 seconds
        """
        process, self._begun = self._process(pointer), None
        try:
            _, told = process.communicate(timeout=PREFLIGHT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise ReleaseError(
                f"The release of {pointer} took longer than {PREFLIGHT_SECONDS:.0f} s to load."
            ) from None
        if process.returncode:
            why = told.strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
            raise ReleaseError(f"The release of {pointer} cannot be loaded: {why[0]}")

    def _process(self, pointer: Path) -> subprocess.Popen[str]:
        if self._begun is not None:
            begun, content, process = self._begun
            with suppress(OSError):
                if begun == pointer and content == pointer.read_bytes():
                    return process
            process.kill()  # another release was promoted meanwhile
            process.communicate()
        return _started(pointer)


def _started(pointer: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "serving.process.preflight", str(pointer.resolve())]
    code = Path(__file__).parents[2]  # within a Bento nothing is installed under our name
    return subprocess.Popen(command, cwd=code, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def main(pointer: Path) -> str | None:
    """What is wrong with the release a pointer names; None when nothing is."""
    from serving.process.slim_import import import_lightgbm_alone

    import_lightgbm_alone()
    from scoring.golden import check_golden
    from scoring.release import read_release

    try:
        check_golden(read_release(pointer))
    except (ReleaseError, ValueError, KeyError, OSError) as error:
        return " ".join(str(error).split())
    return None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
