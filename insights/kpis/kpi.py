"""A KPI is declared once: one reduction over rows of a relation, with its unit, its formula and its words.

    @kpi(rows="orders", unit="currency", formula="sales / orders", zh="…")
    def average_order_value(orders):
        \"\"\"Mean amount of an order.\"\"\"
        return orders.amount.mean()

Whatever it is told by – channel, store, month –, the reduction runs over the rows of that group and period: a ratio is
computed anew, never averaged.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir

Unit = Literal["count", "share", "currency", "seconds", "items", "points", "days"]
Body = Callable[[ir.Table], ir.Value]
Among = Callable[[ir.Table], ir.BooleanValue]


@dataclass(frozen=True)
class Kpi:
    """One KPI.

    Attributes
    ----------
    name : str
    rows : str              the relation it reduces, see `insights.kpis.relations`
    unit : str              share is 0 to 1
    formula : str           in words that the field uses
    en, zh : str            what it means
    body : callable         rows of one group → one number
    among : callable or None    rows → which of them it is about, where not about all: the people behind these have to
                            be twenty
    """

    name: str
    rows: str
    unit: Unit
    formula: str
    en: str
    zh: str
    body: Body
    among: Among | None = None


def kpi(*, rows: str, unit: Unit, formula: str, zh: str, among: Among | None = None) -> Callable[[Body], Kpi]:
    """Declare a KPI; its docstring is its meaning in English."""

    def declare(body: Body) -> Kpi:
        en = " ".join((inspect.getdoc(body) or "").split())
        return Kpi(body.__name__, rows, unit, formula, en, zh, body, among)

    return declare
