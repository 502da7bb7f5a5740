"""What each input added to a booster's score, read off the path a row takes through every tree.

A step from a node to its child changes the expected score; that change belongs to the feature the node asks for.
A row's effects add up to its score exactly, and depend only on the leaves it falls into, so a table made once answers
in microseconds where LightGBM's own `pred_contrib` takes two milliseconds a row (docs/adr/0004).

Source: Saabas (2014), "Interpreting random forests"; a node's expected score is the mean of its leaves by their rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from scoring.errors import ReleaseError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PathEffects:
    """The effects of all leaves of a booster with one score.

    Attributes
    ----------
    baseline : expected score before anything is asked
    first : array (trees,)             place of each tree's leaf 0 in the tables
    features, steps : arrays (leaves, deepest)   feature asked and change of the expected score, padded with 0
    """

    booster: lgb.Booster
    baseline: float
    first: NDArray[np.intp]
    features: NDArray[np.intp]
    steps: Array

    def of(self, inputs: NDArray[np.float32], threads: int = 1) -> Array:
        """Effects of every input on rows' raw scores; array (n, k), rows add up to score − baseline."""
        n, k = inputs.shape
        leaves = np.asarray(self.booster.predict(inputs, pred_leaf=True, num_threads=threads), dtype=np.intp)
        at = leaves.reshape(n, -1) + self.first
        places = self.features[at] + (np.arange(n) * k)[:, None, None]
        added = np.bincount(places.ravel(), weights=self.steps[at].ravel(), minlength=n * k)
        return np.asarray(added, dtype=np.float64).reshape(n, k)


def path_effects(booster: lgb.Booster) -> PathEffects:
    """Make the tables of a booster.

    Raises
    ------
    ReleaseError   if the booster gives more than one score a row
    """
    if booster.num_model_per_iteration() != 1:
        raise ReleaseError("Effects are told of a booster with one score a row; this one has several.")
    baseline, first = 0.0, []
    paths: list[tuple[tuple[int, float], ...]] = []
    for tree in booster.dump_model()["tree_info"]:
        expected, _ = _expected(tree["tree_structure"])
        baseline += expected
        first.append(len(paths))
        found = dict(_paths(tree["tree_structure"], ()))
        paths += [found[leaf] for leaf in range(len(found))]
    deepest = max((len(path) for path in paths), default=0)
    padded = [path + ((0, 0.0),) * (deepest - len(path)) for path in paths]
    table = np.array(padded, dtype=np.float64).reshape(len(paths), deepest, 2)
    return PathEffects(booster, baseline, np.array(first, dtype=np.intp), table[..., 0].astype(np.intp), table[..., 1])


def _expected(node: dict[str, Any]) -> tuple[float, float]:
    """A node's expected score and the rows it was made from; kept in the node for its paths."""
    if "split_feature" not in node:
        value, rows = float(node["leaf_value"]), float(node.get("leaf_count", 1))
    else:
        sides = [_expected(node[side]) for side in ("left_child", "right_child")]
        rows = sum(count for _, count in sides)
        value = sum(part * count for part, count in sides) / rows
    node["expected"] = value
    return value, rows


def _paths(
    node: dict[str, Any], path: tuple[tuple[int, float], ...]
) -> Iterator[tuple[int, tuple[tuple[int, float], ...]]]:
    """Each leaf with its steps (feature, change of the expected score) from the root."""
    if "split_feature" not in node:
        yield int(node.get("leaf_index", 0)), path
        return
    for side in ("left_child", "right_child"):
        child = node[side]
        yield from _paths(child, (*path, (int(node["split_feature"]), child["expected"] - node["expected"])))
