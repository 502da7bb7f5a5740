"""First step: leave out what `where` excludes, and take each row once however often it was delivered.

Where the shop says that rows alike are several (`duplicates = "keep"`), none is left out.
"""

from features.ingest.reading.normalised_view import is_unread
from features.ingest.source.database import identifier
from features.ingest.steps.step import IngestStep, leave_out


def deliver(step: IngestStep) -> None:
    """Leave the relation `delivered`: the source columns that are read, of rows that differ in some source column."""
    kept, delivered = step.name("kept"), step.name("delivered")
    everything = ", ".join(identifier(name) for name in step.raw.columns)
    used = ", ".join(identifier(name) for name in step.mapping.sources)
    step.database.run(f"CREATE TABLE {kept} AS SELECT {used}, hash({everything}) AS _hash FROM {_chosen(step)}")
    rows, distinct = step.database.row(f"SELECT count(*), count(DISTINCT _hash) FROM {kept}")
    leave_out(step, "filtered", step.raw.rows - rows)
    if rows == distinct or step.source.keeps_alike:
        step.database.run(f"CREATE VIEW {delivered} AS SELECT {used} FROM {kept}")
        return
    # Only rows whose hash comes again are compared whole: comparing wide rows of text costs many times as much.
    again = step.name("again")
    step.database.run(f"CREATE TABLE {again} AS SELECT _hash FROM {kept} GROUP BY _hash HAVING count(*) > 1")
    step.database.run(
        f"""
        CREATE TABLE {delivered} AS SELECT {used} FROM {kept} ANTI JOIN {again} USING (_hash)
        UNION ALL SELECT {used} FROM (
            SELECT DISTINCT {everything} FROM {_chosen(step, f"hash({everything}) IN (FROM {again})")})
        """
    )
    (left,) = step.database.row(f"SELECT count(*) FROM {delivered}")
    leave_out(step, "duplicates", rows - left)


def _chosen(step: IngestStep, further: str = "true") -> str:
    """SQL of the rows that `where` keeps, as far as a further condition holds."""
    where = step.mapping.where
    if where is None:
        return f"{step.raw.relation} WHERE {further}"
    # A condition over text that should be a number decides nothing: the row stays, to be refused with a reason.
    unread = " OR ".join(is_unread(name) for name in where.numbers) or "false"
    view = step.mapping.view.over(step.raw.relation, where.sources)
    return f"{view} WHERE {further} AND (coalesce({where.value}, false) OR {unread})"
