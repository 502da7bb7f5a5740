"""Champion against challenger on the same rows, neither having seen their outcomes.

A version's folds are kept with its run, without any customer's id: the rows' digest says whether two folds
are of the same customers in the same order, a number says which rows of several folds are one customer's.
"""

import dataclasses
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from training.evaluation import figures
from training.evaluation.bootstrap import Interval
from training.evaluation.folds import Fold
from training.evaluation.metrics.measures import in_order
from training.evaluation.metrics.metric import Metric
from training.evaluation.metrics.registry import BUILT_IN

Array = NDArray[np.float64]
Values = Mapping[str, Array]

_CHAMPION = "champion"
_BASELINE, _GROUP, _PAST_SPEND = "baseline", "group", "past_spend"  # columns of a kept fold


@dataclass(frozen=True)
class KeptFold:
    """A fold as it is kept: what happened and what the model and each baseline answered, row by row.

    Attributes
    ----------
    fold : its customers are numbers, the same for the same customer in all folds of a version, in the order of the ids
    rows_digest : SHA-256 of the customers' ids in order
    """

    fold: Fold
    rows_digest: str


@dataclass(frozen=True)
class Comparison:
    """How two versions did on the same rows.

    Attributes
    ----------
    champion : the champion's version
    cutoffs : those compared
    left_out : cutoff → why it was not
    metrics : metric → (challenger's value, champion's value)
    differences : metric → challenger − champion, paired bootstrap over customers
    """

    champion: int
    rows: int
    cutoffs: tuple[str, ...]
    left_out: Mapping[str, str]
    metrics: Mapping[str, tuple[float, float]]
    differences: Mapping[str, Interval]


def kept(folds: Sequence[Fold]) -> tuple[KeptFold, ...]:
    """Folds as they may be kept: without ids. Numbers sort as the ids do, so that intervals can be drawn again."""
    known = sorted({str(one) for fold in folds for one in fold.customers})
    numbers = {one: f"{i:0{len(str(len(known)))}d}" for i, one in enumerate(known)}
    return tuple(
        KeptFold(
            dataclasses.replace(
                fold,
                customers=np.array([numbers[str(one)] for one in fold.customers]),
            ),
            rows_digest(fold.customers),
        )
        for fold in folds
    )


def rows_digest(customers: Iterable[str]) -> str:
    """SHA-256 of customers' ids in their order."""
    told = hashlib.sha256()
    for one in customers:
        told.update(f"{len(one)}:{one}".encode())
    return told.hexdigest()


def compare(
    challenger: Sequence[KeptFold],
    champion: Sequence[KeptFold],
    *,
    version: int,
    until: str,
    score: Callable[[KeptFold], Values | None],
    of: Sequence[Metric] = BUILT_IN,
) -> Comparison:
    """Compare two versions on the challenger's folds.

    At a cutoff the champion answers as it did in its own backtest, if that had the same rows; else by its
    final model, if that was trained on nothing known after the cutoff; else the cutoff is left out.

    Parameters
    ----------
    version, until : the champion's version, and the day before which it was trained
    score : the champion's final model's answers to a fold's rows; None where it cannot answer
    of : the task's metrics
    """
    same = {(one.fold.cutoff, one.rows_digest): one.fold.answers for one in champion}
    folds: list[Fold] = []
    left_out: dict[str, str] = {}
    for one in challenger:
        cutoff = one.fold.cutoff
        answers = same.get((cutoff, one.rows_digest)) or (score(one) if until[:10] <= cutoff[:10] else None)
        if answers is None:
            left_out[cutoff] = "the champion has seen what came after, and no backtest of it has the same rows"
        else:
            folds.append(dataclasses.replace(one.fold, baselines={_CHAMPION: answers}))
    cutoffs = tuple(fold.cutoff for fold in folds)
    if not folds:
        return Comparison(version, 0, cutoffs, left_out, {}, {})
    ours = figures.summary(folds, lambda fold: fold.answers, of)
    theirs = figures.summary(folds, lambda fold: fold.baselines[_CHAMPION], of)
    both = {name: (ours[name], theirs[name]) for name in in_order(ours) if name in theirs}
    rows = sum(len(fold.customers) for fold in folds)
    return Comparison(version, rows, cutoffs, left_out, both, figures.differences(folds, of)[_CHAMPION])


