"""Every source file has a test at the mirrored path, or a named reason and a test elsewhere that reaches it."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "features", "scoring", "reporting", "simulation", "decisions", "training", "serving", "insights", "operations",
    "perennial", "benchmarks",
)  # fmt: skip
ELSEWHERE = tomllib.loads((Path(__file__).parent / "held_elsewhere.toml").read_text())
HELD = [(source, entry["by"]) for entry in ELSEWHERE["held"] for source in entry["holds"]]
STARTED = [(source, entry["by"]) for entry in ELSEWHERE["other-process"] for source in entry["holds"]]
MEASURED = [source for entry in ELSEWHERE["measured"] for source in entry["holds"]]
NAMED = [source for source, _ in HELD + STARTED] + MEASURED


def sources() -> Iterator[str]:
    """Files with something to test: a package's `__init__` counts where it holds more than its docstring."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if path.name != "__init__.py" or len(ast.parse(path.read_text()).body) > 1:
                yield path.relative_to(ROOT).as_posix()


def mirrored(source: str) -> bool:
    path = ROOT / "tests" / source
    return path.with_name(f"test_{path.name}").is_file()


def imported(path: Path) -> Iterator[str]:
    """Dotted names that a file imports, at whatever depth; relative ones are made absolute."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = path.parents[node.level - 1].relative_to(ROOT).parts if node.level else ()
            base = ".".join((*above, *filter(None, [node.module])))
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def neighbours(path: Path) -> frozenset[Path]:
    """Files of ours that one file imports: packages on the way count too."""
    found = set()
    for name in imported(path):
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            module = ROOT.joinpath(*parts[:end])
            found |= {file for file in (module.with_suffix(".py"), module / "__init__.py") if file.is_file()}
    return frozenset(found)


def reached(test: str) -> set[str]:
    """All that a test imports, directly or not, with the conftest files it stands under."""
    start = ROOT / test
    todo = [start, *(folder / "conftest.py" for folder in start.parents if (folder / "conftest.py").is_file())]
    seen: set[Path] = set()
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo += neighbours(path)
    return {path.relative_to(ROOT).as_posix() for path in seen}


def test_every_source_has_a_test_or_a_named_reason() -> None:
    missing = [source for source in sources() if not mirrored(source) and source not in NAMED]
    assert missing == [], "write tests/<the same path>/test_<file>.py, or name the test in held_elsewhere.toml"


def test_a_reason_ends_when_the_mirrored_test_exists_or_the_source_is_gone() -> None:
    assert [source for source in NAMED if mirrored(source) or source not in set(sources())] == []
    assert sorted(NAMED) == sorted(set(NAMED))


def test_the_named_test_reaches_what_it_holds() -> None:
    reach = {test: reached(test) for test in {test for _, test in HELD}}
    assert [(source, test) for source, test in HELD if source not in reach[test]] == []


def test_what_another_process_runs_names_a_test_that_exists() -> None:
    assert [test for _, test in STARTED if not (ROOT / test).is_file()] == []
