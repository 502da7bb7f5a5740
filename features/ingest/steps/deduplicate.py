"""First step: leave out what `where` excludes, and take each row once however often it was delivered.

Where the shop says that rows alike are several (`duplicates = "keep"`), none is left out.
"""

from features.ingest.reading.normalised_view import is_unread
from features.ingest.source.database import identifier
from features.ingest.steps.step import IngestStep, leave_out


def deliver(step: IngestStep) -> None:
    """Leave the relation `delivered`: the source columns that are read, of rows that differ in some source column."""
    delivered, again, once = step.name("delivered"), step.name("again"), step.name("once")
    everything = ", ".join(identifier(name) for name in step.raw.columns)
    used = ", ".join(identifier(name) for name in step.mapping.sources)
    run, row = step.database.run, step.database.row
    rows = step.raw.rows if step.mapping.where is None else row(f"SELECT count(*) FROM {_chosen(step)}")[0]
    leave_out(step, "filtered", step.raw.rows - rows)
    if step.source.keeps_alike:
        run(f"CREATE VIEW {delivered} AS SELECT {used} FROM {_chosen(step)}")
        return
    # Only rows whose hash comes again are compared whole: comparing wide rows of text costs many times as much. The
    # others are read where they lie; a copy of a table is its memory twice.
    run(
        f"CREATE TABLE {again} AS SELECT _hash, count(*) AS _rows "
        f"FROM (SELECT hash({everything}) AS _hash FROM {_chosen(step)}) GROUP BY _hash HAVING count(*) > 1"
    )
    (alike,) = row(f"SELECT coalesce(sum(_rows), 0)::BIGINT FROM {again}")
    if not alike:
        run(f"CREATE VIEW {delivered} AS SELECT {used} FROM {_chosen(step)}")
        return
    comes_again = f"hash({everything}) IN (SELECT _hash FROM {again})"
    run(f"CREATE TABLE {once} AS SELECT DISTINCT {everything} FROM {_chosen(step, comes_again)}")
    others = f"SELECT {used} FROM {_chosen(step, f'NOT ({comes_again})')}"
    run(f"CREATE VIEW {delivered} AS {others} UNION ALL SELECT {used} FROM {once}")
    leave_out(step, "duplicates", alike - row(f"SELECT count(*) FROM {once}")[0])


def _chosen(step: IngestStep, further: str = "true") -> str:
    """SQL of the rows that `where` keeps, as far as a further condition holds."""
    where = step.mapping.where
    if where is None:
        return f"{step.raw.relation} WHERE {further}"
    # A condition over text that should be a number decides nothing: the row stays, to be refused with a reason.
    unread = " OR ".join(is_unread(name) for name in where.numbers) or "false"
    view = step.mapping.view.over(step.raw.relation, where.sources)
    return f"{view} WHERE {further} AND (coalesce({where.value}, false) OR {unread})"
