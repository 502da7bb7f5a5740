"""A file holds one concept and a function does one thing: neither outgrows a reader, or a reason stands here."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "features", "scoring", "reporting", "simulation", "decisions", "training", "serving", "insights", "operations",
    "perennial", "benchmarks",
)  # fmt: skip
FILE_LINES, FUNCTION_LINES = 300, 60
LONG_FILES = {
    "serving/contract/client.py": "the client is one file to copy; its answers are written by client_answers.py",
}
LONG_FUNCTIONS: dict[str, str] = {}


def sources() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def functions(text: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def test_files_stay_readable() -> None:
    long = {name for name, text in sources() if len(text.splitlines()) > FILE_LINES}
    assert long - set(LONG_FILES) == set(), "split it by what it does, or say here why it is one"
    assert set(LONG_FILES) - long == set(), "a reason that nothing needs any more"


def test_functions_stay_readable() -> None:
    long = {
        f"{name}:{called}" for name, text in sources() for called, lines in functions(text) if lines > FUNCTION_LINES
    }
    assert long - set(LONG_FUNCTIONS) == set(), "split it by what it does, or say here why it is one"
    assert set(LONG_FUNCTIONS) - long == set(), "a reason that nothing needs any more"
