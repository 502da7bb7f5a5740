"""Fourth step: a key names one row, and what was delivered before counts once.

The row known first stays, so that a later one changes nothing before it.
"""

from features.ingest.source.database import hash_of, identifier, literal
from features.ingest.steps.step import IngestStep, leave_out, refuse, refused_whole
from features.tables import Table

_ORDER = {"known_at": 0, "happened_at": 1}


def keep_first(step: IngestStep) -> None:
    """Leave the relation `keyed`; rows whose key is taken by other content go to quarantine.

    Rows that only repeat a row of the same key, and rows that `Table.same` says were delivered before, are duplicates,
    whenever they became known.
    """
    rules = _rules(step.table)
    rows = step.name("gathered")
    for number, (by, only, is_key) in enumerate(rules, 1):
        left = step.name("keyed") if number == len(rules) else step.name(f"first{number}")
        _first_of(step, rows, left, by, only, is_key)
        rows = left
    if not rules:
        step.database.run(f"CREATE VIEW {step.name('keyed')} AS SELECT * FROM {rows}")


def _rules(table: Table) -> list[tuple[tuple[str, ...], str, bool]]:
    """Columns that only one row may share, the SQL condition of those rows, and whether the columns are the key."""
    found = []
    if table.key:
        found.append((table.key, f"kind = {literal(table.keyed_kind)}" if table.keyed_kind else "true", True))
    named = ", ".join(literal(kind) for kind in table.same if kind)
    for kind, by in table.same.items():
        if table.key and table.keyed_kind in (None, kind):
            continue  # the key says it
        only = f"kind = {literal(kind)}" if kind else f"kind NOT IN ({named})" if named else "true"
        known = " AND customer_id IS NOT NULL" if "customer_id" in by else ""  # guests cannot be told apart
        found.append((by, only + known, False))
    return found


def _first_of(step: IngestStep, rows: str, left: str, columns: tuple[str, ...], only: str, is_key: bool) -> None:
    by = ", ".join(identifier(name) for name in columns)
    taken, ranked = f"{left}_taken", f"{left}_ranked"
    # By hash: few wide texts have to be held. What only shares a hash is ranked alone, by its own columns, and stays.
    step.database.run(
        f"CREATE TABLE {taken} AS SELECT {hash_of(by)} AS _hash FROM {rows} WHERE {only} GROUP BY 1 HAVING count(*) > 1"
    )
    if not step.database.row(f"SELECT count(*) FROM {taken}")[0]:
        step.database.run(f"CREATE VIEW {left} AS SELECT * FROM {rows}")
        return
    repeated = f"({only}) AND {hash_of(by)} IN (SELECT _hash FROM {taken})"
    step.database.run(f"CREATE TABLE {ranked} AS {_ranked(step, rows, by, repeated)}")
    step.database.run(
        f"""
        CREATE VIEW {left} AS SELECT * FROM {rows} WHERE NOT ({repeated})
        UNION ALL BY NAME SELECT * EXCLUDE (_rank, _again) FROM {ranked} WHERE _rank = 1
        """
    )
    again = "_again" if is_key else "true"
    if is_key:
        others = f"(SELECT * EXCLUDE (_rank, _again) FROM {ranked} WHERE _rank > 1 AND NOT _again)"
        reason = f"the {' and '.join(columns)} of another row, but other content"
        refuse(step, refused_whole(columns[0], reason, step.table, others))
    (left_out,) = step.database.row(f"SELECT coalesce(sum(_lines), 0) FROM {ranked} WHERE _rank > 1 AND {again}")
    leave_out(step, "duplicates", left_out)


def _ranked(step: IngestStep, rows: str, by: str, repeated: str) -> str:
    columns = [column.name for column in step.table.columns]
    content = ", ".join(identifier(name) for name in columns if name != "known_at")
    order = ", ".join(identifier(name) for name in sorted(columns, key=lambda name: _ORDER.get(name, 2)))
    return f"""
        SELECT * EXCLUDE (_content), _content = first_value(_content) OVER known AS _again
        FROM (SELECT *, hash({content}) AS _content, row_number() OVER known AS _rank
              FROM {rows} WHERE {repeated}
              WINDOW known AS (PARTITION BY {by} ORDER BY {order}))
        WINDOW known AS (PARTITION BY {by} ORDER BY _rank)
    """
