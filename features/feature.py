"""A feature: one reduction over what was known before the cutoff, written once and run everywhere.

>>> from features.feature import feature
>>> @feature(table="orders", windows=("30d", "all"), unit="currency", empty=0)
... def spend(orders):
...     '''Money spent, returns deducted. No orders means 0: a silent customer, not a missing value.'''
...     return orders.amount.sum()
>>> [column.name for column in spend.columns]
['spend_30d', 'spend']
"""

import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.channels import Channels
from features.clocks import parse_days
from features.errors import FeatureError
from features.relations import derivation, relation
from features.safe_names import safe

ALL = "all"


@dataclass(frozen=True)
class Feature:
    """A reduction over one relation, asked for one or more windows.

    Attributes
    ----------
    name : str                  stem of its columns
    relation : str              canonical table or view it reads
    windows : tuple of str      "30d" looks at [cutoff − 30 d, cutoff); "all" at everything before the cutoff
    unit : str                  what one step of the value means
    empty : float or None       value where the reduction is undefined; None leaves it missing
    needs : frozenset of str    optional columns without which the feature is left out of a shop
    body : callable             takes the relation, and where it names them `days` (the window's length), `value` and
                                `online` (the names of channels that are)
    per : str or None           a column of the relation: the feature is made for each of its values that occurs, and
                                the value takes the place of the column in the name, "channel_orders" → "web_orders"
    value : str or None         the value it is made for
    """

    name: str
    relation: str
    windows: tuple[str, ...]
    unit: str
    empty: float | None
    needs: frozenset[str]
    body: Callable[..., ir.Value]
    parameters: tuple[tuple[str, float], ...] = ()
    per: str | None = None
    value: str | None = None
    online: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """The docstring: the catalogue entry."""
        about = inspect.getdoc(self.body) or ""
        return about if self.value is None else about.replace(f"{{{self.per}}}", self.value)

    @property
    def asks_online(self) -> bool:
        """Whether it depends on which channels are online."""
        return "online" in inspect.signature(self.body).parameters

    @property
    def template(self) -> str:
        """Its name as declared, whatever value it is made for."""
        return self.body.__name__

    def of(self, value: str | None) -> "Feature":
        """The feature made for one value of its column; itself for None."""
        if value is None:
            return self
        return replace(self, name=safe(value) + self.template.removeprefix(str(self.per)), value=value)

    def where_online(self, online: tuple[str, ...]) -> "Feature":
        """The feature for a shop where these channels are online."""
        return replace(self, online=online) if self.asks_online else self

    @property
    def family(self) -> str:
        """The catalogue file the feature lives in."""
        return self.body.__module__.rsplit(".", 1)[-1]

    @cached_property
    def columns(self) -> tuple["FeatureColumn", ...]:
        """One column a window."""
        return tuple(FeatureColumn(self, None if w == ALL else parse_days(w)) for w in self.windows)


@dataclass(frozen=True)
class FeatureColumn:
    """One feature over one window: a column of the feature table.

    Attributes
    ----------
    feature : Feature
    days : int or None      window length; None reaches back to the first row
    """

    feature: Feature
    days: int | None

    @property
    def name(self) -> str:
        """`spend_90d`; a feature over everything carries no suffix."""
        return self.feature.name if self.days is None else f"{self.feature.name}_{self.days}d"

    @property
    def unit(self) -> str:
        return self.feature.unit

    @property
    def empty(self) -> float | None:
        return self.feature.empty

    @property
    def about(self) -> str:
        return self.feature.about

    @cached_property
    def expression(self) -> ir.Value:
        """The unbound reduction, over `relation(self.feature.relation)`."""
        rows = relation(self.feature.relation)
        feature = self.feature
        if feature.per and feature.value is None:
            raise FeatureError(f"{feature.name!r} is made for each {feature.per}: ask for the columns of a shop.")
        given = {"days": self.days, "value": feature.value, "online": feature.online}
        wanted = inspect.signature(feature.body).parameters
        return feature.body(rows, **{name: one for name, one in given.items() if name in wanted})

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hex digits over name, window, empty value, parameters, the unbound expression and its view."""
        feature = self.feature
        says = [
            feature.name,
            self.days,
            feature.empty,
            dict(feature.parameters),
            _shape(self.expression.op()),
            derivation(feature.relation),
        ]
        return hashlib.sha256(json.dumps(says, sort_keys=True).encode()).hexdigest()[:12]


def feature(
    *,
    table: str,
    windows: tuple[str, ...] = (ALL,),
    unit: str,
    empty: float | None = None,
    needs: tuple[str, ...] = (),
    per: str | None = None,
) -> Callable[[Callable[..., ir.Value]], Feature]:
    """Declare a feature; its body is one reduction over the rows of `table`.

    Parameters
    ----------
    table : str               canonical table, or a view of features/relations.py
    windows : tuple of str    "30d", "365d" …, or "all"
    unit : str                "currency", "days", "orders", "share" …
    empty : float or None     the value of a customer without rows; None is missing
    needs : tuple of str      optional columns the body reads; absent ones leave the feature out
    per : str or None         column for each of whose values the feature is made; the name begins with it

    Raises
    ------
    FeatureError              if the body has no docstring, or its name does not begin with `per`
    """

    def declare(body: Callable[..., ir.Value]) -> Feature:
        if not inspect.getdoc(body):
            raise FeatureError(
                f"feature {body.__name__!r} has no docstring, but the docstring is its catalogue entry. "
                "Say what it measures and what an empty value means."
            )
        if per and not body.__name__.startswith(f"{per}_"):
            raise FeatureError(
                f"feature {body.__name__!r} is declared per {per}, but its name does not begin with it. "
                f"Call it {per}_{body.__name__}: each value takes the place of {per!r}."
            )
        needed = frozenset({*needs, per} if per else needs)
        one = Feature(body.__name__, table, windows, unit, empty, needed, body, per=per)
        if one.asks_online and len(needs) != 1:
            raise FeatureError(
                f'feature {one.name!r} asks which channels are online, but not of which column. Say needs=("channel",).'
            )
        return one.where_online(Channels().online)

    return declare


def ratio(numerator: ir.Value, denominator: ir.Value) -> ir.Value:
    """`numerator / denominator` in float64, missing where the denominator is 0: engines differ on x / 0."""
    divisor = denominator.cast("float64")
    return numerator.cast("float64") / divisor.nullif(ibis.literal(0.0, "float64"))


def days_between(later: ir.Value, earlier: ir.Value) -> ir.Value:
    """Days from `earlier` to `later` in float64, fractions included."""
    return (later.epoch_seconds() - earlier.epoch_seconds()).cast("float64") / ibis.literal(86400.0, "float64")


def _shape(node: Any) -> Any:
    """A node of an unbound expression as nested lists: no SQL, no object addresses, no foreign columns."""
    if isinstance(node, ops.Field):
        return ["field", node.rel.name, node.name, str(node.dtype)]
    if isinstance(node, ops.UnboundTable):
        return ["relation", node.name]
    if isinstance(node, ops.Node):
        return [type(node).__name__, *(_shape(argument) for argument in node.args)]
    if isinstance(node, tuple):
        return [_shape(item) for item in node]
    return None if node is None else str(node)
