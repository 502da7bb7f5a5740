"""Which code made a model: the commit it can be found by, and a digest that also sees what was not committed."""

import hashlib
import subprocess
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_ROOMS = ("features", "training", "scoring", "decisions", "serving")


@cache
def git_commit() -> str:
    """The commit of the checkout, ending in "-dirty" where files differ from it; empty outside one."""
    command = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


@cache
def code_digest(own: str = "") -> str:
    """SHA-256 of every source file that a model depends on, and of what `own` says of a shop's own code."""
    says = hashlib.sha256(own.encode())
    for path in sorted(path for room in _ROOMS for path in (_ROOT / room).rglob("*.py")):
        says.update(f"{path.relative_to(_ROOT)}\n".encode())
        says.update(path.read_bytes())
    return says.hexdigest()
