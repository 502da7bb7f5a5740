"""Reading a feature's operation tree: which reductions it is made of, and how each may be split into states.

A reduction that splits – a sum, a count, an extreme – can be computed on tiles and merged; what does not split goes
over rows. Both paths use the states of this file, so that they cannot drift apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.errors import FeatureError
from features.feature import FeatureColumn

Merge = Literal["sum", "min", "max"]

EXACT = dt.Decimal(28, 9)
EXACT_SUM = dt.Decimal(38, 9)


@dataclass(frozen=True)
class Partial:
    """What one row contributes, and how contributions merge; nulls contribute nothing."""

    of: ir.Value
    merge: Merge
    type: dt.DataType


@dataclass(frozen=True)
class Split:
    """A reduction as states and the expression that turns merged states into its value.

    `item` is set for an exact distinct count: its single state counts items, not rows.
    """

    states: tuple[Partial, ...]
    finish: Callable[[Sequence[ir.Value]], ir.Value]
    item: ir.Value | None = None


@dataclass(frozen=True)
class Recipe:
    """A feature column as an expression over its reductions.

    Attributes
    ----------
    column : FeatureColumn
    reductions : tuple of Node      the reductions in its body, in order of appearance
    """

    column: FeatureColumn
    reductions: tuple[ops.Reduction, ...]

    @property
    def splits(self) -> bool:
        """Whether every reduction can be merged from tiles."""
        return all(split(reduction) is not None for reduction in self.reductions)

    def value(self, atoms: Mapping[ops.Reduction, ir.Value], cutoff: ir.Value) -> ir.Value:
        """The column's value from its reductions' values, in float64 with the empty value filled in."""
        swaps: dict[ops.Node, ops.Node] = {node: atoms[node].op() for node in self.reductions}
        expression = self.column.expression.op()
        for field in expression.find(ops.Field):
            if field.name == "cutoff":
                swaps[field] = cutoff.op()
        value = expression.replace(swaps).to_expr().cast("float64")
        empty = self.column.empty
        return value if empty is None else value.fill_null(ibis.literal(float(empty), "float64"))


@cache
def recipe(column: FeatureColumn) -> Recipe:
    """Read a column's operation tree.

    Raises
    ------
    FeatureError    if a row's value stands outside every reduction
    """
    expression = column.expression.op()
    reductions = tuple(dict.fromkeys(expression.find(ops.Reduction)))
    stand_in = {node: ibis.literal(None, node.dtype).op() for node in reductions}
    loose = [f.name for f in expression.replace(stand_in).find(ops.Field) if f.name != "cutoff"]
    if loose or not reductions:
        raise FeatureError(
            f"feature {column.name!r} must reduce its rows to one value, but "
            + (f"{loose[0]!r} stands outside a reduction. " if loose else "it has no reduction. ")
            + "Wrap it in sum(), count(), max() or another reduction."
        )
    return Recipe(column, reductions)


@cache
def split(reduction: ops.Reduction) -> Split | None:
    """How a reduction splits into states; None if it must see all rows at once."""
    inside = [f for argument in reduction.args if isinstance(argument, ops.Node) for f in argument.find(ops.Field)]
    if any(field.name == "cutoff" for field in inside):
        return None
    how = _SPLITS.get(type(reduction))
    return how(reduction) if how else None


def split_of(reduction: ops.Reduction) -> Split:
    """The split of a reduction that is known to have one."""
    how = split(reduction)
    if how is None:
        raise FeatureError(f"{type(reduction).__name__} does not split into states. Take the by-rows path for it.")
    return how


def native(reduction: ops.Reduction, seen: ir.BooleanValue, table: ir.Table) -> ir.Value:
    """A reduction that does not split, over the rows of `table` where `seen` holds.

    The condition goes into the argument: `median(where=…)` breaks on Spark.
    """
    where = seen if reduction.where is None else seen & bind(reduction.where.to_expr(), table)
    if isinstance(reduction, ops.CountStar):
        return where.fill_null(False).cast("int64").sum()
    argument = bind(reduction.arg.to_expr(), table)
    kept = where.ifelse(argument, ibis.literal(None, argument.type()))
    rest = dict(zip(reduction.__argnames__, reduction.__args__, strict=True))
    return type(reduction)(**{**rest, "arg": kept.op(), "where": None}).to_expr()


def bind(expression: ir.Value, table: ir.Table) -> ir.Value:
    """An expression over an unbound relation, over `table` instead."""
    node = expression.op()
    fields = node.find(lambda n: isinstance(n, ops.Field) and isinstance(n.rel, ops.UnboundTable))
    return node.replace({field: table[field.name].op() for field in fields}).to_expr()


def merge(column: ir.Value, how: Merge, type_: dt.DataType, where: ir.BooleanValue | None = None) -> ir.Value:
    """Merge a state column, over the rows where a condition holds; sums keep the state's type.

    The condition goes into the column: for a FILTER clause DuckDB copies the input of every aggregate.
    """
    kept = column if where is None else where.ifelse(column, ibis.literal(None, column.type()))
    return getattr(kept, how)().cast(type_)


def _kept(reduction: ops.Reduction, argument: ops.Node) -> ir.Value:
    value = argument.to_expr()
    if reduction.where is None:
        return value
    return reduction.where.to_expr().ifelse(value, ibis.literal(None, value.type()))


def _exact(value: ir.Value) -> tuple[ir.Value, dt.DataType]:
    kind = value.type()
    if kind.is_decimal():
        return value, dt.Decimal(38, kind.scale)
    if kind.is_floating():
        return value.cast(EXACT), EXACT_SUM
    return value.cast("int64"), dt.int64


def _sum(reduction: ops.Sum) -> Split:
    value, type_ = _exact(_kept(reduction, reduction.arg))
    return Split((Partial(value, "sum", type_),), lambda states: states[0])


def _tally(condition: ir.BooleanValue) -> Partial:
    return Partial(condition.cast("int64"), "sum", dt.int64)


def _zero(count: ir.Value) -> ir.Value:
    return count.fill_null(ibis.literal(0, "int64"))


def _count(reduction: ops.Count) -> Split:
    return Split((_tally(_kept(reduction, reduction.arg).notnull()),), lambda states: _zero(states[0]))


def _count_star(reduction: ops.CountStar) -> Split:
    every = reduction.arg.to_expr().happened_at.notnull()
    condition = every if reduction.where is None else reduction.where.to_expr().fill_null(False)
    return Split((_tally(condition),), lambda states: _zero(states[0]))


def _extreme(how: Merge) -> Callable[[ops.Reduction], Split]:
    def extreme(reduction: ops.Reduction) -> Split:
        value = _kept(reduction, reduction.arg)
        return Split((Partial(value, how, value.type()),), lambda states: states[0])

    return extreme


def _truth(how: Merge) -> Callable[[ops.Reduction], Split]:
    def truth(reduction: ops.Reduction) -> Split:
        value = _kept(reduction, reduction.arg).cast("int64")
        return Split((Partial(value, how, dt.int64),), lambda states: states[0] == ibis.literal(1, "int64"))

    return truth


def _moments(reduction: ops.Reduction) -> tuple[Partial, Partial]:
    value = _kept(reduction, reduction.arg)
    exact, type_ = _exact(value)
    return Partial(exact, "sum", type_), _tally(value.notnull())


def _mean(reduction: ops.Mean) -> Split:
    def finish(states: Sequence[ir.Value]) -> ir.Value:
        total, count = states
        return total.cast("float64") / count.cast("float64").nullif(ibis.literal(0.0, "float64"))

    return Split(_moments(reduction), finish)


def _variance(reduction: ops.Variance) -> Split:
    total, count = _moments(reduction)
    value = _kept(reduction, reduction.arg).cast("float64")
    squares = Partial((value * value).cast(EXACT_SUM), "sum", EXACT_SUM)
    lost = 1.0 if reduction.how == "sample" else 0.0

    def finish(states: Sequence[ir.Value]) -> ir.Value:
        total, count, squares = (state.cast("float64") for state in states)
        zero = ibis.literal(0.0, "float64")
        spread = squares - total * total / count.nullif(zero)
        variance = ibis.greatest(spread, zero) / (count - lost).nullif(zero)
        return variance.sqrt() if isinstance(reduction, ops.StandardDev) else variance

    return Split((total, count, squares), finish)


def _arg_max(reduction: ops.ArgMax) -> Split:
    key, value = reduction.key.to_expr(), reduction.arg.to_expr()
    seen = key.notnull() & value.notnull()
    if reduction.where is not None:
        seen = seen & reduction.where.to_expr()
    pair = ibis.struct({"key": key, "value": value})
    state = Partial(seen.ifelse(pair, ibis.literal(None, pair.type())), "max", pair.type())
    return Split((state,), lambda states: states[0]["value"])


def _distinct(reduction: ops.CountDistinct) -> Split:
    item = _kept(reduction, reduction.arg)
    return Split((_tally(item.notnull()),), lambda states: _zero(states[0]), item=item)


_SPLITS: dict[type[ops.Node], Callable[[ops.Reduction], Split]] = {
    ops.Sum: _sum,
    ops.Count: _count,
    ops.CountStar: _count_star,
    ops.Min: _extreme("min"),
    ops.Max: _extreme("max"),
    ops.Any: _truth("max"),
    ops.All: _truth("min"),
    ops.Mean: _mean,
    ops.Variance: _variance,
    ops.StandardDev: _variance,
    ops.ArgMax: _arg_max,
    ops.CountDistinct: _distinct,
}
