"""Fourth step: a key names one row. The row known first stays, so that a later one changes nothing before it."""

from features.ingest.source.database import identifier, literal
from features.ingest.steps.step import Step, leave_out, refuse, refused_whole

_ORDER = {"known_at": 0, "happened_at": 1}


def keep_first(step: Step) -> None:
    """Leave the relation `keyed`; rows whose key is taken by other content go to quarantine.

    Rows that only repeat a row of the same key, whenever they became known, are duplicates.
    """
    table, keyed, gathered = step.table, step.name("keyed"), step.name("gathered")
    if not table.key:
        step.database.run(f"CREATE VIEW {keyed} AS SELECT * FROM {gathered}")
        return
    by = ", ".join(identifier(name) for name in table.key)
    only = f"kind = {literal(table.keyed_kind)}" if table.keyed_kind else "true"
    taken, ranked = step.name("taken"), step.name("ranked")
    step.database.run(
        f"CREATE TABLE {taken} AS SELECT {by} FROM {gathered} WHERE {only} GROUP BY {by} HAVING count(*) > 1"
    )
    if not step.database.row(f"SELECT count(*) FROM {taken}")[0]:
        step.database.run(f"CREATE VIEW {keyed} AS SELECT * FROM {gathered}")
        return
    same = " AND ".join(f"t.{identifier(name)} IS NOT DISTINCT FROM g.{identifier(name)}" for name in table.key)
    repeated = f"({only}) AND EXISTS (SELECT 1 FROM {taken} AS t WHERE {same})"
    step.database.run(f"CREATE TABLE {ranked} AS {_ranked(step, by, repeated)}")
    step.database.run(
        f"""
        CREATE VIEW {keyed} AS SELECT * FROM {gathered} AS g WHERE NOT ({repeated})
        UNION ALL BY NAME SELECT * EXCLUDE (_rank, _again) FROM {ranked} WHERE _rank = 1
        """
    )
    others = f"(SELECT * EXCLUDE (_rank, _again) FROM {ranked} WHERE _rank > 1 AND NOT _again)"
    reason = f"the {' and '.join(table.key)} of another row, but other content"
    refuse(step, refused_whole(table.key[0], reason, table, others))
    (again,) = step.database.row(f"SELECT coalesce(sum(_lines), 0) FROM {ranked} WHERE _rank > 1 AND _again")
    leave_out(step, "duplicates", again)


def _ranked(step: Step, by: str, repeated: str) -> str:
    columns = [column.name for column in step.table.columns]
    content = ", ".join(identifier(name) for name in columns if name != "known_at")
    order = ", ".join(identifier(name) for name in sorted(columns, key=lambda name: _ORDER.get(name, 2)))
    return f"""
        SELECT * EXCLUDE (_content), _content = first_value(_content) OVER known AS _again
        FROM (SELECT *, hash({content}) AS _content, row_number() OVER known AS _rank
              FROM {step.name("gathered")} AS g WHERE {repeated}
              WINDOW known AS (PARTITION BY {by} ORDER BY {order}))
        WINDOW known AS (PARTITION BY {by} ORDER BY _rank)
    """
