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
MAY_SHARE = {
    "Answers": "of an uplift learner, and what MLflow asks a model by",
    "Channel": "shop.toml's, and what of it decisions look at",
    "Consent": "a word as a call brings it, and as the ledger keeps it",
    "Contact": "the contact part of an answer, and the learner behind it",
    "Customers": "those a call names, and those a decision is made for",
    "Evaluation": "of an uplift policy, and of a model over its folds",
    "Facts": "what a report, and what a snapshot knows of everybody",
    "Finding": "what ingest and what monitoring found: each is one line of a report",
    "Learned": "by a task, and by one uplift learner",
    "Line": "of a score file's outcomes, and of a chart",
    "Measured": "effects a decision knows, and units of an experiment with their sums",
    "Metric": "what a model, and what an experiment is judged by",
    "Moved": "a figure of the journey, and an alias moved by hand",
    "Night": "of one step the work, the decisions and the result, each in its own file",
    "Offer": "shop.toml's, a plan's and an answer's",
    "Plan": "of actions, and of cutoffs",
    "Response": "of a customer to a message, and to a treatment",
    "Rows": "of a request, and of a notebook",
    "Section": "of a report's parts, and of a page",
    "Table": "of a shop, of a report's parts, and of a page",
    "Uplift": "of an answer, and of a table of policies",
    "Words": "of a page, and of the command line",
}


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
    assert {name: files for name, files in shared.items() if name not in MAY_SHARE} == {}
    assert set(MAY_SHARE) - set(shared) == set(), "a reason that nothing needs any more"


def test_no_class_carries_a_name_that_says_nothing() -> None:
    empty = ("Utils", "Helper", "Helpers", "Manager", "Base")
    assert [name for name in places() if name.endswith(empty)] == []
