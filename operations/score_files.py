"""The files of a scoring run: Parquet for programs, CSV for a CRM, and a manifest that is written last."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.errors import ShopError
from features.files import replacing
from operations.level import expected_totals
from operations.parts import key_of, places
from operations.row_groups import GROUP, in_groups
from operations.score import TASKS, Batch, own_tasks
from scoring.manifests import files_told, write_manifest
from scoring.release import ReleasedModel
from scoring.spreadsheets import FORMULA

_PURCHASE = ("expected_shopping_days", "expected_spend", "spend_p10", "spend_p50", "spend_p90")
_DATES = ("next_order_p10", "next_order_p50", "next_order_p90")
_KINDS = ("contact_", "purchase_", "promotion_")
ALL = slice(None)


def score_table(batch: Batch, at: slice = ALL) -> pa.Table:
    """One row a customer, in the columns of the data contract; of the customers `at` these places.

    Returns
    -------
    pa.Table    customer_id, eligible, answers (float64; dates date32, null beyond the forecast's reach; all null for
                a task the shop has no model of), model_kind_<task>, as_of (the cutoff), version_<task>
    """
    answers = {name: values[at] for name, values in batch.answers.items()}
    return table_of(batch.customer_ids[at], pa.array(batch.eligible[at]), answers, batch.cutoff, batch.models)


def table_of(
    customer_ids: pa.Array,
    eligible: pa.Array,
    answers: Mapping[str, NDArray[np.float64]],
    cutoff: datetime,
    models: Mapping[str, ReleasedModel],
) -> pa.Table:
    """The same of any customers and their answers (n,), as scoring.scorer gives them; models by task."""
    columns: dict[str, pa.Array] = {"customer_id": customer_ids, "eligible": eligible}
    n = len(customer_ids)
    for name in ("churn_probability", "order_probability", *_PURCHASE):
        columns[name] = pa.array(answers[name]) if name in answers else pa.nulls(n, pa.float64())
    for name in _DATES:
        columns[name] = _dates(answers.get(name), cutoff, n)
    for kind in _KINDS:
        columns |= {name: pa.array(answers[name]) for name in answers if name.startswith(kind)}
    own = own_tasks(models)
    for task in own:
        columns |= {name: pa.array(answers[name]) for name in answers if name.startswith(f"{task}_")}
    columns |= {f"model_kind_{task}": _same(n, _model_kind(models, task)) for task in (*TASKS, *own)}
    columns["as_of"] = pa.array([cutoff] * n, pa.timestamp("us"))
    columns |= {f"version_{task}": _same(n, _version(models, task)) for task in (*TASKS, *own)}
    return pa.table(columns)


def write_scores(batch: Batch, out: Path) -> dict[str, Path]:
    """Write the scores as Parquet and CSV, then a manifest with rows, bytes and SHA-256.

    Parameters
    ----------
    out : the Parquet file; the others lie beside it with endings .csv and .manifest.json

    Returns
    -------
    dict        "parquet", "csv", "manifest" → path

    Raises
    ------
    ShopError   if the folder cannot be written; nothing is left half-written
    """
    return write_parts((score_table(batch, at) for at in places(len(batch))), out, lambda: _manifest(batch))


def write_parts(parts: Iterable[pa.Table], out: Path, said: Callable[[], Mapping[str, Any]]) -> dict[str, Path]:
    """Write a table's parts as Parquet and CSV, then a manifest of what is said of it and the files' bytes and SHA-256.

    Nothing but one part is held at a time. The files are the same however the rows are divided into parts.

    Parameters
    ----------
    parts : at least one, alike in their columns
    said : asked once the last part was written

    Returns
    -------
    dict        "parquet", "csv", "manifest" → path
    """
    paths = {"parquet": out, "csv": out.with_suffix(".csv"), "manifest": out.with_suffix(".manifest.json")}
    with replacing(paths["parquet"]) as part, replacing(paths["csv"]) as text:
        _write(iter(parts), part, text)
        # Without its manifest a run is not complete: an old one must not vouch for new files.
        paths["manifest"].unlink(missing_ok=True)
    write_manifest(paths["manifest"], {**said(), "files": files_told([paths["parquet"], paths["csv"]])})
    return paths


def _write(parts: Iterator[pa.Table], parquet: Path, text: Path) -> None:
    first = next(parts)
    with (
        pq.ParquetWriter(parquet, first.schema, compression="zstd") as table,
        pacsv.CSVWriter(text, first.schema) as lines,
    ):
        for rows in in_groups(chain([first], parts), GROUP):
            table.write_table(rows, row_group_size=GROUP)
            lines.write_table(safe_for_spreadsheets(rows))


def refuse_unwritable(out: Path) -> None:
    """Say that a place cannot be written before the work is done, not after.

    Raises
    ------
    ShopError
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise ShopError(f"cannot write {out}: {error.strerror}. Choose another place with --out.") from error


def run_key(batch: Batch) -> str:
    """What makes two scoring runs the same: data, cutoff, models and features."""
    models = {task: [released.version, released.digest] for task, released in batch.models.items()}
    fingerprints = [[column.name, column.fingerprint] for column in batch.columns]
    return key_of([batch.shop.digest, batch.cutoff.isoformat(), models, fingerprints])


def _manifest(batch: Batch) -> dict[str, Any]:
    return {
        "run_key": run_key(batch),
        "shop": batch.shop.name,
        "shop_digest": batch.shop.digest,
        "as_of": batch.cutoff.isoformat(),
        "rows": len(batch),
        "eligible": int(batch.eligible.sum()),
        "expected": expected_totals(batch.answers, batch.eligible, batch.models, batch.level),
        "versions": {task: released.version for task, released in batch.models.items()},
        "models": {task: released.digest for task, released in batch.models.items()},
    }


def _dates(days: NDArray[np.float64] | None, cutoff: datetime, n: int) -> pa.Array:
    """Days after the cutoff as dates; day 0 is the cutoff's own."""
    if days is None:
        return pa.nulls(n, pa.date32())
    first = (cutoff - datetime(1970, 1, 1)) // timedelta(days=1)
    known = ~np.isnan(days)
    numbers = np.where(known, np.floor(np.where(known, days, 0)) + first, 0).astype(np.int32)
    return pa.array(numbers, mask=~known).cast(pa.date32())


def _model_kind(models: Mapping[str, ReleasedModel], task: str) -> str | None:
    return models[task].model.kind_told if task in models else None


def _version(models: Mapping[str, ReleasedModel], task: str) -> str | None:
    return models[task].version if task in models else None


def _same(n: int, text: str | None) -> pa.Array:
    return pa.array([text] * n, pa.string())


def safe_for_spreadsheets(table: pa.Table) -> pa.Table:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    for place, field in enumerate(table.schema):
        if field.type == pa.string():
            cells = table[field.name]
            formula = pc.match_substring_regex(cells, FORMULA)
            told = pc.if_else(formula, pc.binary_join_element_wise("'", cells, ""), cells)
            table = table.set_column(place, field, told)
    return table
