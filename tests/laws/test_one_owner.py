"""What others may not know by heart: SQL over the state database, MLflow's tables and a manifest's list of files."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("scoring", "decisions", "reporting", "training", "serving", "insights", "operations", "perennial")
STATE = re.compile(
    r"\b(FROM|INTO|UPDATE|TABLE) +(IF NOT EXISTS +)?"
    r"(events|consents|erasures|erasure_requests|decisions|keys|deliveries|sessions|marks)\b"
)
MLFLOW = {"experiment_tags", "logged_models", "artifact_location", "storage_location"}


@cache
def texts(folder: str) -> tuple[tuple[str, str], ...]:
    """Every text in the source of a room that is no docstring, by file."""
    return tuple(
        (path.relative_to(ROOT).as_posix(), node.value)
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def files_with(wanted: re.Pattern[str]) -> set[str]:
    return {source for room in ROOMS for source, text in texts(room) if wanted.search(text)}


def test_sql_over_the_state_database_stands_in_its_own_folder() -> None:
    found = files_with(STATE)
    assert found and {Path(source).parent.as_posix() for source in found} == {"serving/state"}


def test_each_small_ledger_of_the_state_database_is_known_to_one_file_beside_its_schema() -> None:
    owners = {
        "decisions": {"serving/state/decisions.py", "serving/state/database.py", "serving/state/kept.py"},
        "keys": {"serving/state/keys.py", "serving/state/kept.py"},
        "deliveries": {"serving/state/deliver.py"},
        "sessions": {"serving/state/sessions.py"},
    }
    for table, files in owners.items():
        found = files_with(re.compile(rf"\b(FROM|INTO|UPDATE) +{table}\b"))
        assert found == files, table


def test_the_state_databases_file_is_named_once() -> None:
    assert files_with(re.compile(r"^state\.db$")) == {"serving/state/schema.py"}


def test_mlflows_own_tables_are_known_to_one_file() -> None:
    assert files_with(re.compile("|".join(rf"^{name}$" for name in MLFLOW))) == {"training/tracking/store.py"}


def test_a_manifests_digests_are_made_in_one_place() -> None:
    rooms = ("serving/state", "operations")
    makers = {
        path.relative_to(ROOT).as_posix()
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict) and {ast.unparse(key) for key in node.keys if key} >= {"'bytes'", "'sha256'"}
    }
    assert makers == set()
