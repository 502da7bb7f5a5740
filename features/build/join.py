"""What every path of `build` shares: which reductions are wanted, and how their atoms become columns again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.build.reductions import Recipe, recipe
from features.feature import FeatureColumn
from features.relations import sources_of

COUNTS = (ops.Count, ops.CountStar, ops.CountDistinct)


@dataclass(frozen=True)
class Group:
    """The columns that are computed together: one relation, one path.

    Attributes
    ----------
    relation : str
    tiled : bool        whether the tile path may serve it
    recipes : tuple     of Recipe
    """

    relation: str
    tiled: bool
    recipes: tuple[Recipe, ...]

    @property
    def wanted(self) -> dict[ops.Reduction, list[int | None]]:
        """Each reduction once, with every window some column asks it for."""
        wanted: dict[ops.Reduction, list[int | None]] = {}
        for one in self.recipes:
            for reduction in one.reductions:
                windows = wanted.setdefault(reduction, [])
                if one.column.days not in windows:
                    windows.append(one.column.days)
        return wanted


def grouped(columns: Iterable[FeatureColumn], fast: bool) -> list[Group]:
    """Columns by what they read and the path they take: tiles for canonical tables, rows for views and the rest."""
    groups: dict[tuple[str, bool], list[Recipe]] = defaultdict(list)
    for column in columns:
        one = recipe(column)
        name = column.feature.relation
        groups[name, fast and one.splits and sources_of(name) == (name,)].append(one)
    return [Group(name, tiled, tuple(recipes)) for (name, tiled), recipes in groups.items()]


def assembled(
    asked: ir.Table,
    groups: Sequence[Group],
    parts: Sequence[Sequence[ir.Table]],
    columns: Sequence[FeatureColumn],
    on: Sequence[str] = ("key", "asked"),
) -> ir.Table:
    """Left-join the atoms of every group to the spine and turn them into columns.

    Parameters
    ----------
    parts : sequence of sequences of ir.Table   the tables of each group that together have its atoms
    on : sequence of str    what tells the rows of the spine apart

    Returns
    -------
    ir.Table        customer_id, cutoff, then the columns in the order asked for
    """
    joined = asked
    tables = [(number, part) for number, group in enumerate(parts) for part in group]
    for place, (number, part) in enumerate(tables):
        atoms = {f"p{number}_{name}": part[name] for name in part.columns if name.startswith("atom")}
        part = part.select(**{f"{name}_{place}": part[name] for name in on}, **atoms)
        joined = joined.left_join(part, [joined[name] == part[f"{name}_{place}"] for name in on])
    values = {}
    for number, group in enumerate(groups):
        wanted = group.wanted
        for one in group.recipes:
            values[one.column.name] = one.value(atoms_of(joined, one, wanted, f"p{number}_"), joined.cutoff)
    return joined.select("customer_id", "cutoff", **{column.name: values[column.name] for column in columns})


def atoms_of(
    joined: ir.Table, one: Recipe, wanted: Mapping[ops.Reduction, Sequence[int | None]], prefix: str = ""
) -> dict[ops.Reduction, ir.Value]:
    """The recipe's reductions as columns; a count over nothing is 0 whether or not the customer has other rows."""
    suffix = "all" if one.column.days is None else one.column.days
    order = list(wanted)
    atoms = {}
    for reduction in one.reductions:
        atom = joined[f"{prefix}atom{order.index(reduction)}_{suffix}"]
        atoms[reduction] = atom.fill_null(ibis.literal(0, "int64")) if isinstance(reduction, COUNTS) else atom
    return atoms
