"""Where a number comes from: the catalogue as a list, and the rows behind one value of one customer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa

from features.build.build import asked_and_known, build
from features.build.reductions import Recipe, bind, recipe
from features.build.rows import seen, within
from features.catalog import missing_for, pick
from features.engine import Engine, opened
from features.errors import FeatureError
from features.feature import FeatureColumn
from features.shop import Shop
from features.spine import Spine
from features.tables import TABLES


@dataclass(frozen=True)
class Explanation:
    """One value and the rows it was made of.

    Attributes
    ----------
    column : FeatureColumn
    value : float or None       None is missing
    rows : pa.Table             what was known before the cutoff, lies in the window and meets the feature's
                                conditions, oldest first: whose record it is on, its key, its clocks and what the
                                feature reads of it
    """

    column: FeatureColumn
    value: float | None
    rows: pa.Table


def explain(
    shop: Shop, column_name: str, customer_id: str, cutoff: datetime, *, engine: Engine | None = None
) -> Explanation:
    """The rows that made a number.

    Parameters
    ----------
    column_name : str       such as "spend_90d"
    customer_id : str       a person; rows of every record linked to them by then are among theirs
    cutoff : datetime       a local midnight

    Raises
    ------
    FeatureError    if the catalogue has no such column, or the shop lacks what it needs
    CutoffError     if the cutoff is no midnight
    """
    (column,) = pick([column_name], shop)
    if missing := missing_for(shop, column.feature):
        raise FeatureError(
            f"{column_name!r} needs {' and '.join(missing)}, which shop '{shop.name}' does not give. "
            "Add it to shop.toml, or ask for a column that `perennial features --list` shows as filled."
        )
    spine = Spine.of([customer_id], [cutoff])
    with opened(engine) as running:
        value = build(shop, spine, [column], engine=running)[column_name].to_pylist()[0]
        return Explanation(column, value, running.arrow(_rows(shop, column, spine, running)))


def _rows(shop: Shop, column: FeatureColumn, spine: Spine, engine: Engine) -> ir.Table:
    asked, known = asked_and_known(shop, spine, [column], engine)
    rows = seen(known, asked.drop("customer_id"), column.feature.relation)
    one = recipe(column)
    rows = rows.filter(within(rows, column.days), _meets(one, rows))
    return rows.order_by("happened_at").select(*_telling(one, rows))


def _meets(one: Recipe, rows: ir.Table) -> ir.BooleanValue:
    """Rows that any of the feature's reductions takes in."""
    conditions = [reduction.where for reduction in one.reductions]
    if None in conditions:
        return ibis.literal(True)
    return reduce(or_, (bind(condition.to_expr(), rows).fill_null(False) for condition in conditions))


def _telling(one: Recipe, rows: ir.Table) -> list[str]:
    """The columns worth showing: the row's key, its clocks, and what the feature reads."""
    name = one.column.feature.relation
    key: Iterable[str] = TABLES[name].key if name in TABLES else ()
    read: Mapping[str, None] = {field.name: None for field in one.column.expression.op().find(ops.Field)}
    wanted = dict.fromkeys(["customer_id", *key, "happened_at", "known_at", *sorted(read)])
    return [column for column in wanted if column in rows.columns and column != "cutoff"]
