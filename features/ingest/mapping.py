"""Which source columns make which canonical column, bound to the types the source really has."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from features.errors import ShopError
from features.ingest.casts import ISO, Style, given, is_text, number
from features.ingest.config import Source
from features.ingest.database import Database, DatabaseError, identifier
from features.ingest.expressions import Expression, parse
from features.ingest.raw import Raw
from features.ingest.styles import DateStyle, date_style, number_style
from features.tables import Column, Table


@dataclass(frozen=True)
class Mapped:
    """One canonical column and the SQL over the source that makes it.

    Attributes
    ----------
    column : Column
    value, kind : str           SQL over the source view, and its DuckDB type
    sources : tuple of str      source columns it reads
    numbers : tuple of str      of these, text columns it reads as numbers
    style : Style               how a text column writes dates and numbers
    ambiguous : int             dates that read month first or day first, where nothing in the column decides
    """

    column: Column
    value: str
    kind: str
    sources: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    style: Style = ISO
    ambiguous: int = 0


@dataclass(frozen=True)
class Mapping:
    """How one source becomes one canonical table.

    Attributes
    ----------
    view : str                  relation of the source's columns, blanks as NULL, with typed twins for expressions
    columns : tuple of Mapped   canonical columns that are given, in the table's order
    where : Mapped or None      rows to keep
    """

    view: str
    columns: tuple[Mapped, ...]
    where: Mapped | None

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source column that is read."""
        parts = (*self.columns, *([self.where] if self.where else []))
        return tuple(dict.fromkeys(name for part in parts for name in part.sources))

    @property
    def names(self) -> frozenset[str]:
        """The canonical columns that are given."""
        return frozenset(part.column.name for part in self.columns)


def bind(database: Database, source: Source, raw: Raw, table: Table) -> Mapping:
    """Match a source with its canonical table.

    Raises
    ------
    ShopError       if a required column is not there, or an expression does not fit the source
    """
    written = _written(source, raw, table)
    parsed = {
        name: parse(text, raw.columns, f"table '{table.name}', column '{name}'") for name, text in written.items()
    }
    where = parse(source.where, raw.columns, f"table '{table.name}', where") if source.where else None
    computed = [e for e in (*parsed.values(), where) if e is not None and not (e.bare and e is not where)]
    texts = _texts(computed, raw)
    styles = {name: number_style(database, raw.relation, name) for name in texts}
    view = _view(database, raw, styles)
    binder = _Binder(database, view, raw, _numeric(database, raw, styles), texts)
    columns = tuple(binder.mapped(column, parsed[column.name]) for column in table.columns if column.name in parsed)
    condition = Column("where", "flag")
    return Mapping(view, columns, binder.mapped(condition, where, computed=True) if where else None)


def _written(source: Source, raw: Raw, table: Table) -> dict[str, str]:
    """Canonical column → text of its expression: what shop.toml says, else columns of the same name."""
    own = {name.lower(): name for name in raw.columns}
    same = {column.name: own[column.name] for column in table.columns if column.name in own}
    if source.columns is None:
        written = same
    else:
        needed = {c.name: same[c.name] for c in table.columns if c.required and c.name in same}
        written = needed | dict(source.columns)
    # Orders without a number are numbered by customer and moment.
    made = {"order_id"} if table.name == "orders" else set()
    for column in table.columns:
        if column.required and column.name not in written and column.name not in made:
            listed = ", ".join(list(raw.columns)[:30]) or "no columns"
            raise ShopError(
                f"table '{table.name}' needs column '{column.name}', but {source.source} has {listed}. "
                f'Say which it is under [{table.name}.columns] in shop.toml: {column.name} = "…".'
            )
    return written


def _texts(computed: Iterable[Expression], raw: Raw) -> tuple[str, ...]:
    names = (name for expression in computed for name in expression.columns)
    return tuple(dict.fromkeys(name for name in names if is_text(raw.columns[name])))


