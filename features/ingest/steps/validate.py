"""Second step: read every value into its canonical type, and refuse rows that break the contract."""

from features.ingest.reading.casts import cast, given
from features.ingest.reading.moments import doubled
from features.ingest.reading.normalised_view import is_unread
from features.ingest.source.database import identifier, literal
from features.ingest.steps.checks import FUTURE, Fault, faults, input_name, unread_name
from features.ingest.steps.step import IngestStep, key_text, refuse, sql_type, whose
from features.tables import Column


def judge(step: IngestStep) -> None:
    """Leave the relation `judged`: canonical columns of rows without fault; the others go to quarantine."""
    found = _read(step, step.latest)
    future = [str(place) for place, fault in enumerate(found, start=1) if fault.reason == FUTURE]
    if future:
        late, rows = step.database.row(
            f"SELECT count(*) FILTER (_fault IN ({', '.join(future)})), count(*) FROM {step.name('read')}"
        )
        if late * 2 > rows:
            # Archives may carry any stamp: files older than most of their rows were not written when they say.
            step.database.run(f"DROP TABLE {step.name('read')}")
            _read(step, step.began)
    read = step.name("read")
    step.database.run(f"CREATE VIEW {step.name('judged')} AS SELECT {step.columns} FROM {read} WHERE _fault IS NULL")
    columns, reasons = ([literal(getattr(fault, part)) for fault in found] for part in ("column", "reason"))
    if found:
        refuse(
            step,
            f"""SELECT [{", ".join(columns)}][_fault], [{", ".join(reasons)}][_fault], {key_text(step.table)},
                CAST(_row AS VARCHAR), 1, {whose(step.table)} FROM {read} WHERE _fault IS NOT NULL""",
        )


def _read(step: IngestStep, latest: str) -> tuple[Fault, ...]:
    """Leave the relation `read`: canonical columns, `_fault` (from 1) and the source's values of faulty rows."""
    found = faults(step.table, step.mapping, latest)
    inputs = [f"{identifier(name)} AS {_source_name(name)}" for name in step.mapping.sources]
    inputs += [f"{given(m.value, m.kind)} AS {input_name(m.column.name)}" for m in step.mapping.columns]
    view = step.mapping.view.over(step.name("delivered"), step.mapping.sources)
    unread = [f"{is_unread(name)} AS {unread_name(name)}" for name in step.read_as_numbers]
    values = ", ".join(f"{_value(step, column)} AS {identifier(column.name)}" for column in step.table.columns)
    tests = " ".join(f"WHEN {fault.condition} THEN {place}" for place, fault in enumerate(found, start=1))
    step.database.run(
        f"""
        CREATE TABLE {step.name("read")} AS
        SELECT {step.columns}, _fault, CASE WHEN _fault IS NOT NULL THEN {_source_row(step)} END AS _row
        FROM (SELECT *, {f"CASE {tests} END" if tests else "NULL::INTEGER"} AS _fault
              FROM (SELECT *, {values}
                    FROM (SELECT {", ".join(inputs + unread)} FROM {view})))
        """
    )
    return found


def _value(step: IngestStep, column: Column) -> str:
    given_as = {m.column.name: m for m in step.mapping.columns}
    mapped = given_as.get(column.name)
    if mapped is None and column.name == "order_id" and step.numbers_orders:
        # Customer and moment number such orders: the hour that a clock shows twice has to be told apart.
        when = given_as["happened_at"]
        return f"CASE WHEN {doubled(input_name('happened_at'), when.kind, step.timezone, when.style)} THEN '2' END"
    if mapped is None:
        return f"CAST(NULL AS {sql_type(column)})"
    value = cast(input_name(column.name), mapped.kind, column.role, step.timezone, mapped.style)
    return f"lower({value})" if column.values else value


def _source_row(step: IngestStep) -> str:
    """SQL of the source's own values as JSON, what identifies a person left out."""
    hidden = {name for m in step.mapping.columns for name in m.sources if m.column.name == "value"}
    hidden = hidden if step.table.name == "identities" else set()
    shown = [name for name in step.mapping.sources if name not in hidden]
    pairs = ", ".join(f"{literal(name)}, CAST({_source_name(name)} AS VARCHAR)" for name in shown)
    return f"json_object({pairs})"


def _source_name(name: str) -> str:
    """The source's own column, apart from a canonical column that may have the same name."""
    return identifier(f"source\x1f{name}")
