"""Where expressions run. With features.spark_session the one file that names DuckDB and Spark."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import FeatureError
from features.files import replacing
from features.handed_out import PART, PART_ROWS, Work
from features.machine import memory_limit
from features.scratch import aside, own_folder, scratch
from features.spark_session import failures_told, spark_session, spark_types

# Rows of a customer lie together, so a group of rows is what serving reads of a file to find one.
# Without a temporary file of DuckDB's own, which a kill would leave where nobody sweeps.
ROW_GROUP = 20_480
PARQUET = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, USE_TMP_FILE false"
MEMORY = 2 * 2**30  # slower by a tenth than twice as much, and a small machine goes on working
MASTER, SHARED, AT_A_TIME = "PERENNIAL_SPARK_MASTER", "PERENNIAL_SPARK_SCRATCH", "PERENNIAL_SPARK_PARTS"
_SPREAD = 4  # tasks for each part, most of them empty: parts are given to tasks by hash, and few share one
_NUMBERS = itertools.count()  # engines of one process share a Spark session, and what they keep has names in it


class Engine(Protocol):
    """What the rest of features asks of an engine; expressions are the same on each.

    Attributes
    ----------
    name : str
    parts : int     how many parts of a table it is best asked to make together
    threads : int   how many threads a function that rows are handed to may take; 0 leaves it to the caller
    """

    name: str
    parts: int
    threads: int

    def read(self, path: Path) -> ir.Table:
        """Open a Parquet file or folder lazily."""
        ...

    def table(self, rows: pa.Table) -> ir.Table:
        """Hand over rows made in this process (spines, calendars)."""
        ...

    def keep(self, expression: ir.Table) -> ir.Table:
        """Compute once what several later expressions read; it lives until it is dropped, or as long as the engine."""
        ...

    def drop(self, *kept: ir.Table) -> None:
        """Let go of kept tables that nothing reads any more; an engine may hold them until it is closed."""
        ...

    def arrow(self, expression: ir.Expr) -> pa.Table:
        """Compute and fetch."""
        ...

    def write(self, expression: ir.Table, path: Path) -> None:
        """Compute into one Parquet file that appears whole or not at all, in the expression's order."""
        ...

    def close(self) -> None:
        """Let go of memory and files."""
        ...


class DuckDB:
    """The default engine: in this process, in memory, spilling to disk where it must.

    Parameters
    ----------
    threads : int or None     None takes what the machine has
    memory : str or None      DuckDB's memory limit, such as "8GB"; None takes that of PERENNIAL_MEMORY,
        else half of what the process may use, 2 GiB at most
    spill : Path or None      folder for what does not fit; None makes one among the system's temporary folders
    """

    name = "duckdb"
    cells = 5_000_000  # of a million orders at twelve cutoffs, a quarter: a third of the time, and nothing spills
    parts = 1  # one part's customers are what is held at a time
    threads = 0

    def __init__(self, threads: int | None = None, memory: str | None = None, spill: Path | None = None) -> None:
        settings: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            "memory_limit": memory or memory_limit(MEMORY),
            "temp_directory": str(spill or scratch("spill")),
        }
        if threads:
            settings["threads"] = threads
        self._ibis = ibis.duckdb.connect(":memory:", **settings)
        self._sql = self._ibis.con
        self._sql.execute("SET TimeZone = 'UTC'")
        self._sql.execute("SET enable_progress_bar = false")
        self._names = (f"kept_{number}" for number in itertools.count())

    def read(self, path: Path) -> ir.Table:
        return self._ibis.read_parquet(str(path))

    def table(self, rows: pa.Table) -> ir.Table:
        name = next(self._names)
        self._fill(name, rows)
        return self._ibis.table(name)

    def _fill(self, name: str, rows: pa.Table) -> None:
        self._sql.register(f"{name}_rows", rows)
        self._sql.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {name}_rows")
        self._sql.unregister(f"{name}_rows")

    def keep(self, expression: ir.Table) -> ir.Table:
        """Kept in the declared types: DuckDB's own of a sum is twice as wide, and slow to add up again."""
        name, schema = next(self._names), expression.schema()
        types = {_named(column): self._ibis.compiler.type_mapper.to_string(type_) for column, type_ in schema.items()}
        cast = ", ".join(f"CAST({column} AS {type_}) AS {column}" for column, type_ in types.items())
        self._sql.execute(f"CREATE TEMP TABLE {name} AS SELECT {cast} FROM ({self._ibis.compile(expression)})")
        return ops.DatabaseTable(name=name, schema=schema, source=self._ibis).to_expr()

    def for_each(
        self, place: ir.Table, slices: Iterable[pa.Table], expressions: Sequence[ir.Table]
    ) -> Iterator[Iterator[pa.Table]]:
        """As `features.build.appended.InProcess` has it."""
        queries = [self._ibis.compile(expression) for expression in expressions]
        for rows in slices:
            self._fill(place.get_name(), rows)
            yield (self._sql.sql(query).to_arrow_table() for query in queries)

    def drop(self, *kept: ir.Table) -> None:
        for table in kept:
            for node in table.op().find(ops.DatabaseTable):
                self._sql.execute(f"DROP TABLE IF EXISTS {node.name}")

    def arrow(self, expression: ir.Expr) -> pa.Table:
        return self._ibis.to_pyarrow(expression)

    def write(self, expression: ir.Table, path: Path) -> None:
        query = self._ibis.compile(expression)
        with replacing(path) as part:
            self._sql.execute(f"COPY ({query}) TO '{_quoted(part)}' ({PARQUET})")

    def close(self) -> None:
        self._ibis.disconnect()


