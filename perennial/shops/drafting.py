"""`perennial init`: a draft of shop.toml, with a person asked where nothing in the data decides."""

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from features.ingest.guessing.draft_toml import write_draft
from features.ingest.guessing.settle import unanswered
from perennial.terminal.printing import counted, say


def draft_shop(folder: Path, ask: bool) -> None:
    """Write the draft and print what is left to do; questions are asked on a terminal alone."""
    path = write_draft(folder, _chosen if ask and sys.stdin.isatty() and sys.stdout.isatty() else None)
    say(str(path))
    notes = [line for line in path.read_text(encoding="utf-8").splitlines() if _is_note(line)]
    for line in notes:
        say(line.removeprefix("# "))
    left = unanswered(path)
    if left:
        say(f"{counted(left, 'question')} left open: the draft takes the first answer. Mend it if it is wrong.")
    say(f"Read it through, then: perennial check --shop {folder}")


def _is_note(line: str) -> bool:
    """What a person has to know before trusting the draft, and the lines that go on with it."""
    return line.startswith(
        ("# look: ", "# question: ", "# settled: ", "#   taken: ", "#   else: ", "# Not understood: ")
    )


def _chosen(asks: str, told: Sequence[str]) -> int:
    say(asks)
    for place, text in enumerate(told, start=1):
        say(f"  {place}  {text}")
    while True:
        answer: int = typer.prompt("Which", type=int, default=1)
        if 1 <= answer <= len(told):
            return answer - 1
        say(f"Give a number from 1 to {len(told)}.")
