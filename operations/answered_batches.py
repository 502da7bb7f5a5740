"""Rows of features as rows of scores, wherever they lie: what an executor does, with models it has verified itself.

What is handed to it is text: where the release's models lie on storage it shares, the digest of each of their files,
and what the answers follow from besides. No model is sent. A process reads them once, and not before it is sure that
it runs the code of whoever asks.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.build.build import matrix
from features.errors import FeatureError
from features.handed_out import PART, Batches
from operations.provenance import code_digest
from operations.score_files import table_of
from scoring.level import PeriodLevel, level_from_plain
from scoring.plain_json import as_json
from scoring.release import FeatureRef, Release, ReleasedModel, model_digest, read_model
from scoring.scorer import Scorer

ELIGIBLE = "_eligible"  # a column beside the features: whether the customer is asked about


@dataclass(frozen=True)
class _Answering:
    """A process that has read what it was handed."""

    scorer: Scorer
    models: Mapping[str, ReleasedModel]
    columns: tuple[str, ...]
    cutoff: datetime

    def of(self, rows: pa.Table) -> pa.Table:
        answers = self.scorer.answers(matrix(rows, self.columns))
        customers, eligible = (rows[name].combine_chunks() for name in ("customer_id", ELIGIBLE))
        return table_of(customers.cast(pa.string()), eligible, answers, self.cutoff, self.models)


def handed(
    release: Release,
    models: Mapping[str, ReleasedModel],
    columns: tuple[FeatureRef, ...],
    cutoff: datetime,
    level: PeriodLevel | None,
    threads: int,
) -> str:
    """What `answered` needs, as text.

    Parameters
    ----------
    models : those of the release that answer, in their order
    columns : the feature columns that the rows have
    threads : LightGBM's in each process
    """
    entries = [{**release.manifest["tasks"][task], "task": task} for task in models]
    told: dict[str, Any] = {
        "folder": str(release.folder.resolve()),
        "models": [{name: entry[name] for name in ("task", "folder", "sha256s", "version")} for entry in entries],
        "columns": [asdict(column) for column in columns],
        "cutoff": cutoff.isoformat(),
        "level": level and asdict(level),
        "threads": threads,
        "code": code_digest(),
    }
    return as_json(told).decode()


def answered(told: str, batches: Batches) -> Batches:
    """The score file's columns for rows of features, and the number of each one's part.

    Raises
    ------
    ReleaseError    if a file of a model is not the one its digest was taken of
    FeatureError    if this process has other code than the one that asks
    """
    answering = _answering(told)
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        scores = answering.of(rows).append_column(PART, rows[PART])
        yield from scores.combine_chunks().to_batches()


def answers_of(told: str) -> pa.Schema:
    """The columns that `answered` makes, found by answering for nobody."""
    answering = _answering(told)
    nobody = {
        "customer_id": pa.array([], pa.string()),
        ELIGIBLE: pa.array([], pa.bool_()),
        **{name: pa.array([], pa.float64()) for name in answering.columns},
    }
    return answering.of(pa.table(nobody)).schema.append(pa.field(PART, pa.int32()))


@lru_cache(maxsize=1)
def _answering(text: str) -> _Answering:
    told = json.loads(text)
    if told["code"] != code_digest():
        raise FeatureError(
            "this process has another version of the package than the one that asks, and its scores might differ. "
            "Give executors the same environment; PYSPARK_PYTHON names its Python."
        )
    folder = Path(told["folder"])
    models = {
        one["task"]: ReleasedModel(
            read_model(folder / one["folder"], one["sha256s"]), str(one["version"]), model_digest(one["sha256s"])
        )
        for one in told["models"]
    }
    columns = [FeatureRef(**column) for column in told["columns"]]
    scorer = Scorer(
        [released.model for released in models.values()],
        columns,
        threads=told["threads"],
        level=level_from_plain(told["level"]),
    )
    return _Answering(scorer, models, tuple(column.name for column in columns), datetime.fromisoformat(told["cutoff"]))
