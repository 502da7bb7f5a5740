"""What a made export is: its files, and what a draft must make of them."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from tests.exports.history import PRODUCTS, Line, Sale, email, history

Files = dict[str, bytes]
Columns = Mapping[str, Callable[[Sale], object]]
LineColumns = Mapping[str, Callable[[Sale, Line], object]]


@dataclass(frozen=True)
class Truth:
    """What is right; `said` is a pattern of what must be said where nothing proves it."""

    orders: int
    amount: float
    people: int
    guests: int = 0
    said: str = ""


Situation = Callable[[Sequence[Sale]], tuple[Files, Truth]]
SITUATIONS: dict[str, Situation] = {}


def situation(make: Situation) -> Situation:
    """Register a made export under its function's name."""
    SITUATIONS[make.__name__] = make
    return make


@cache
def trade() -> tuple[Sale, ...]:
    """Sales of known people, none undone."""
    made = [sale for sale in history(customers=45, months=10, seed=7) if sale.customer is not None]
    return tuple(made)


def truth(
    sales: Iterable[Sale],
    worth: Callable[[Sale], float] = lambda sale: sale.total,
    nobody: Callable[[Sale], bool] = lambda _: False,
    said: str = "",
) -> Truth:
    """What is right where every one of these sales is an order."""
    sales = list(sales)
    people = {sale.customer for sale in sales if not nobody(sale)}
    amount = round(sum(worth(sale) for sale in sales), 4)
    return Truth(len(sales), amount, len(people), sum(map(nobody, sales)), said)


def by_order(sales: Iterable[Sale], columns: Columns) -> list[dict[str, object]]:
    return [{name: make(sale) for name, make in columns.items()} for sale in sales]


def by_line(sales: Iterable[Sale], columns: Columns, lines: LineColumns) -> list[dict[str, object]]:
    """A row a line; the order's own columns on each."""
    return [
        {name: make(sale) for name, make in columns.items()} | {name: make(sale, line) for name, make in lines.items()}
        for sale in sales
        for line in sale.lines
    ]


def text(
    rows: Iterable[Mapping[str, object]], delimiter: str = ",", encoding: str = "utf-8", bom: bool = False
) -> bytes:
    rows = list(rows)
    made = io.StringIO()
    table = csv.DictWriter(made, list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows)
    return (("\ufeff" if bom else "") + made.getvalue()).encode(encoding)


def sku(line: Line) -> str:
    return PRODUCTS[line.product][0]


def name(line: Line) -> str:
    return PRODUCTS[line.product][1]


def mail(sale: Sale) -> str:
    return email(sale.customer or 0)


def code(sale: Sale) -> str:
    return f"C{sale.customer:04}"


def goods(sale: Sale) -> float:
    return round(sum(line.quantity * line.price for line in sale.lines), 2)


def iso(sale: Sale) -> str:
    return f"{sale.moment:%Y-%m-%d %H:%M:%S}"


def grouped(amount: float, thousands: str, decimal: str, places: int = 2) -> str:
    """1234.5 with these signs."""
    return f"{amount:,.{places}f}".translate({ord(","): thousands, ord("."): decimal})


def at(sale: Sale, form: str) -> str:
    return format(sale.moment, form)


def share(sale: Sale, parts: int) -> bool:
    """True for one in so many sales, spread over people and time."""
    return (sale.number * 7919) % parts == 0


def clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


PLAIN: Columns = {"order_id": lambda s: s.number, "customer_id": code, "date": iso, "total": lambda s: f"{s.total:.2f}"}
