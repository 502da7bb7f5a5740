"""A file or folder that others read appears whole: one place a layer puts one in place, and nobody writes past it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    "features", "scoring", "reporting", "simulation", "decisions", "training", "serving", "insights", "operations",
    "perennial",
)  # fmt: skip
HOMES = ("features/files.py", "scoring/verified_files.py")
_WRITERS = {
    "write_text", "write_bytes", "write_table", "write_csv", "to_parquet", "to_csv", "save", "ParquetWriter", "tofile",
}  # fmt: skip
_WHOLE = {"part"}  # what the two homes yield to write to
# Nobody else reads these while they are written.
MAY_WRITE = {
    "features/build/build.py": "a writer on the part of one file",
    "features/ingest/source/text_files.py": "copies in the folder of work of one ingest",
    "features/ingest/source/load.py": "copies in the folder of work of one ingest",
    "features/ingest/steps/identities.py": "a secret made once, by O_EXCL",
    "features/ingest/source/below_the_table.py": "a copy in a temporary folder, gone when it was read",
    "operations/deciding/decided.py": "a table in a folder that its one reader owns",
    "operations/feature_laws.py": "a simulated shop in a temporary folder",
    "operations/night/merge_events.py": "what was sent, inside a folder in one piece",
    "operations/partitions.py": "a hidden file; `link` gives it the name that tells what it holds",
    "operations/score_files.py": "writers on the parts of both files",
    "perennial/api/shop.py": "tables of a notebook in a temporary folder",
    "perennial/terminal/short_memory.py": "two numbers in a temporary folder",
    "serving/contract/client_answers.py": "source text, by a person's hand",
    "serving/process/bento.py": "a folder of work that a build owns",
    "serving/process/launch.py": "a log",
    "serving/snapshot/block_digests.py": "arrays of a snapshot that nothing points to yet",
    "serving/snapshot/candidates.py": "arrays of a snapshot that nothing points to yet",
    "serving/snapshot/decided.py": "arrays of a snapshot that nothing points to yet",
    "serving/snapshot/shelves.py": "arrays of a snapshot that nothing points to yet",
    "serving/snapshot/carts.py": "arrays of a snapshot that nothing points to yet",
    "serving/snapshot/write.py": "arrays inside a new folder",
    "simulation/export.py": "a world in a folder of its own",
    "simulation/shop_toml.py": "a world in a folder of its own",
    "simulation/towns.py": "a world in a folder of its own",
    "simulation/truth.py": "a world in a folder of its own",
    "training/evaluation/comparison.py": "bytes in memory",
    "training/evaluation/choices/logged_choice.py": "bytes in memory",
    "training/tracking/artifacts.py": "copies in a temporary folder, on their way to a server",
    "operations/loop/made_shop.py": "a made shop in a temporary folder",
    "features/engine.py": "rows on their way to Spark, in a scratch folder",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield (node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)), node


def puts_in_place(name: str, call: ast.Call) -> bool:
    """`a.replace(b)` on paths; a text's has two arguments, a moment's and a dataclass's are named."""
    owner = ast.unparse(call.func).rpartition(".")[0]
    if owner in ("os", "shutil"):
        return name in ("replace", "rename", "renames", "move")
    alone = len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], (ast.Dict, ast.DictComp))
    return alone and name in ("replace", "rename") and not owner.startswith("expression")


def writes(name: str, call: ast.Call) -> bool:
    """A method that writes, or a file opened to write; plain names are our own, `write_bytes` of a home among them."""
    if name in ("open", "fdopen"):
        given = (*call.args, *(word.value for word in call.keywords))
        modes = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        return any(set(mode) & set("wax+") and set(mode) <= set("rwaxbt+") for mode in modes)
    return name in _WRITERS and isinstance(call.func, ast.Attribute)


def aims_at_a_part(node: ast.AST) -> bool:
    return bool(_WHOLE & {one.id for one in ast.walk(node) if isinstance(one, ast.Name)})


@pytest.fixture(scope="module")
def found() -> list[tuple[str, str, ast.Call]]:
    return [(source, name, call) for source, tree in sources() for name, call in calls(tree)]


def test_a_query_copies_to_a_part_or_inside_a_folder_in_one_piece() -> None:
    past = {
        source
        for source, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and "COPY (" in ast.unparse(node) and not aims_at_a_part(node)
    }
    # The first two fill such a folder, the last a world's own.
    assert past == {"features/ingest/run.py", "features/samples/complete_journey.py", "simulation/towns.py"}


def test_only_the_homes_put_a_file_in_anothers_place(found: list[tuple[str, str, ast.Call]]) -> None:
    homes = {source for source, name, call in found if puts_in_place(name, call)}
    assert homes == set(HOMES)


def test_only_the_homes_name_a_part() -> None:
    named = {
        source
        for source, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and ".part" in ast.unparse(node)
    }
    assert named <= set(HOMES)


def test_temporary_folders_are_a_processs_own(found: list[tuple[str, str, ast.Call]]) -> None:
    """A killed process cannot remove its own: features/scratch.py knows whose process is gone."""
    made = [
        (source, word.value)
        for source, name, call in found
        if name in ("TemporaryDirectory", "mkdtemp") and source != "features/scratch.py"
        for word in [next((word for word in call.keywords if word.arg == "dir"), ast.keyword(value=ast.Constant(None)))]
    ]
    assert len(made) > 5
    assert [source for source, place in made if ast.unparse(place) != "own_folder()"] == []


def test_what_is_written_elsewhere_is_written_to_a_part_or_has_a_reason(found: list[tuple[str, str, ast.Call]]) -> None:
    past = [
        (source, ast.unparse(call))
        for source, name, call in found
        if source not in HOMES and writes(name, call) and not aims_at_a_part(call)
    ]
    assert [(source, told) for source, told in past if source not in MAY_WRITE] == []
    assert set(MAY_WRITE) - {source for source, _ in past} == set(), "a reason that nothing needs any more"
