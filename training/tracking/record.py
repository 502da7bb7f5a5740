"""What a run shows in MLflow, as plain data: made from a fitted model, logged by tracking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from features.shop import folder_name

CHAMPION, CHALLENGER = "champion", "challenger"  # aliases in the registry
PAST = "champions"  # tag of a registered model: who was champion, oldest first, by version and digest


@dataclass(frozen=True)
class DataNote:
    """The data a model was fitted on and judged on.

    Attributes
    ----------
    digest : SHA-256 of the shop's content and settings
    source : the shop's folder
    rows : customers × training cutoffs
    """

    name: str
    digest: str
    source: str
    rows: int


@dataclass(frozen=True)
class Record:
    """One training run, ready to be logged.

    Attributes
    ----------
    shop, task : together the registered name
    title : the run's name
    folder, sha256s : the model folder and each file's digest
    inputs, answers : names of the built columns that go in and of the answers that come out
    metrics : the model's figures by name, a baseline's as `<metric>.<baseline>`, over all folds
    by_fold : the same for each fold, oldest first
    artifacts : path within the run → content
    about : the question in a sentence, shown on the registered model's page
    tags : short facts shown on the version page
    """

    shop: str
    task: str
    title: str
    folder: Path
    sha256s: Mapping[str, str]
    inputs: Sequence[str]
    answers: Sequence[str]
    about: str
    card: str
    data: DataNote
    created_at: datetime
    parameters: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    by_fold: Sequence[Mapping[str, float]] = ()
    artifacts: Mapping[str, bytes] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The registered model's name."""
        return registered_name(self.shop, self.task)


@dataclass(frozen=True)
class Child:
    """A run within a training run: one setting that a search tried.

    Attributes
    ----------
    by_fold : losses, oldest fold first
    ended : whether it was judged on every fold; else it was given up
    started, seconds : since the epoch; how long it took
    """

    title: str
    parameters: Mapping[str, str]
    by_fold: Sequence[float]
    loss: float
    ended: bool
    started: float
    seconds: float


def registered_name(shop: str, task: str) -> str:
    """The name MLflow knows a task's model by: derived from the shop's, which may hold what MLflow refuses."""
    return f"{folder_name(shop)}.{task}"
