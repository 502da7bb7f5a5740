"""How long work says where it is, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Called with what is being done and, where it is countable, how much of it is done."""

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None: ...


def silent(what: str, done: int = 0, total: int = 0) -> None:
    """Say nothing; the default wherever work may be long."""
