"""A structural check of a LightGBM text model, made before LightGBM's own parser sees a byte.

LightGBM does not check what it parses: a cut or altered file may kill the process or score wrongly
without an error (CVE-2026-92786). Digests are checked first; this finds what a digest cannot, a file
that was already broken when its digest was taken.
"""

import math

from scoring.errors import ReleaseError

_NODES = ("split_feature", "threshold", "decision_type", "left_child", "right_child")


def check_booster_text(text: str) -> None:
    """Refuse a text that is not a whole, plain LightGBM model.

    Raises
    ------
    ReleaseError   naming the part that is missing, of the wrong length, out of range or not a tree
    """
    head, mark, rest = text.partition("\nTree=0\n")
    fields = _fields(head)
    if not text.startswith("tree\nversion=v4\n") or not mark:
        raise ReleaseError("A booster's text does not begin as LightGBM writes it; export the model again.")
    names = fields.get("feature_names", "").split(" ")
    width = _integer(fields, "max_feature_idx") + 1
    if len(names) != width or len(fields.get("feature_infos", "").split(" ")) != width:
        raise ReleaseError(f"A booster's text says {width} features and names {len(names)}.")
    body, mark, tail = rest.partition("\nend of trees\n")
    if not mark or "\nend of parameters\n" not in tail or "pandas_categorical" not in tail:
        raise ReleaseError("A booster's text ends too early; export the model again.")
    _check_sizes(fields, text)
    trees = ("Tree=0\n" + body).strip("\n").split("\nTree=")
    if len(trees) != len(fields["tree_sizes"].split(" ")):
        raise ReleaseError("A booster's text holds another number of trees than it says.")
    for number, tree in enumerate(trees):
        _check_tree(number, tree, width)


def _check_sizes(fields: dict[str, str], text: str) -> None:
    """Trees are read by byte counts: a wrong count makes LightGBM read beyond the tree."""
    data = text.encode()
    at = data.find(b"\nTree=0\n") + 1
    for number, size in enumerate(fields.get("tree_sizes", "").split(" ")):
        if not size.isdigit() or not data.startswith(f"Tree={number}\n".encode(), at):
            raise ReleaseError(f"A booster's text gives a wrong size for the tree before tree {number}.")
        at += int(size)
    if not data.startswith(b"end of trees\n", at):
        raise ReleaseError("A booster's text gives a wrong size for its last tree.")


def _check_tree(number: int, tree: str, width: int) -> None:
    fields = _fields(tree)
    leaves = _integer(fields, "num_leaves")
    if fields.get("num_cat") != "0" or fields.get("is_linear") != "0" or leaves < 1:
        raise ReleaseError(f"Tree {number} of a booster has categories or linear leaves, not served here.")
    _numbers(fields, "leaf_value", leaves, number)
    if leaves == 1:
        return
    nodes = {name: _numbers(fields, name, leaves - 1, number) for name in _NODES}
    if not all(0 <= split < width for split in nodes["split_feature"]):
        raise ReleaseError(f"Tree {number} of a booster splits on a feature it does not have.")
    children = sorted(int(child) for side in ("left_child", "right_child") for child in nodes[side])
    if children != [*range(-leaves, 0), *range(1, leaves - 1)]:
        raise ReleaseError(f"Tree {number} of a booster is not a tree: a node is missing or reached twice.")
    if not _all_reached(nodes["left_child"], nodes["right_child"]):
        raise ReleaseError(f"Tree {number} of a booster is not a tree: its nodes run in a circle.")


def _all_reached(left: list[float], right: list[float]) -> bool:
    waiting, reached = [0], 0
    while waiting:
        node = waiting.pop()
        reached += 1
        waiting += [int(child) for child in (left[node], right[node]) if child >= 0]
    return reached == len(left)


def _fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.split("\n") if "=" in line)


def _integer(fields: dict[str, str], name: str) -> int:
    value = fields.get(name, "")
    if not value.isdigit():
        raise ReleaseError(f"A booster's text has no whole number for {name}.")
    return int(value)


def _numbers(fields: dict[str, str], name: str, count: int, tree: int) -> list[float]:
    try:
        values = [float(value) for value in fields.get(name, "").split(" ")]
    except ValueError:
        values = []
    # an infinite threshold parts missing values from all others; anything else must be finite
    wrong = math.isnan if name == "threshold" else lambda value: not math.isfinite(value)
    if len(values) != count or any(wrong(value) for value in values):
        raise ReleaseError(f"Tree {tree} of a booster needs {count} finite numbers for {name}.")
    return values