def _view(database: Database, raw: Raw, styles: dict[str, Style]) -> str:
    """The source with blanks as NULL; texts that expressions read get a twin as number and one as moment."""
    view = f"view_{raw.relation}"
    plain = [f"{given(identifier(name), kind)} AS {identifier(name)}" for name, kind in raw.columns.items()]
    twins = []
    for name, style in styles.items():
        value = given(identifier(name), "VARCHAR")
        twins.append(f"CAST({number(value, 'VARCHAR', style)} AS DOUBLE) AS {twin(name, 'number')}")
        twins.append(f"TRY_CAST({number(value, 'VARCHAR', style)} AS BIGINT) AS {twin(name, 'whole')}")
        twins.append(f"TRY_CAST({value} AS TIMESTAMP) AS {twin(name, 'moment')}")
    database.run(f"CREATE VIEW {view} AS SELECT {', '.join(plain + twins)} FROM {raw.relation}")
    return view


def twin(name: str, kind: str) -> str:
    """A text column's reading as number, whole or moment, as SQL."""
    return identifier(f"{name}\x1f{kind}")


def is_unread(name: str) -> str:
    """SQL: the text column holds something, and it is no number."""
    return f"({identifier(name)} IS NOT NULL AND {twin(name, 'number')} IS NULL)"


def _numeric(database: Database, raw: Raw, styles: dict[str, Style]) -> dict[str, str]:
    """Which text columns hold numbers, whole or not; leading zeros make a column a text."""
    found = {}
    for name, style in styles.items():
        value = given(identifier(name), "VARCHAR")
        values = f"(SELECT {value} AS value FROM {raw.relation})"
        filled, numbers, whole, zeros = database.row(
            f"""
            SELECT count(value), count(number), count(*) FILTER (number = trunc(number)),
                   count(*) FILTER (regexp_matches(value, '^-?0\\d'))
            FROM (SELECT value, {number("value", "VARCHAR", style)} AS number FROM {values})
            """
        )
        if numbers * 2 > filled and not zeros:
            found[name] = "whole" if whole == numbers else "number"
    return found


class _Binder:
    """Finds the reading of text columns – number, moment or text – with which an expression makes sense."""

    def __init__(self, database: Database, view: str, raw: Raw, numeric: dict[str, str], texts: Sequence[str]) -> None:
        self._database, self._view, self._raw, self._numeric, self._texts = database, view, raw, numeric, texts

    def mapped(self, column: Column, expression: Expression, computed: bool = False) -> Mapped:
        if expression.bare and not computed:
            return self._bare(column, expression.columns[0])
        bound: list[Mapped] = []
        refusal = ""
        for kinds in self._readings(expression):
            value = f"TRY{expression.sql(self._names(kinds))}"
            try:
                kind = self._database.columns(f"SELECT {value} AS value FROM {self._view}")["value"]
            except DatabaseError as error:
                refusal = refusal or str(error).split("\n", 1)[0]
                continue
            numbers = tuple(name for name, read in kinds.items() if read != "moment")
            bound.append(Mapped(column, value, kind, expression.columns, numbers))
            # A reading that makes nothing of any row is not what was meant: a number compared with '' is one.
            if self._database.rows(f"SELECT 1 FROM {self._view} WHERE {value} IS NOT NULL LIMIT 1"):
                return bound[-1]
        if not bound:
            raise ShopError(
                f"column '{column.name}': '{expression.text}' cannot be computed. {refusal[:300]} Mend it in shop.toml."
            )
        return bound[0]

    def _bare(self, column: Column, name: str) -> Mapped:
        kind = self._raw.columns[name]
        if not is_text(kind):
            return Mapped(column, identifier(name), kind, (name,))
        dates = DateStyle()
        if column.role == "moment":
            dates = date_style(self._database, self._raw.relation, name)
        elif column.role in ("money", "number"):
            dates = DateStyle(number_style(self._database, self._raw.relation, name))
        return Mapped(column, identifier(name), kind, (name,), style=dates.style, ambiguous=dates.ambiguous)

    def _readings(self, expression: Expression) -> list[dict[str, str]]:
        texts = [name for name in expression.columns if name in self._texts]
        likely = {name: self._numeric[name] for name in texts if name in self._numeric}
        dated = {name: "moment" for name in texts if name not in likely} | likely
        return [likely, dated, dict.fromkeys(texts, "number"), {}]

    def _names(self, kinds: dict[str, str]) -> Callable[[str], str]:
        return lambda name: twin(name, kinds[name]) if name in kinds else identifier(name)
