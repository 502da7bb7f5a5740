"""Progress as a person sees it: one bar that moves on a terminal, a plain line a step elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from features.progress import Progress

_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def progress_bar(title: str = "") -> Iterator[Progress]:
    """Show what work says of itself on stderr until it is done, so that stdout stays clean for results."""
    if sys.stderr.isatty():
        with _bar(title) as progress:
            yield progress
    else:
        lines = PlainLines()
        if title:
            lines(title)
        yield lines


class PlainLines:
    """For logs: a line when a new step begins, and now and then while it lasts."""

    def __init__(self) -> None:
        self._what = ""
        self._at = -_SECONDS_BETWEEN_LINES

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None:
        if what == self._what and monotonic() - self._at < _SECONDS_BETWEEN_LINES:
            return
        self._what, self._at = what, monotonic()
        sys.stderr.write(f"  {what}{f' {done}/{total}' if total and done else ''} ...\n")


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(escape(title), total=None)

        def move(what: str, done: int = 0, total: int = 0) -> None:
            text = f"{title}: {what}" if title else what
            bars.update(task, description=escape(text), completed=done, total=total or None)

        yield move
