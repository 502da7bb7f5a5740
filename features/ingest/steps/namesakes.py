"""Fifth step, across tables: (source, customer_id) is a record; an id that several systems use becomes several ids.

The system that showed an id first keeps it as it is; in any other the record is named `source:id`. So ids stay as they
were when a further system is added, and stay the ids that the systems know. A row that does not say where it comes
from goes with the id as it is.
"""

from collections.abc import Iterable, Mapping

from features.ingest.facts import Finding
from features.ingest.source.database import Database, hash_of, identifier, literal
from features.ingest.steps.step import IngestStep
from features.tables import Table

RECORD_IDS = ("customer_id", "source_customer_id", "referred_by")
_SHARED = "shared_ids"


def tell_apart(steps: Mapping[str, IngestStep]) -> None:
    """Leave the relation `told` of every table: as `keyed`, with every id the name of one record."""
    database = next(iter(steps.values())).database
    seen = " UNION ALL ".join(_seen(step, name) for step in steps.values() for name in _own_ids(step))
    database.run(f"CREATE TABLE {_SHARED} AS {_shared(seen) if seen else _NOBODY}")
    any_shared = _any_shared(database)
    for step in steps.values():
        told = _renamed(step) if any_shared else f"SELECT * FROM {step.name('keyed')}"
        database.run(f"CREATE VIEW {step.name('told')} AS {told}")


def told_apart(step: IngestStep) -> list[Finding]:
    """Rows whose id got its source before it: a warning with a count."""
    found = []
    for name in _own_ids(step) if _any_shared(step.database) else ():
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
    # Grouping by a hash is cheap and finds every id of several sources, perhaps others too: these are told exactly.
    several = f"SELECT {hash_of('id')} FROM ({seen}) WHERE id IS NOT NULL GROUP BY 1 HAVING min(source) <> max(source)"
    return f"""
        SELECT id, source, source || ':' || id AS record
        FROM (SELECT id, source, min(moment) AS first FROM ({seen}) WHERE {hash_of("id")} IN ({several}) GROUP BY ALL)
        WHERE id IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY first NULLS LAST, source) > 1
    """


def _any_shared(database: Database) -> bool:
    """Whether an id stands for several records; most shops have none, and need not look each row up."""
    return bool(database.rows(f"SELECT 1 FROM {_SHARED} LIMIT 1"))


def _renamed(step: IngestStep) -> str:
    """SQL of a table with its ids replaced; only a row that says its source can be another's namesake."""
    keyed = step.name("keyed")
    if "source" not in step.mapping.names:
        return f"SELECT * FROM {keyed}"
    named = {f"s{place}": identifier(name) for place, name in enumerate(ids_of(step.table))}
    records = ", ".join(f"coalesce({s}.record, k.{name}) AS {name}" for s, name in named.items())
    found = " ".join(
        f"LEFT JOIN {_SHARED} AS {s} ON {s}.id = k.{name} AND {s}.source = k.source" for s, name in named.items()
    )
    return f"SELECT k.* REPLACE ({records}) FROM {keyed} AS k {found}" if named else f"SELECT * FROM {keyed}"
