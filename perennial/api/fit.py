"""Models from Python: fit one, see how it did, score with it. Nothing is logged or registered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from features.clocks import parse_days
from features.scratch import scratch
from features.shop import Shop
from operations.score import refuse_unfit, score_all
from operations.score_files import score_table
from perennial.api.rows import Moment, moment_of, until_moment
from perennial.reading import reading_of
from scoring.clock import now
from scoring.processors import threads
from scoring.release import ReleasedModel
from training import fit as training
from training.evaluation.folds import Fitted
from training.evaluation.metrics.measures import in_order, measure
from training.review import run_plots
from training.task import Task, TaskError
from training.tasks.own import task_of

_SHORT = "{:.4f}".format


@dataclass(frozen=True, repr=False)
class Fit:
    """A fitted model with the evidence for judging it. A notebook shows its figures as a table.

    Attributes
    ----------
    task : Task
    fitted : Fitted     the model on disk, its evaluation, the digest of what it learnt from
    """

    task: Task
    fitted: Fitted

    @property
    def model_kind(self) -> str:
        """How it was made: rules, buy_till_you_die, regression or gradient_boosting."""
        return self.fitted.model.model_kind

    @property
    def importance(self) -> "pd.Series[float]":
        """Input → its share in what moves the first answer between customers, the largest first."""
        return pd.Series(dict(self.fitted.evaluation.importance), name="importance", dtype=float)

    @property
    def plots(self) -> dict[str, bytes]:
        """PNG images by name, as MLflow shows them; none where the history was too short for a backtest.

        In a notebook: ``IPython.display.Image(fitted.plots["calibration"])``.
        """
        drawn = run_plots.figures(self.fitted.evaluation, self.task.main_metric)
        return {Path(path).stem: picture for path, picture in drawn.items()}

    def __repr__(self) -> str:
        return f"{self._heading}\n{self._figures.to_string(float_format=_SHORT)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._heading)}</p>{self._figures.to_html(float_format=_SHORT)}"

    @property
    def _heading(self) -> str:
        model = self.fitted.model
        return f"{model.task}: {self.model_kind}, the next {model.horizon_days} days, trained until {model.until[:10]}"

    @property
    def _figures(self) -> pd.DataFrame:
        beside = list(self.fitted.evaluation.baseline_metrics)
        return evaluate(self)[["title", "perennial", *beside]]


def fit(
    task: str | Task,
    shop: Shop,
    *,
    until: Moment | None = None,
    horizon: str | None = None,
    active_within: str | None = None,
    settings: Mapping[str, float] | None = None,
    folder: str | Path | None = None,
    trusted: Sequence[str] = (),
) -> Fit:
    """Train a task's model and judge it on cutoffs it has not seen, beside simple baselines.

    Parameters
    ----------
    task : str or Task          "churn", "next_purchase", "channel_preference", "next_step", "recommendation", or yours
    until : date, optional      nothing known on or after it is seen; by default the last midnight not after the newest
                                row
    horizon, active_within : str, optional      such as "28d"; by default the task's, shop.toml's, or what the
                                customers' rhythm proposes
    settings : mapping, optional    LightGBM settings other than ours and shop.toml's, such as ``{"num_leaves": 31}``
    folder : path, optional     where the model is written; by default a temporary folder that goes when Python ends
    trusted : columns that may tell the outcome alone, for you made sure that they are known before the cutoff

    Raises
    ------
    TaskError       if the shop's data cannot answer the task, or the history is too short
    LeakError       if a column nobody vouched for tells the outcome alone
    """
    asked = task if isinstance(task, Task) else task_of(task, shop)
    if settings and not asked.targets:
        raise TaskError(f"{asked.name} takes no settings: it is not learnt by one model a question. Leave them out.")
    with reading_of(shop):
        fitted = training.fit(
            asked,
            shop,
            until_moment(shop, until),
            folder=Path(folder) if folder else scratch("model") / asked.name,
            horizon_days=parse_days(horizon) if horizon else None,
            active_within_days=parse_days(active_within) if active_within else None,
            threads=threads(),
            created_at=now().isoformat(timespec="seconds"),
            trusted=trusted,
            settings=settings,
        )
    return Fit(asked, fitted)


def score(shop: Shop, fitted: Fit | Iterable[Fit], *, at: Moment | None = None) -> pd.DataFrame:
    """One row for every customer with an order known before the cutoff, in the columns `perennial score` writes.

    Parameters
    ----------
    fitted : one fit, or several whose answers then agree with one another
    at : date, optional     the cutoff; by default the last midnight not after the newest row

    Raises
    ------
    CutoffError     if a model has seen what happened on or after the cutoff
    """
    fits = [fitted] if isinstance(fitted, Fit) else list(fitted)
    lists = [one.task.name for one in fits if not one.task.per_customer]
    if lists:
        raise TaskError(f"{', '.join(lists)} answers with a list of products, not a score. Leave it out.")
    models = {one.task.name: ReleasedModel(one.fitted.model, "unregistered") for one in fits}
    cutoff = shop.default_cutoff() if at is None else moment_of(at)
    refuse_unfit(models, cutoff)
    with reading_of(shop):
        batch = score_all(shop, cutoff, models, store=None, threads=threads())
    return pd.DataFrame(score_table(batch).to_pandas())


def evaluate(fitted: Fit) -> pd.DataFrame:
    """How a model did on cutoffs it had not seen.

    Returns
    -------
    DataFrame       a row a metric: its title, which way is better, the model's figure, and for every baseline of the
                    same run its figure and the difference from it with a 95 % interval (customers resampled)
    """
    found = fitted.fitted.evaluation
    rows = []
    for name in in_order(found.metrics):
        row: dict[str, object] = {"metric": name, "title": measure(name).title, "better": measure(name).better}
        row["perennial"] = found.metrics[name]
        for baseline, figures in found.baseline_metrics.items():
            row[baseline] = figures.get(name)
            gap = found.differences.get(baseline, {}).get(name)
            if gap is not None:
                row |= {f"vs_{baseline}": gap.value, f"vs_{baseline}_low": gap.low, f"vs_{baseline}_high": gap.high}
        rows.append(row)
    table = pd.DataFrame(rows, columns=None if rows else ["metric", "title", "better", "perennial"])
    return table.set_index("metric")
