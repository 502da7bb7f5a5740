"""A night's steps and how far they came: written down before and after each, so that a rerun goes on where one ended.

A step is done again only when what it depends on has changed since. One that failed, or was cut off, is tried again.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.clock import now
from scoring.verified_files import write_bytes

DONE, FAILED, RUNNING, WITHHELD = "done", "failed", "running", "not run"
KEPT = 60  # ledgers, one a night
_NEVER = ""


@dataclass(frozen=True)
class Told:
    """What a step says of itself.

    Attributes
    ----------
    sentence : what came out
    alarm : somebody should look, though nothing failed
    """

    sentence: str
    alarm: bool = False


@dataclass(frozen=True)
class Step:
    """A piece of work that can be done again without harm.

    Attributes
    ----------
    name : one word
    about : what it does, for the plan
    depends : what it depends on, as a text; it is not done again while that stays the same; "" is never the same
    work : does it
    needs : names of earlier steps without which it is not begun
    stands : whether what it left behind is still there; it is done again where it is not
    """

    name: str
    about: str
    depends: Callable[[], str]
    work: Callable[[], Told]
    needs: tuple[str, ...] = ()
    stands: Callable[[], bool] = lambda: True


@dataclass(frozen=True)
class Entry:
    """What the ledger says of a step.

    Attributes
    ----------
    state : done, failed, running (cut off, unless it runs now) or not run
    depends : what it depended on when it began
    began, ended : ISO moments in UTC; "" for not yet
    told : what came out, or why it failed
    alarm : somebody should look
    """

    state: str
    depends: str = ""
    began: str = ""
    ended: str = ""
    told: str = ""
    alarm: bool = False


class Ledger:
    """The entries of one night, in a file that is replaced whole at every change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = _read(path)

    def entry(self, name: str) -> Entry | None:
        """What is known of a step; None before it was ever begun."""
        return self._entries.get(name)

    def write(self, name: str, entry: Entry) -> None:
        """Put an entry on disk."""
        self._entries[name] = entry
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {"steps": {one: vars(known) for one, known in self._entries.items()}}
        write_bytes(self._path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def run_steps(
    ledger: Ledger, steps: Sequence[Step], tell: Callable[[Step, Entry], None], why: Callable[[Exception], str]
) -> list[Entry]:
    """Do every step that is not done yet, in order; a failed one keeps back only those that need it.

    Parameters
    ----------
    tell : called with each step and how it ended
    why : an error as a sentence

    Returns
    -------
    an entry a step
    """
    found: dict[str, Entry] = {}
    for step in steps:
        lacking = [name for name in step.needs if found[name].state != DONE]
        if lacking:
            found[step.name] = Entry(WITHHELD, told=f"it needs '{lacking[0]}', which is not done")
            ledger.write(step.name, found[step.name])
        else:
            found[step.name] = _done(ledger, step, why)
        tell(step, found[step.name])
    return list(found.values())


def _done(ledger: Ledger, step: Step, why: Callable[[Exception], str]) -> Entry:
    began = _moment()
    depends = _NEVER
    try:
        depends = step.depends()
        known = ledger.entry(step.name)
        if known is not None and known.state == DONE and known.depends == depends != _NEVER and step.stands():
            return known
        ledger.write(step.name, Entry(RUNNING, depends, began))
        told = step.work()
        entry = Entry(DONE, depends, began, _moment(), told.sentence, told.alarm)
    except Exception as error:  # whatever it is, the night's other steps and its ledger do not end with it
        entry = Entry(FAILED, depends, began, _moment(), why(error), alarm=True)
    ledger.write(step.name, entry)
    return entry


def forget_old(folder: Path) -> None:
    """Keep the newest ledgers of a folder."""
    for path in sorted(folder.glob("*.json"))[:-KEPT]:
        with suppress(OSError):
            path.unlink()


def _read(path: Path) -> dict[str, Entry]:
    try:
        steps: Mapping[str, Mapping[str, Any]] = json.loads(path.read_bytes())["steps"]
        return {name: Entry(**entry) for name, entry in steps.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # none yet, or damaged: every step is done again, which does no harm


def _moment() -> str:
    return now().isoformat(timespec="seconds")


def failed(entries: Iterable[Entry]) -> bool:
    """Whether a step failed or was kept back."""
    return any(entry.state != DONE for entry in entries)
