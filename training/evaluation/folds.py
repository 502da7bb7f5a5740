"""What a fit hands on: the model on disk, and the evidence for judging it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring.release import Model
from training.data.sampling import Sample
from training.evaluation.bootstrap import Interval
from training.evaluation.choices.logged_choice import LoggedChoice
from training.evaluation.leaks import Leaks
from training.evaluation.segments import SegmentChannels

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fold:
    """One cutoff of the rolling-origin backtest, judged by a model trained one horizon earlier.

    Attributes
    ----------
    cutoff : str                        ISO day
    trained_to : str                    the newest training cutoff, ISO day
    customers : array (n,), str
    truth : dict of arrays              what happened: churn, days, spend, next_order (days after the cutoff,
                                        infinity if none was seen), or counts by kind as (n, kinds)
    answers : dict of arrays            the model's answers, named as the score columns
    baselines : dict of dicts           baseline → its answers
    baseline_metrics : dict of dicts    baseline → metric → value on this fold
    past_spend : array (n,) or None     spend known in the year before the cutoff: what is at stake with a customer
    groups : dict of arrays (n,)        name → the group of each customer, for calibration within groups
    """

    cutoff: str
    trained_to: str
    customers: NDArray[np.str_]
    truth: Mapping[str, Array]
    answers: Mapping[str, Array]
    baselines: Mapping[str, Mapping[str, Array]]
    metrics: Mapping[str, float]
    baseline_metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    past_spend: Array | None = None
    groups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)


PREPARED = ("features", "labels")  # steps that all tasks of a run share; each is told their seconds
SLICE_ROWS = 1_000
SLICE_ERROR = 0.04  # of groups with as many rows


@dataclass(frozen=True)
class Slice:
    """A group of customers over all folds: how far the mean answer is from the mean outcome.

    Attributes
    ----------
    calibration_error : over ten bins of equal size
    allowed : what a perfect model may show, all groups of a fit together staying within it 95 times in 100; from
              1,000 rows on .04 at least
    """

    name: str
    value: str
    rows: int
    predicted: float
    actual: float
    calibration_error: float
    allowed: float = SLICE_ERROR

    @property
    def passed(self) -> bool:
        """Whether the error is no larger than allowed."""
        return self.calibration_error <= self.allowed


@dataclass(frozen=True)
class Treated:
    """Rows of all folds that were treated within the horizon, or untreated: mean answer beside mean outcome."""

    name: str
    rows: int
    predicted: float
    actual: float


@dataclass(frozen=True)
class Tried:
    """A kind of model that was judged, and the checks of the gate that it failed."""

    model_kind: str
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """How a model did on cutoffs it had not seen, beside the baselines of the same run.

    Attributes
    ----------
    metrics : dict                      metric → value over all folds
    baseline_metrics : dict of dicts    baseline → metric → value on the same rows
    differences : dict of dicts         baseline → metric → model − baseline, paired bootstrap over customers
    folds : tuple of Fold               oldest first
    importance : dict                   input → share in what moves the first answer between customers, adding up to 1
    slices : tuple of Slice
    model_kinds : dict                        kind → mean validation loss of those that were open
    closed : dict                       kind → why it was not open, in a sentence
    leaks : Leaks or None               what the leak guards found, for tasks that ask who orders
    segments : tuple                    which channel serves which segment, at the newest fold
    tried : tuple of Tried              what was held against the gate, in this order
    notes : tuple of str                what else the card has to say, in sentences
    choice : LoggedChoice or None       sends that judge a choice of channel, for what answers that
    treatment : tuple                   the treated and the untreated, of churn where sends or decisions are known
    """

    metrics: Mapping[str, float]
    baseline_metrics: Mapping[str, Mapping[str, float]]
    differences: Mapping[str, Mapping[str, Interval]]
    folds: tuple[Fold, ...]
    importance: Mapping[str, float]
    slices: tuple[Slice, ...]
    model_kinds: Mapping[str, float]
    closed: Mapping[str, str]
    leaks: Leaks | None = None
    segments: tuple[SegmentChannels, ...] = ()
    tried: tuple[Tried, ...] = ()
    notes: tuple[str, ...] = ()
    choice: LoggedChoice | None = None
    treatment: tuple[Treated, ...] = ()


@dataclass(frozen=True)
class Fitted:
    """A trained model, written to disk, with what a reviewer needs.

    Attributes
    ----------
    model : the model as scored with, boosters loaded
    folder : the model folder (model.json and one text file a booster)
    sha256s : digest of every file of the folder
    evaluation : Evaluation
    dataset_digest : SHA-256 of the training matrix, labels and rows, the shop's digest among it
    rows : training rows (customers × cutoffs)
    sample : of how many they were taken, and what that costs; None where there were no more
    seconds : step → seconds it took
    settings : of boosting, where they are not ours
    """

    model: Model
    folder: Path
    sha256s: Mapping[str, str]
    evaluation: Evaluation
    dataset_digest: str
    rows: int
    seconds: Mapping[str, float]
    settings: Mapping[str, float] = field(default_factory=dict)
    sample: Sample | None = None
