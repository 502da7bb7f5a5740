"""Examples in docstrings are what the code answers."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "scoring", "reporting", "decisions", "training", "serving", "insights", "operations", "perennial")
SHOWING = [
    path.relative_to(ROOT).with_suffix("")
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if ">>> " in path.read_text()
]


@pytest.mark.parametrize("path", SHOWING, ids=str)
def test_an_example_is_true(path: Path) -> None:
    parts = path.parts[:-1] if path.name == "__init__" else path.parts
    found = doctest.testmod(
        importlib.import_module(".".join(parts)), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert found.attempted and not found.failed


def test_there_are_examples_to_run() -> None:
    assert len(SHOWING) > 10
