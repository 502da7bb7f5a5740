"""Trial load of a release in a process of its own: `python -m serving.trial POINTER` ends with 0 when it is good."""

import sys
from pathlib import Path


def main(pointer: Path) -> str | None:
    """What is wrong with the release a pointer names; None when nothing is."""
    from serving.lean import import_lightgbm_alone

    import_lightgbm_alone()
    from serving.errors import ReleaseError
    from serving.golden import check_golden
    from serving.release import read_release

    try:
        check_golden(read_release(pointer))
    except (ReleaseError, ValueError, KeyError, OSError) as error:
        return " ".join(str(error).split())
    return None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
