"""Which source columns make which canonical column, bound to the types the source really has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from features.errors import ShopError
from features.ingest.reading.expressions import Expression, parse
from features.ingest.reading.normalised_view import NormalisedView, Reading, reading, texts
from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.style import ISO, Style
from features.ingest.reading.texts import is_text
from features.ingest.source.config import Source
from features.ingest.source.database import DatabaseError
from features.ingest.source.load import Raw
from features.tables import Column, Table


@dataclass(frozen=True)
class Mapped:
    """One canonical column and the SQL over the source's view that makes it.

    Attributes
    ----------
    column : Column
    value, kind : str           SQL, and its DuckDB type
    sources : tuple of str      source columns it reads
    numbers : tuple of str      of these, text columns it reads as numbers
    style : Style               how a text column writes dates and numbers
    ambiguous : int             values that nothing in the column decides: dates that read month first or day first,
                                amounts such as 1.250 that may be a thousand and more
    """

    column: Column
    value: str
    kind: str
    sources: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    style: Style = ISO
    ambiguous: int = 0


@dataclass(frozen=True)
class TableMapping:
    """How one source becomes one canonical table.

    Attributes
    ----------
    view : NormalisedView
    columns : tuple of Mapped   canonical columns that are given, in the table's order
    where : Mapped or None      rows to keep
    """

    view: NormalisedView
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


def bind(source: Source, profile: SourceProfile, table: Table) -> TableMapping:
    """Match a source with its canonical table.

    Raises
    ------
    ShopError       if a required column is not there, or an expression does not fit the source
    """
    raw = profile.raw
    stands = f"table '{table.name}', column '{{}}'"
    parsed = {
        name: parse(text, raw.columns, stands.format(name)) for name, text in _written(source, raw, table).items()
    }
    where = parse(source.where, raw.columns, stands.format("where")) if source.where else None
    computed = [e for e in parsed.values() if not e.bare] + ([where] if where else [])
    read = texts(raw.columns, tuple(dict.fromkeys(name for e in computed for name in e.columns)))
    view = NormalisedView(raw.columns, {name: profile.numbers(name).style for name in read})
    binder = _Binder(profile, view, table)
    columns = tuple(binder.mapped(column, parsed[column.name]) for column in table.columns if column.name in parsed)
    return TableMapping(view, columns, binder.bound(Column("where", "flag"), where) if where else None)


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


class _Binder:
    """Finds the reading of text columns – number, moment or text – with which an expression makes sense."""

    def __init__(self, profile: SourceProfile, view: NormalisedView, table: Table) -> None:
        self._profile, self._view, self._table = profile, view, table
        self._database, self._raw = profile.database, profile.raw

    def mapped(self, column: Column, expression: Expression) -> Mapped:
        """A column of the source as it stands, or an expression."""
        return self._bare(column, expression.columns[0]) if expression.bare else self.bound(column, expression)

    def _bare(self, column: Column, name: str) -> Mapped:
        kind = self._raw.columns[name]
        if is_text(kind) and column.role == "moment":
            dates = self._profile.dates(name)
            return Mapped(column, reading(name), kind, (name,), style=dates.style, ambiguous=dates.ambiguous)
        numeric = is_text(kind) and column.role in ("money", "number")
        if not numeric:
            return Mapped(column, reading(name), kind, (name,))
        numbers = self._profile.numbers(name)
        doubtful = numbers.ambiguous if column.role == "money" else 0
        return Mapped(column, reading(name), kind, (name,), style=numbers.style, ambiguous=doubtful)

    def bound(self, column: Column, expression: Expression) -> Mapped:
        """An expression with the first reading of its text columns that gives a value in any row."""
        fitting: list[Mapped] = []
        refusal = ""
        relation = self._view.over(self._raw.relation, expression.columns)
        for kinds in self._readings(expression):
            value = (
                f"TRY{expression.sql({name: reading(name, kinds.get(name, 'given')) for name in expression.columns})}"
            )
            try:
                kind = self._database.columns(f"SELECT {value} AS value FROM {relation}")["value"]
            except DatabaseError as error:
                refusal = refusal or str(error).split("\n", 1)[0]
                continue
            numbers = tuple(name for name, read in kinds.items() if read != "moment")
            fitting.append(self._dated(Mapped(column, value, kind, expression.columns, numbers), relation))
            # A reading that makes nothing of any row is not what was meant: a number compared with '' is one.
            if not kinds or self._database.rows(f"SELECT 1 FROM {relation} WHERE {value} IS NOT NULL LIMIT 1"):
                return fitting[-1]
        if not fitting:
            raise ShopError(
                f"table '{self._table.name}', column '{column.name}': '{expression.text}' cannot be computed. "
                f"{refusal[:300]} Mend it in shop.toml."
            )
        return fitting[0]

    def _dated(self, mapped: Mapped, relation: str) -> Mapped:
        """With the style of its dates, where it makes them of text: a day and a time that stand apart."""
        if mapped.column.role != "moment" or not is_text(mapped.kind):
            return mapped
        dates = self._profile.dates_of(f"(SELECT {mapped.value} AS value FROM {relation})")
        return replace(mapped, style=dates.style, ambiguous=dates.ambiguous)

    def _readings(self, expression: Expression) -> Sequence[dict[str, Reading]]:
        names = [name for name in expression.columns if name in self._view.styles]
        read = {name: self._profile.numbers(name).reading for name in names}
        likely: dict[str, Reading] = {name: kind for name, kind in read.items() if kind}
        dated: dict[str, Reading] = {name: likely.get(name, "moment") for name in names}
        numbers: dict[str, Reading] = dict.fromkeys(names, "number")
        return (likely, dated, numbers, {}) if names else ({},)
