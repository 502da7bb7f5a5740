"""The Spark session behind the engine: how it is started, what executors run, and what it says when one fails."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from features.errors import FeatureError

_PYTHON = "PYSPARK_PYTHON"
_SENTENCE = re.compile(r"^(?:[a-z_]+\.)+\w*Error: (.+?)(?=^\s*$|\Z)", re.MULTILINE | re.DOTALL)


def spark_session(master: str) -> Any:
    """The process's session; executors run the Python that PYSPARK_PYTHON names, else the one at this one's path."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise FeatureError(
            "the Spark engine needs pyspark, which is not installed. Install it with: pip install 'perennial[spark]'."
        ) from error
    os.environ.setdefault(_PYTHON, sys.executable)
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    if master.startswith("local"):
        settings |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
        settings |= {"spark.sql.shuffle.partitions": "4"}
    builder = SparkSession.builder.master(master).appName("perennial")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def spark_types(schema: pa.Schema) -> Any:
    """An Arrow schema as Spark declares it; moments without a zone stay so."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema, prefer_timestamp_ntz=True)


@contextmanager
def failures_told() -> Iterator[None]:
    """What a function said on an executor, without the traces of two languages around it.

    Raises
    ------
    FeatureError    if one failed with an error of ours
    """
    from pyspark.errors import PythonException

    try:
        yield
    except PythonException as error:
        said = _SENTENCE.search(str(error))
        if said is None:
            raise
        raise FeatureError(f"an executor stopped. {' '.join(said[1].split())}") from error
