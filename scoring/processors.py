"""The processors this process may use, and how its threads wait for one another."""

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

_ROOT = Path("/")


def let_waiting_threads_sleep() -> None:
    """To be called before anything loads LightGBM: what it finds is read once, when OpenMP is loaded.

    By default a thread that waits for the others of its fit keeps its processor and spins. Where other work wants that
    processor too, the one that is waited for is kept from running. What the user has set stays.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def threads(root: Path = _ROOT) -> int:
    """Threads for LightGBM and DuckDB: OMP_NUM_THREADS, else the processors this process may use.

    Those its affinity names, but no more than the quotas of its control group and of those above it; a part of one
    counts as one.

    Parameters
    ----------
    root : Path         where /proc and /sys are found
    """
    told = os.environ.get("OMP_NUM_THREADS", "")
    if told.isdigit() and int(told):
        return int(told)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min([float(cores), *_quotas(root)])))


def _quotas(root: Path) -> Iterator[float]:
    """Processors that each control group of this process allows, where it limits them."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    groups = root / "sys/fs/cgroup"
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from _limits(groups, path, _of_version_2)
        elif "cpu" in controllers.split(","):
            yield from _limits(groups / "cpu", path, _of_version_1)


def _limits(mount: Path, path: str, limit: Callable[[Path], float | None]) -> Iterator[float]:
    """The limits of a group and of all above it; in a container the path may begin outside what is mounted."""
    inside = PurePosixPath(path.lstrip("/"))
    for part in (inside, *inside.parents):
        found = limit(mount / part)
        if found is not None:
            yield found


def _of_version_2(group: Path) -> float | None:
    return _ratio(*_words(group / "cpu.max")[:2])


def _of_version_1(group: Path) -> float | None:
    return _ratio(*_words(group / "cpu.cfs_quota_us")[:1], *_words(group / "cpu.cfs_period_us")[:1])


def _ratio(quota: str = "", period: str = "") -> float | None:
    """Processors, or None where there is no limit: a word instead of a number, or −1."""
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() and int(quota) and int(period) else None


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