class Spark:
    """A Spark session, for shops that outgrow one machine. Needs the `spark` extra and Java 17.

    Parameters
    ----------
    master : str        "local[2]", or a cluster's master; PERENNIAL_SPARK_MASTER where none is given
    scratch : Path      a folder every executor can read and write; PERENNIAL_SPARK_SCRATCH where none is given

    Raises
    ------
    FeatureError        if pyspark is missing, or a cluster is named and no folder that its executors share
    """

    name = "spark"
    threads = 1  # a task has one core

    def __init__(self, master: str | None = None, scratch: Path | None = None) -> None:
        master = master or os.environ.get(MASTER) or "local[2]"
        place = _shared_by_executors(master, scratch)
        session = spark_session(master)
        self._owned = ExitStack()
        self._scratch = self._owned.enter_context(_own_folder_at(place))
        self._session = session
        self._ibis = ibis.pyspark.connect(session)
        self._kept: list[Any] = []
        self.parts = _parts_a_plan()

    def read(self, path: Path) -> ir.Table:
        return self._ibis.read_parquet(str(path))

    def table(self, rows: pa.Table) -> ir.Table:
        path = self._scratch / f"{_new_name()}.parquet"
        pq.write_table(rows, path)
        return self.read(path)

    def keep(self, expression: ir.Table) -> ir.Table:
        name = _new_name()
        frame = self._frame(expression).persist()
        frame.createOrReplaceTempView(name)
        self._kept.append(frame)
        return _as_declared(self._ibis.table(name), expression)

    def drop(self, *kept: ir.Table) -> None:
        """Nothing: what is kept is computed when it is first read, which may be later."""

    def arrow(self, expression: ir.Expr) -> pa.Table:
        folder = self._scratch / _new_name()
        self._frame(expression.as_table()).write.parquet(str(folder))
        return pq.read_table(folder).cast(expression.as_table().schema().to_pyarrow())

    def write(self, expression: ir.Table, path: Path) -> None:
        folder = self._scratch / _new_name()
        self._frame(expression).coalesce(1).write.parquet(str(folder))
        (whole,) = folder.glob("part-*.parquet")
        with replacing(path) as part:
            shutil.copyfile(whole, part)
        shutil.rmtree(folder, ignore_errors=True)

    def hand_out(self, rows: ir.Table, work: Work) -> None:
        """As `features.handed_out.Executors` has it; only what is written moves, to the task that writes its part."""
        frame = self._frame(rows)
        if work.answer is not None:
            frame = frame.mapInArrow(work.answer, spark_types(work.answers))
        frame = frame.repartition(_SPREAD * self.parts, PART).sortWithinPartitions(PART, "customer_id")
        with failures_told():
            frame.mapInArrow(work.write_parts, spark_types(PART_ROWS)).write.format("noop").mode("overwrite").save()

    def close(self) -> None:
        for frame in self._kept:
            frame.unpersist()
        self._owned.close()

    def _frame(self, expression: ir.Table) -> Any:
        return self._session.sql(str(self._ibis.compile(expression)))


def _parts_a_plan() -> int:
    """A plan takes a quarter of a minute and reads the tables once; a run that is cut off may lose as much as one."""
    told = os.environ.get(AT_A_TIME) or "16"
    if not told.isdecimal() or not int(told):
        raise FeatureError(f"{AT_A_TIME}={told} is no number of parts. Give one such as 16.")
    return int(told)


def _new_name() -> str:
    return f"kept_{next(_NUMBERS)}"


@contextmanager
def _own_folder_at(place: Path | None) -> Iterator[Path]:
    """A folder of this engine's own, also where the place is shared: what a killed one left is never taken for ours."""
    if place is None:
        with tempfile.TemporaryDirectory(prefix="spark-", dir=own_folder()) as folder:
            yield Path(folder)
    else:
        with aside(place, "spark") as folder_aside:
            yield folder_aside


def _shared_by_executors(master: str, scratch: Path | None) -> Path | None:
    """Where an engine puts what executors read; on this machine, None: the process's own temporary folder will do."""
    named = os.environ.get(SHARED)
    place = scratch or (Path(named) if named else None)
    if place is None:
        if not master.startswith("local"):
            raise FeatureError(
                f"Spark at {master} needs a folder that all its executors and this machine read and write. "
                f"Name it: {SHARED}=/shared/perennial."
            )
        return None
    place.mkdir(parents=True, exist_ok=True)
    return place


@contextmanager
def opened(engine: Engine | None) -> Iterator[Engine]:
    """The engine given, left open; or a DuckDB of our own, closed at the end."""
    if engine is not None:
        yield engine
        return
    own = DuckDB()
    try:
        yield own
    finally:
        own.close()


def _as_declared(kept: ir.Table, expression: ir.Table) -> ir.Table:
    """A kept table in the types its expression declares: engines widen sums each in their own way."""
    declared, have = expression.schema(), kept.schema()
    return kept.cast({name: type_ for name, type_ in declared.items() if have[name] != type_})


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _quoted(path: Path) -> str:
    """A path inside a single-quoted SQL string: COPY takes no parameter for it."""
    return str(path).replace("'", "''")