def to_parquet(folds: Sequence[KeptFold]) -> bytes:
    """Kept folds as one Parquet file."""
    tables = []
    for one in folds:
        facts = {"cutoff": one.fold.cutoff, "trained_to": one.fold.trained_to, "rows_digest": one.rows_digest}
        columns = {
            name: pa.array([value] * len(one.fold.customers)).dictionary_encode() for name, value in facts.items()
        }
        columns["customer"] = pa.array(one.fold.customers.tolist(), pa.string())
        for kind, values in (("truth", one.fold.truth), ("answer", one.fold.answers)):
            columns |= {f"{kind}.{name}": _column(column) for name, column in values.items()}
        for baseline, values in one.fold.baselines.items():
            columns |= {f"{_BASELINE}.{baseline}.{name}": _column(column) for name, column in values.items()}
        for name, group in one.fold.groups.items():
            columns[f"{_GROUP}.{name}"] = pa.array(group.tolist(), pa.string())
        if one.fold.past_spend is not None:
            columns[_PAST_SPEND] = _column(one.fold.past_spend)
        tables.append(pa.table(columns))
    content = io.BytesIO()
    whole = pa.concat_tables(tables, promote_options="default") if tables else pa.table({})
    pq.write_table(whole, content, compression="zstd")
    return content.getvalue()


def from_parquet(content: bytes) -> tuple[KeptFold, ...]:
    """Kept folds as they were written."""
    table = pq.read_table(io.BytesIO(content))
    if not table.num_columns:
        return ()
    cutoffs = np.array(table["cutoff"].to_pylist())
    return tuple(_fold(table.filter(pa.array(cutoffs == cutoff))) for cutoff in dict.fromkeys(cutoffs))


def _fold(table: pa.Table) -> KeptFold:
    def values(kind: str) -> dict[str, Array]:
        names = [name for name in table.column_names if name.startswith(f"{kind}.")]
        whole = [name for name in names if table[name].null_count == 0]
        return {name.removeprefix(f"{kind}."): _numbers(table[name]) for name in whole}

    def texts(kind: str) -> dict[str, NDArray[np.str_]]:
        names = [name for name in table.column_names if name.startswith(f"{kind}.")]
        return {name.removeprefix(f"{kind}."): np.array(table[name].to_pylist()) for name in names}

    baselines: dict[str, dict[str, Array]] = {}
    for name, found in values(_BASELINE).items():
        baseline, _, answer = name.partition(".")
        baselines.setdefault(baseline, {})[answer] = found
    spent = _numbers(table[_PAST_SPEND]) if _PAST_SPEND in table.column_names else None
    cutoff, trained_to, digest = (str(table[name][0]) for name in ("cutoff", "trained_to", "rows_digest"))
    customers = np.array(table["customer"].to_pylist())
    truth, answers = values("truth"), values("answer")
    fold = Fold(cutoff, trained_to, customers, truth, answers, baselines, {}, {}, spent, texts(_GROUP))
    return KeptFold(fold, digest)


def _column(values: Array) -> pa.Array:
    if values.ndim == 1:
        return pa.array(values)
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])


def _numbers(column: pa.ChunkedArray) -> Array:
    if pa.types.is_fixed_size_list(column.type):
        flat = pa.chunked_array([chunk.flatten() for chunk in column.chunks]).to_numpy()
        return np.asarray(flat.reshape(len(column), column.type.list_size), dtype=np.float64)
    return np.asarray(column.to_numpy(), dtype=np.float64)
