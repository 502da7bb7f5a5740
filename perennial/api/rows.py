"""Rows for a data scientist: features as known at a cutoff, and inputs with outcomes for a model of one's own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import build
from features.catalog import columns_for, pick
from features.clocks import parse_date, parse_days
from features.engine import opened
from features.errors import FeatureError
from features.shop import Shop
from features.spine import Spine
from perennial.opening import until_of
from perennial.reading import reading_of
from scoring.processors import threads
from training.backtest.context import Context
from training.fit import labelled, prepare
from training.task import Task, TaskError
from training.tasks.own import task_of

Moment = str | date | datetime
Places = NDArray[np.intp]


@dataclass(frozen=True)
class TimeSplits:
    """Folds over time, as scikit-learn's `cv=` takes them.

    A fold's test rows are one cutoff; its training rows are the cutoffs whose outcomes were over by then. No outcome
    that a fold learns from lies in the time it is tested on.

    Attributes
    ----------
    cutoffs : tuple of datetime     the tests', oldest first
    folds : tuple                   (training rows, test rows) a fold
    rows : int                      of the dataset it was made for
    """

    cutoffs: tuple[datetime, ...]
    folds: tuple[tuple[Places, Places], ...]
    rows: int

    def split(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[tuple[Places, Places]]:
        """Training rows and test rows of every fold, oldest first.

        Raises
        ------
        TaskError    if X has other rows than those it was made for
        """
        if X is not None and len(X) != self.rows:
            raise TaskError(
                f"these folds are of {self.rows:,} rows, X has {len(X):,}. Give all rows of the dataset, in its order."
            )
        yield from self.folds

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """How many folds."""
        return len(self.folds)


class Rows(NamedTuple):
    """Rows to learn from: customers × cutoffs, the oldest cutoff first.

    Attributes
    ----------
    X : DataFrame, float32          inputs as serving will compute them; missing is NaN
    y : Series or DataFrame         outcome, or outcomes where the task has several
    groups : Series                 the customer of each row: one belongs to one side of a split by customers
    cutoffs : Series                the row's cutoff; nothing known at or after it is in X
    cv : TimeSplits
    """

    X: pd.DataFrame
    y: "pd.Series[float] | pd.DataFrame"
    groups: "pd.Series[str]"
    cutoffs: "pd.Series[pd.Timestamp]"
    cv: TimeSplits


def features(
    shop: Shop,
    at: Moment | Iterable[Moment] | None = None,
    names: Sequence[str] | None = None,
    *,
    active_within: str | None = None,
) -> pd.DataFrame:
    """A feature table: one row a customer and cutoff, from what was known before it.

    Parameters
    ----------
    at : date, or several           local midnights; by default the last one not after the newest row
    names : columns, such as ``["spend_90d"]``; by default all that the shop's tables can fill
    active_within : str, optional   only customers with an order within this time before the cutoff, such as "90d";
                                    by default everyone who ever ordered before it

    Returns
    -------
    DataFrame       customer_id, cutoff, then one float64 column a feature

    Raises
    ------
    FeatureError    if a name is not in the catalogue, or the shop's tables cannot fill it
    """
    cutoffs = moments_of(shop, at)
    columns = columns_for(shop) if names is None else pick(names, shop)
    known = {column.name for column in columns_for(shop)}
    lost = [column.name for column in columns if column.name not in known]
    if lost:
        raise FeatureError(f"shop '{shop.name}' cannot fill {', '.join(lost)}: a table or column is missing. Add it.")
    with reading_of(shop), opened(None) as engine:
        if active_within is None:
            each = [Spine.ever(shop, cutoff, engine=engine).rows for cutoff in cutoffs]
            spine = Spine.from_rows(pa.concat_tables(each))
        else:
            spine = Spine.active(shop, cutoffs, parse_days(active_within), engine=engine)
        table = build(shop, spine, columns, engine=engine)
    assert table is not None  # no `out` was given
    return pd.DataFrame(table.to_pandas())


def dataset(
    shop: Shop,
    task: str | Task = "churn",
    *,
    until: Moment | None = None,
    horizon: str | None = None,
    active_within: str | None = None,
) -> Rows:
    """Inputs, outcomes, customers and cutoffs of a task, with folds over time: what our own models learn from.

    Parameters
    ----------
    until : date, optional      nothing known on or after it is seen; by default as `perennial train`
    horizon, active_within : str, optional      such as "28d"; by default shop.toml, else the customers' own rhythm

    Raises
    ------
    TaskError       if the task has no outcome a row (channel_preference and recommendation have lists), or the history
                    is too short

    Examples
    --------
    ``cross_val_score(model, rows.X, rows.y, cv=rows.cv, scoring="neg_log_loss")``
    """
    asked = task if isinstance(task, Task) else task_of(task, shop)
    if not asked.targets:
        raise TaskError(f"{asked.name} has no single outcome a row. Use pn.fit, or a task such as churn.")
    with reading_of(shop), opened(None) as engine:
        context = prepare(
            shop,
            until_moment(shop, until),
            engine=engine,
            horizon_days=parse_days(horizon) if horizon else asked.horizon_days,
            active_within_days=parse_days(active_within) if active_within else asked.active_within_days,
            threads=threads(),
        )
        return _rows(labelled(asked, context))


def until_moment(shop: Shop, until: Moment | None) -> datetime:
    """The end of what training may see; refused where it lies beyond the day after the newest row."""
    return until_of(shop, None if until is None else f"{moment_of(until):%Y-%m-%d}")


def _rows(context: Context) -> Rows:
    data = context.data
    labels = list(dict.fromkeys(target.label for target in context.task.targets))
    y = pd.DataFrame({name: context.labels[name] for name in labels})
    folds = tuple(
        (np.flatnonzero(context.training_rows(fold)), np.flatnonzero(data.at(fold.cutoff)))
        for fold in context.plan.folds
    )
    return Rows(
        X=pd.DataFrame(data.inputs, columns=list(data.names)),
        y=y[labels[0]] if len(labels) == 1 else y,
        groups=pd.Series(data.customers, name="customer_id"),
        cutoffs=pd.Series(data.spine.rows["cutoff"].to_numpy(), name="cutoff"),
        cv=TimeSplits(tuple(fold.cutoff for fold in context.plan.folds), folds, len(data.spine)),
    )


def moments_of(shop: Shop, at: Moment | Iterable[Moment] | None) -> list[datetime]:
    """One cutoff or several; none given is the last midnight not after the newest row."""
    if at is None:
        return [shop.default_cutoff()]
    return [moment_of(at)] if isinstance(at, (str, date)) else [moment_of(one) for one in at]


def moment_of(at: Moment) -> datetime:
    """A date as the local midnight it begins with; a moment as it stands."""
    if isinstance(at, str):
        return parse_date(at)
    return at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)
