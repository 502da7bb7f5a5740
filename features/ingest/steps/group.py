"""Third step: fill what the contract fills, number orders that have no number, add lines up to orders."""

from features.ingest.source.database import identifier, literal
from features.ingest.steps.identities import hashed
from features.ingest.steps.step import IngestStep, refuse, refused_whole, sql_type
from features.tables import Column

_SUMMED = ("amount", "discount", "shipping", "quantity")
_KIND = "CASE WHEN amount < 0 THEN 'return' ELSE 'order' END"
# A guest has no name to tell his orders apart by; their amount has to do.
_NUMBER = (
    "concat_ws('@', coalesce(customer_id, 'guest ' || amount), strftime(happened_at, '%Y-%m-%d %H:%M:%S'), order_id)"
)
_ALWAYS = "TIMESTAMP '1970-01-01'"


def gather(step: IngestStep) -> None:
    """Leave the relation `gathered`: canonical columns, and `_lines`, the source rows each row stands for."""
    filled = ", ".join(f"{_filled(step, column)} AS {identifier(column.name)}" for column in step.table.columns)
    rows, gathered = step.name("filled"), step.name("gathered")
    step.database.run(f"CREATE VIEW {rows} AS SELECT {filled} FROM {step.name('judged')}")
    by = _group(step)
    if not by:
        step.database.run(f"CREATE VIEW {gathered} AS SELECT *, 1 AS _lines FROM {rows}")
        return
    rows = _without_conflicts(step, rows, by)
    kind = f"REPLACE (coalesce(kind, {_KIND}) AS kind)" if step.table.name == "orders" else ""
    step.database.run(
        f"""
        CREATE TABLE {gathered} AS SELECT * {kind} FROM (
            SELECT {_added_up(step, by)}, count(*) AS _lines FROM {rows} GROUP BY {_listed(by)})
        """
    )


def _group(step: IngestStep) -> tuple[str, ...]:
    by = step.source.group
    if step.numbers_orders:
        return tuple(dict.fromkeys(("order_id", "kind", *by)))
    if by and step.table.name == "orders" and "kind" in step.mapping.names:
        return tuple(dict.fromkeys((*by, "kind")))
    return by


def _filled(step: IngestStep, column: Column) -> str:
    name = identifier(column.name)
    if step.numbers_orders and column.name == "order_id":
        return _NUMBER if "source" not in step.mapping.names else f"concat_ws('@', {_NUMBER}, source)"
    if step.table.name == "orders" and column.name == "kind":
        # Where lines add up, the sum says whether they are a return, not one negative line.
        return "kind" if step.source.group and not step.numbers_orders else f"coalesce(kind, {_KIND})"
    if column.name == "known_at":
        return _known_at(step)
    if column.name == "happened_at" and not column.required:
        return f"coalesce(happened_at, known_at, {_ALWAYS})"
    if column.name == "source":
        return f"coalesce(source, {literal(step.shop)})"
    if step.table.name == "identities" and column.name == "value":
        return hashed("kind", "value", step.secret)
    if column.default is not None:
        return f"coalesce({name}, CAST({literal(column.default)} AS {sql_type(column)}))"
    return name


def _known_at(step: IngestStep) -> str:
    """A bare date says only the day: something that happened on that day was known when it happened."""
    if not step.table.takes("happened_at") or step.table.name == "customers":
        return f"coalesce(known_at, {_ALWAYS})"
    same_day = "known_at = date_trunc('day', happened_at)"
    return f"CASE WHEN known_at IS NULL OR {same_day} THEN coalesce(happened_at, {_ALWAYS}) ELSE known_at END"


def _without_conflicts(step: IngestStep, rows: str, by: tuple[str, ...]) -> str:
    """Refuse lines that add up to one order of several customers."""
    if "customer_id" in by or not step.table.takes("customer_id"):
        return rows
    whose = "customer_id || '@' || coalesce(source, '')" if "source" in step.mapping.names else "customer_id"
    mixed, sound = step.name("mixed"), step.name("sound")
    step.database.run(
        f"CREATE TABLE {mixed} AS SELECT {_listed(by)} FROM {rows} GROUP BY {_listed(by)} "
        f"HAVING count(DISTINCT {whose}) > 1"
    )
    same = " AND ".join(f"m.{identifier(name)} IS NOT DISTINCT FROM r.{identifier(name)}" for name in by)
    chosen = f"SELECT * FROM {rows} AS r WHERE {{}} EXISTS (SELECT 1 FROM {mixed} AS m WHERE {same})"
    reason = f"several customers in one group by {' and '.join(step.source.group)}"
    several = f"(SELECT *, 1 AS _lines FROM ({chosen.format('')}))"
    refuse(step, refused_whole("customer_id", reason, step.table, several))
    step.database.run(f"CREATE VIEW {sound} AS {chosen.format('NOT')}")
    return sound


def _added_up(step: IngestStep, by: tuple[str, ...]) -> str:
    once = step.source.once
    return ", ".join(
        identifier(column.name) if column.name in by else f"{_together(column, once)} AS {identifier(column.name)}"
        for column in step.table.columns
    )


def _together(column: Column, once: tuple[str, ...]) -> str:
    """One value of many lines: amounts add up, an order is known when its last line is, any promotion counts.

    An order has arrived when its last line has, and is promised by when its last line is.
    """
    name = identifier(column.name)
    if column.name == "delivered_at" and column.name not in once:
        return f"CASE WHEN count(*) = count({name}) THEN max({name}) END"
    if column.name in once:
        return f"max({name})"
    if column.name in _SUMMED:
        return f"CAST(sum({name}) AS {sql_type(column)})"
    if column.role == "flag":
        return f"bool_or({name})"
    return f"max({name})" if column.name in ("known_at", "promised_at") else f"min({name})"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(identifier(name) for name in names)
