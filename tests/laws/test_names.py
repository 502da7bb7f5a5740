"""One meaning a class name across the project, or a reason why two share it."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "features", "scoring", "reporting", "decisions", "training", "serving", "insights", "operations", "perennial",
)  # fmt: skip
# simulation/ makes a world of its own, with its people, calendar and ledger: its names are its own.
# One declaration, written twice: the client.
CLIENT = "serving/contract/client.py"
CONTRACT = ({CLIENT, "serving/contract/responses.py"}, {CLIENT, "serving/contract/decision_answer.py"})


def places() -> dict[str, set[str]]:
    found = defaultdict(set)
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    found[node.name].add(path.relative_to(ROOT).as_posix())
    return found


def test_a_class_name_has_one_meaning() -> None:
    shared = {name: files for name, files in places().items() if len(files) > 1 and files not in CONTRACT}
    assert shared == {}, "name one of them by what it is"


def test_no_class_carries_a_name_that_says_nothing() -> None:
    empty = ("Utils", "Helper", "Helpers", "Manager", "Base")
    assert [name for name in places() if name.endswith(empty)] == []
