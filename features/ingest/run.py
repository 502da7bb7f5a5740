"""One ingest from the first file to the last: load, read, join, account, write."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from features.engine import PARQUET, opened
from features.errors import ShopError
from features.ingest.facts import IngestFacts
from features.ingest.reading.mapping import bind
from features.ingest.reading.profile import SourceProfile
from features.ingest.source.config import Config, Source
from features.ingest.source.database import Database, DatabaseError, identifier, literal
from features.ingest.source.files import folders_of, sha256
from features.ingest.source.load import load
from features.ingest.steps.deduplicate import deliver, forget_delivered
from features.ingest.steps.group import gather
from features.ingest.steps.identities import secret_of
from features.ingest.steps.joins import broken_lines, join
from features.ingest.steps.leave_out_erased import ErasedIds, leave_out_erased
from features.ingest.steps.namesakes import tell_apart
from features.ingest.steps.reconcile import account, stop_if_too_many
from features.ingest.steps.step import IngestStep, begin_account, forget
from features.ingest.steps.unique_keys import keep_first
from features.ingest.steps.validate import judge
from features.ingest.store import write_facts
from features.progress import Progress
from features.tables import TABLES, Table

# Filled in whether the source gives them or not.
_ALWAYS_THERE = ("kind", "happened_at", "known_at", "sent_at")
# What quarantine keeps of a refused row; the id lets a person be erased from it.
_REFUSED = '"column", reason, key, customer_id, row, lines'
# What others are joined with comes first.
_ORDER = sorted(TABLES, key=lambda name: name in ("order_lines", "responses"))


def ingest(
    config: Config,
    files: Mapping[str, Sequence[Path]],
    digest: str,
    out: Path,
    progress: Progress,
    erased: ErasedIds | None = None,
) -> IngestFacts:
    """Read every source of a shop into `out`: canonical Parquet, quarantine, facts.

    Parameters
    ----------
    files : mapping         table → its source files
    out : Path              an empty folder; its parent holds what the shop keeps between ingests
    erased : ErasedIds         who must not come back

    Raises
    ------
    ShopError       if a source cannot be used at all
    DataError       if more of a table is refused than the shop tolerates
    """
    work = out / "work"
    work.mkdir()
    folders = folders_of(path for paths in files.values() for path in paths)
    with Database([config.folder, *folders, out], work) as database:
        steps = _read_all(database, config, files, out, progress)
        tell_apart(steps)
        leave_out_erased(steps, erased)
        for step in steps.values():
            join(step, steps)
        accounts = {name: account(step, steps) for name, step in steps.items()}
        stop_if_too_many(accounts, config.settings.max_quarantined)
        newest = _newest(steps["orders"])
        written = _write_all(steps, out, progress)
    shutil.rmtree(work)
    _prove(out, [step.table for step in steps.values()])
    facts = IngestFacts(
        digest=digest,
        present={name: _present(step, steps) for name, step in steps.items()},
        rows={name: counted.rows for name, (counted, _) in accounts.items()},
        files=written,
        reconciliation=tuple(counted for counted, _ in accounts.values()),
        findings=tuple(finding for _, findings in accounts.values() for finding in findings),
        newest_known_at=newest,
    )
    write_facts(out, facts)
    return facts


def _read_all(
    database: Database, config: Config, files: Mapping[str, Sequence[Path]], out: Path, progress: Progress
) -> dict[str, IngestStep]:
    """Take every table through the steps it takes on its own; a table without rows is none."""
    steps: dict[str, IngestStep] = {}
    profiles: dict[tuple[str | None, ...], SourceProfile] = {}
    for done, source in enumerate(sorted(config.sources, key=lambda source: _ORDER.index(source.table))):
        name = source.table
        progress(f"reading {name}", done, len(config.sources))
        written_as = (source.source, source.encoding, source.delimiter)
        if written_as not in profiles:
            profiles[written_as] = SourceProfile(
                database, load(database, source, files[name], config.folder, out / "work")
            )
        step = _step(config, source, profiles[written_as], files[name], out)
        if step.raw.rows + step.raw.broken:
            steps[name] = step
            _read(step)
    if "orders" not in steps:
        raise ShopError("table 'orders' has no rows. Export it again, or mend its source in shop.toml.")
    return steps


def _newest(orders: IngestStep) -> datetime:
    (newest,) = orders.database.row(f"SELECT max(known_at) FROM {orders.name('joined')}")
    if newest is None:
        raise ShopError("table 'orders' keeps no row: where leaves all of them out. Mend it in shop.toml.")
    found: datetime = newest
    return found


def _write_all(steps: Mapping[str, IngestStep], out: Path, progress: Progress) -> dict[str, dict[str, Any]]:
    written: dict[str, dict[str, Any]] = {}
    # The largest last: to sort it takes most memory, and by then it alone is held.
    for done, step in enumerate(sorted(steps.values(), key=lambda step: step.raw.rows)):
        progress(f"writing {step.table.name}", done, len(steps))
        written |= _write(step, out)
        forget(step)
    progress("tables written", len(steps), len(steps))
    return written


def _prove(out: Path, tables: Sequence[Table]) -> None:
    # pandera takes a second to import: only those who read anew pay for it.
    from features.ingest.contract import prove

    with opened(None) as engine:
        prove(out, tables, engine)


def _step(config: Config, source: Source, profile: SourceProfile, paths: Sequence[Path], out: Path) -> IngestStep:
    table = TABLES[source.table]
    return IngestStep(
        database=profile.database,
        table=table,
        source=source,
        raw=profile.raw,
        mapping=bind(source, profile, table),
        timezone=config.timezone,
        shop=config.name,
        latest=_written(paths, config.timezone),
        began=_written([out], config.timezone),
        secret=secret_of(out.parent) if table.name == "identities" else "",
    )


def _written(paths: Sequence[Path], timezone: str) -> str:
    """SQL of the day after files were written, for clocks that differ: no row of theirs can have happened later."""
    written = max(datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) for path in paths)
    local = (written + timedelta(days=1)).astimezone(ZoneInfo(timezone))
    return f"TIMESTAMP '{local:%Y-%m-%d %H:%M:%S}'"


def _read(step: IngestStep) -> None:
    try:
        begin_account(step)
        broken_lines(step)
        deliver(step)
        judge(step)
        forget_delivered(step)
        gather(step)
        keep_first(step)
    except DatabaseError as error:
        raise _unreadable(step, error) from error


def _unreadable(step: IngestStep, error: Exception) -> ShopError:
    what = str(error).strip().split("\n", 1)[0][:300]
    return ShopError(
        f"table '{step.table.name}': {step.source.source} cannot be read. {what} "
        "If a file is damaged, export it again; if an expression is at fault, mend it in shop.toml."
    )


def _present(step: IngestStep, steps: Mapping[str, IngestStep]) -> frozenset[str]:
    """Columns really given, those joined from other tables included."""
    derived = {
        column
        for column, origin in step.table.joined_from.items()
        if origin in steps and (column in _ALWAYS_THERE or column in steps[origin].mapping.names)
    }
    return step.mapping.names | derived


def _write(step: IngestStep, out: Path) -> dict[str, dict[str, Any]]:
    """Write a table and its quarantine, sorted so that equal content gives equal files."""
    table = step.table
    names = [column.name for column in table.all_columns]
    columns = ", ".join(identifier(name) for name in names)
    ids = [column.name for column in table.columns if column.role == "id" and column.required]
    leading = [name for name in ("customer_id", "happened_at") if name in names] or ids
    # Rows that agree so far are put in order by a hash of the whole: equal content gives equal files.
    order = ", ".join([*(f"{identifier(name)} NULLS LAST" for name in dict.fromkeys(leading)), f"hash({columns})"])
    queries = {f"{table.name}.parquet": f"SELECT {columns} FROM {step.name('joined')} ORDER BY {order}"}
    if step.database.row(f"SELECT count(*) FROM {step.name('refused')}")[0]:
        queries[f"quarantine/{table.name}.parquet"] = f"SELECT {_REFUSED} FROM {step.name('refused')} ORDER BY ALL"
        (out / "quarantine").mkdir(exist_ok=True)
    written = {}
    for name, query in queries.items():
        path = out / name
        step.database.run(f"COPY ({query}) TO {literal(str(path))} ({PARQUET})")
        (rows,) = step.database.row(f"SELECT count(*) FROM {literal(str(path))}")
        written[name] = {"rows": rows, "bytes": path.stat().st_size, "sha256": sha256(path)}
    return written
