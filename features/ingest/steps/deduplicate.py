"""First step: leave out what `where` excludes, and take each row once however often it was delivered.

Where the shop says that rows alike are several (`duplicates = "keep"`), none is left out.
"""

from features.ingest.reading.normalised_view import is_unread
from features.ingest.source.database import hash_of, identifier
from features.ingest.steps.step import IngestStep, leave_out


def deliver(step: IngestStep) -> None:
    """Leave the relation `delivered`: the source columns that are read, of rows that differ in some source column."""
    kept, delivered = step.name("kept"), step.name("delivered")
    everything = ", ".join(identifier(name) for name in step.raw.columns)
    used = ", ".join(identifier(name) for name in step.mapping.sources)
    # Rows are not written a second time, unless it takes a condition of the shop's to choose them.
    made = "TABLE" if step.mapping.where else "VIEW"
    step.database.run(f"CREATE {made} {kept} AS SELECT {used}, {hash_of(everything)} AS _hash FROM {_chosen(step)}")
    rows = _count(step, kept) if step.mapping.where else step.raw.rows
    leave_out(step, "filtered", step.raw.rows - rows)
    again, repeated = step.name("again"), step.name("repeated")
    if not step.source.keeps_alike:
        step.database.run(
            f"CREATE TABLE {again} AS SELECT _hash, count(*) AS lines FROM {kept} GROUP BY _hash HAVING count(*) > 1"
        )
    if step.source.keeps_alike or not _count(step, again):
        step.database.run(f"CREATE VIEW {delivered} AS SELECT {used} FROM {kept}")
        return
    # Only rows whose hash comes again are compared whole: comparing wide rows of text costs many times as much.
    alike = _chosen(step, f"{hash_of(everything)} IN (SELECT _hash FROM {again})")
    step.database.run(f"CREATE TABLE {repeated} AS SELECT DISTINCT {everything} FROM {alike}")
    step.database.run(
        f"""
        CREATE VIEW {delivered} AS SELECT {used} FROM {kept} ANTI JOIN {again} USING (_hash)
        UNION ALL SELECT {used} FROM {repeated}
        """
    )
    (lines,) = step.database.row(f"SELECT CAST(sum(lines) AS BIGINT) FROM {again}")
    leave_out(step, "duplicates", lines - _count(step, repeated))


def forget_delivered(step: IngestStep) -> None:
    """Free what `deliver` left, once every value of it has been read."""
    made = "TABLE" if step.mapping.where else "VIEW"
    for kind, name in (("VIEW", "delivered"), (made, "kept"), ("TABLE", "again"), ("TABLE", "repeated")):
        step.database.run(f"DROP {kind} IF EXISTS {step.name(name)}")


def _count(step: IngestStep, relation: str) -> int:
    (rows,) = step.database.row(f"SELECT count(*) FROM {relation}")
    return int(rows)


def _chosen(step: IngestStep, further: str = "true") -> str:
    """SQL of the rows that `where` keeps, as far as a further condition holds."""
    where = step.mapping.where
    if where is None:
        return f"{step.raw.relation} WHERE {further}"
    # A condition over text that should be a number decides nothing: the row stays, to be refused with a reason.
    unread = " OR ".join(is_unread(name) for name in where.numbers) or "false"
    view = step.mapping.view.over(step.raw.relation, where.sources)
    return f"{view} WHERE {further} AND (coalesce({where.value}, false) OR {unread})"
