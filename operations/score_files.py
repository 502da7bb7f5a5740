"""The files of a scoring run: Parquet for programs, CSV for a CRM, and a manifest that is written last."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from features.errors import ShopError
from features.files import replacing
from operations.level import expected_totals
from operations.score import TASKS, Batch, own_tasks
from scoring.manifests import files_told, write_manifest
from scoring.spreadsheets import FORMULA

_PURCHASE = ("expected_shopping_days", "expected_spend", "spend_p10", "spend_p50", "spend_p90")
_DATES = ("next_order_p10", "next_order_p50", "next_order_p90")
_KINDS = ("contact_", "purchase_", "promotion_")


def score_table(batch: Batch) -> pa.Table:
    """One row a customer, in the columns of the data contract.

    Returns
    -------
    pa.Table    customer_id, eligible, answers (float64; dates date32, null beyond the forecast's reach; all null for
                a task the shop has no model of), model_kind_<task>, as_of (the cutoff), version_<task>
    """
    answers = batch.answers
    columns: dict[str, pa.Array] = {"customer_id": batch.customer_ids, "eligible": pa.array(batch.eligible)}
    for name in ("churn_probability", "order_probability", *_PURCHASE):
        columns[name] = pa.array(answers[name]) if name in answers else pa.nulls(len(batch), pa.float64())
    for name in _DATES:
        columns[name] = _dates(batch, name)
    for kind in _KINDS:
        columns |= {name: pa.array(answers[name]) for name in answers if name.startswith(kind)}
    own = own_tasks(batch.models)
    for task in own:
        columns |= {name: pa.array(answers[name]) for name in answers if name.startswith(f"{task}_")}
    columns |= {f"model_kind_{task}": _same(batch, _model_kind(batch, task)) for task in (*TASKS, *own)}
    columns["as_of"] = pa.array([batch.cutoff] * len(batch), pa.timestamp("us"))
    columns |= {f"version_{task}": _same(batch, _version(batch, task)) for task in (*TASKS, *own)}
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
    table = score_table(batch)
    return write_table(table, out, _manifest(batch, table))


def write_table(table: pa.Table, out: Path, said: Mapping[str, Any]) -> dict[str, Path]:
    """Write a table as Parquet and CSV, then a manifest of what is said of it and the files' bytes and SHA-256.

    Returns
    -------
    dict        "parquet", "csv", "manifest" → path
    """
    paths = {"parquet": out, "csv": out.with_suffix(".csv"), "manifest": out.with_suffix(".manifest.json")}
    with replacing(paths["parquet"]) as part:
        pq.write_table(table, part, compression="zstd")
        # Without its manifest a run is not complete: an old one must not vouch for new files.
        paths["manifest"].unlink(missing_ok=True)
    with replacing(paths["csv"]) as part:
        pacsv.write_csv(safe_for_spreadsheets(table), part)
    write_manifest(paths["manifest"], {**said, "files": files_told([paths["parquet"], paths["csv"]])})
    return paths


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
    says = json.dumps([batch.shop.digest, batch.cutoff.isoformat(), models, fingerprints], sort_keys=True)
    return hashlib.sha256(says.encode()).hexdigest()


def _manifest(batch: Batch, table: pa.Table) -> dict[str, Any]:
    return {
        "run_key": run_key(batch),
        "shop": batch.shop.name,
        "shop_digest": batch.shop.digest,
        "as_of": batch.cutoff.isoformat(),
        "rows": table.num_rows,
        "eligible": int(batch.eligible.sum()),
        "expected": expected_totals(batch.answers, batch.eligible, batch.models, batch.level),
        "versions": {task: released.version for task, released in batch.models.items()},
        "models": {task: released.digest for task, released in batch.models.items()},
    }


def _dates(batch: Batch, name: str) -> pa.Array:
    """Days after the cutoff as dates; day 0 is the cutoff's own."""
    days = batch.answers.get(name)
    if days is None:
        return pa.nulls(len(batch), pa.date32())
    first = (batch.cutoff - datetime(1970, 1, 1)) // timedelta(days=1)
    known = ~np.isnan(days)
    numbers = np.where(known, np.floor(np.where(known, days, 0)) + first, 0).astype(np.int32)
    return pa.array(numbers, mask=~known).cast(pa.date32())


def _model_kind(batch: Batch, task: str) -> str | None:
    return batch.models[task].model.kind_told if task in batch.models else None


def _version(batch: Batch, task: str) -> str | None:
    return batch.models[task].version if task in batch.models else None


def _same(batch: Batch, text: str | None) -> pa.Array:
    return pa.array([text] * len(batch), pa.string())


def safe_for_spreadsheets(table: pa.Table) -> pa.Table:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    for place, field in enumerate(table.schema):
        if field.type == pa.string():
            cells = table[field.name]
            formula = pc.match_substring_regex(cells, FORMULA)
            told = pc.if_else(formula, pc.binary_join_element_wise("'", cells, ""), cells)
            table = table.set_column(place, field, told)
    return table
