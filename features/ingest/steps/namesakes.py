"""Fifth step, across tables: (source, customer_id) is a record; an id that several systems use becomes several ids.

The system that showed an id first keeps it as it is; in any other the record is named `source:id`. So ids stay as they
were when a further system is added, and stay the ids that the systems know. A row that does not say where it comes
from goes with the id as it is.
"""

from collections.abc import Iterable, Mapping

from features.ingest.facts import Finding
from features.ingest.source.database import identifier, literal
from features.ingest.steps.step import IngestStep
from features.tables import Table

RECORD_IDS = ("customer_id", "source_customer_id", "referred_by")
_SHARED = "shared_ids"


def tell_apart(steps: Mapping[str, IngestStep]) -> None:
    """Leave the relation `told` of every table: as `keyed`, with every id the name of one record."""
    database = next(iter(steps.values())).database
    seen = " UNION ALL ".join(_seen(step, name) for step in steps.values() for name in _own_ids(step))
    database.run(f"CREATE TABLE {_SHARED} AS {_shared(seen)}" if seen else f"CREATE TABLE {_SHARED} AS {_NOBODY}")
    (shared,) = database.row(f"SELECT count(*) FROM {_SHARED}")
    for step in steps.values():
        renamed = _renamed(step) if shared else ""
        database.run(f"CREATE VIEW {step.name('told')} AS SELECT * {renamed} FROM {step.name('keyed')} AS k")


def told_apart(step: IngestStep) -> list[Finding]:
    """Rows whose id got its source before it: a warning with a count."""
    found = []
    for name in _own_ids(step):
        count, example = step.database.row(
            f"SELECT coalesce(sum(_lines), 0), min(record) FROM {step.name('keyed')} AS k "
            f"JOIN {_SHARED} AS s ON s.id = k.{identifier(name)} AND s.source = k.source"
        )
        if count:
            reason = "an id that another source uses too, told apart by its source"
            found.append(Finding(step.table.name, name, reason, int(count), example, "warning"))
    return found


def name_refused(step: IngestStep) -> None:
    """Give refused rows the same ids, so that whoever is erased can be found among them."""
    if _own_ids(step):
        refused = step.name("refused")
        step.database.run(
            f"UPDATE {refused} SET customer_id = s.record FROM {_SHARED} AS s "
            f"WHERE s.id = {refused}.customer_id AND s.source = coalesce({refused}.source, {literal(step.shop)})"
        )


def ids_of(table: Table) -> tuple[str, ...]:
    """The columns of a table that name a record and are its own, not joined."""
    return tuple(name for name in RECORD_IDS if table.takes(name))


def _own_ids(step: IngestStep) -> Iterable[str]:
    """Columns that say which record a row is of, where the row says of which system."""
    return [name for name in ids_of(step.table)[:1] if "source" in step.mapping.names]


_NOBODY = "SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS source, NULL::VARCHAR AS record WHERE false"


def _seen(step: IngestStep, name: str) -> str:
    # A row without clocks says nothing of which system was first.
    when = "CASE WHEN known_at > TIMESTAMP '1970-01-01' THEN known_at END"
    return f"SELECT {identifier(name)} AS id, source, {when} AS moment FROM {step.name('keyed')}"


def _shared(seen: str) -> str:
    return f"""
        SELECT id, source, source || ':' || id AS record
        FROM (SELECT id, source, min(moment) AS first FROM ({seen}) WHERE id IS NOT NULL GROUP BY ALL)
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY first NULLS LAST, source) > 1
    """


def _renamed(step: IngestStep) -> str:
    """SQL that replaces a table's ids; only a row that says its source can be another's namesake."""
    if "source" not in step.mapping.names:
        return ""
    record = f"(SELECT s.record FROM {_SHARED} AS s WHERE s.id = k.{{0}} AND s.source = k.source)"
    names = ids_of(step.table)
    return f"REPLACE ({', '.join(f'coalesce({record.format(name)}, k.{name}) AS {name}' for name in names)})"
