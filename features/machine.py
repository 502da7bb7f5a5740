"""What memory this process may use: the machine's, or less where a container's control group says so."""

import os
import re
from pathlib import Path

from features.errors import PerennialError

VARIABLE = "PERENNIAL_MEMORY"
_GROUPS = Path("/sys/fs/cgroup")
_OF_PROCESS = Path("/proc/self/cgroup")


def memory_limit(most: int) -> str:
    """How much a database of ours may take: what PERENNIAL_MEMORY says, else half of what the process may use.

    Parameters
    ----------
    most : bytes that are enough where nothing was said

    Raises
    ------
    PerennialError      if PERENNIAL_MEMORY is no size
    """
    stated = os.environ.get(VARIABLE, "").strip()
    if not stated:
        return f"{min(most, memory() // 2)}B"
    if not re.fullmatch(r"\d+(\.\d+)?\s*[KMGT]i?B", stated, re.IGNORECASE):
        raise PerennialError(f"{VARIABLE}={stated} is not a size. Write it as 2GB or 500MB.")
    return stated


def memory(groups: Path = _GROUPS, of_process: Path = _OF_PROCESS) -> int:
    """Bytes this process may use: the smallest of the machine's and of every control group it is in (v1 and v2).

    Parameters
    ----------
    groups, of_process : where Linux tells it; elsewhere neither exists and the machine's memory counts
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [text.strip() for path in _limits(groups, of_process) if (text := _read(path))]
    return min([machine, *(int(limit) for limit in limits if limit.isdigit())])  # v2 writes "max" for none


def _limits(groups: Path, of_process: Path) -> list[Path]:
    """Files that hold a limit: of the process's own group and of all above it."""
    found = []
    for line in _read(of_process).splitlines():
        number, controllers, own = line.split(":", 2)
        top, name = (groups, "memory.max") if number == "0" else (groups / "memory", "memory.limit_in_bytes")
        if number == "0" or "memory" in controllers.split(","):
            parts = [part for part in own.split("/") if part not in ("", "..")]
            found += [top.joinpath(*parts[:depth], name) for depth in range(len(parts) + 1)]
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
