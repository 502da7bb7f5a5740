"""First step: leave out what `where` excludes, and take each row once however often it was delivered."""

from features.ingest.database import identifier
from features.ingest.mapping import is_unread
from features.ingest.step import Step


def deliver(step: Step) -> tuple[int, int]:
    """Leave the relation `delivered`.

    Returns
    -------
    (filtered, duplicates) : int        rows left out by `where`; rows equal to another in every source column
    """
    where = step.mapping.where
    kept = "true"
    if where is not None:
        # A condition over text that should be a number decides nothing: the row stays, to be refused with a reason.
        unread = " OR ".join(is_unread(name) for name in where.numbers) or "false"
        kept = f"coalesce({where.value}, false) OR {unread}"
    everything = ", ".join(identifier(name) for name in step.raw.columns)
    used = ", ".join(f"any_value({identifier(name)}) AS {identifier(name)}" for name in _used(step))
    delivered = step.name("delivered")
    # Two independent 64-bit hashes stand for the whole row: grouping by wide text rows costs many times as much.
    step.database.run(
        f"""
        CREATE TABLE {delivered} AS SELECT {used}, count(*) AS _copies FROM {step.mapping.view} WHERE {kept}
        GROUP BY hash({everything}), hash('second', {everything})
        """
    )
    copies, rows = step.database.row(f"SELECT coalesce(sum(_copies), 0), count(*) FROM {delivered}")
    return step.raw.rows - int(copies), int(copies) - rows


def _used(step: Step) -> list[str]:
    sources = set(step.mapping.sources)
    columns = list(step.database.columns(step.mapping.view))
    return [name for name in columns if name.split("\x1f")[0] in sources]
