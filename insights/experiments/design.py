"""What a trial is: its arms and their shares, who is dealt, since when and for how long, and what is judged."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from features.files import replacing
from insights.experiments.errors import ExperimentError
from insights.experiments.metrics import METRICS

UNITS = ("customer", "store", "household")
FILE = "experiment.json"
ALPHA = 0.05
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Design:
    """A trial, fixed before its first outcome.

    Attributes
    ----------
    name : str
    arms : mapping          arm → its share of the units; they add up to 1, the first is the control
    unit : str              what is dealt: customer, store or household
    strata : tuple          columns within whose values arms are dealt evenly
    starts : datetime       local midnight at which the first units were dealt
    days : int              how long a unit's outcome is counted from its own start
    metrics : tuple         names of METRICS, all judged together
    alpha : float           chance that a trial without any effect calls one, over all metrics and arms
    scale : mapping         "arm/metric" → what tunes its confidence sequence, from the days before the start
    """

    name: str
    arms: Mapping[str, float]
    unit: str
    strata: tuple[str, ...]
    starts: datetime
    days: int
    metrics: tuple[str, ...]
    alpha: float
    scale: Mapping[str, float]

    @property
    def control(self) -> str:
        """The arm the others are compared with."""
        return next(iter(self.arms))

    @property
    def treatments(self) -> tuple[str, ...]:
        """The other arms."""
        return tuple(self.arms)[1:]

    @property
    def comparisons(self) -> int:
        """How many differences are judged together."""
        return len(self.treatments) * len(self.metrics)

    @property
    def ends(self) -> datetime:
        """When the first units' outcomes are complete."""
        return self.starts + timedelta(days=self.days)


def shares_of(told: Sequence[str]) -> dict[str, float]:
    """Arms and shares from `name=share` texts; the first is the control.

    Raises
    ------
    ExperimentError     if there are fewer than two, a share is no number, or they do not add up to 1
    """
    arms: dict[str, float] = {}
    for text in told:
        name, _, share = text.partition("=")
        if not _NAME.fullmatch(name) or name in arms:
            raise ExperimentError(f"--arm {text}: an arm has a name of its own, as in --arm control=0.5.")
        try:
            arms[name] = float(share)
        except ValueError:
            raise ExperimentError(f"--arm {text}: '{share}' is no share. Write --arm {name}=0.5.") from None
    if len(arms) < 2:
        raise ExperimentError("a trial compares two arms or more: --arm control=0.5 --arm voucher=0.5.")
    low = [name for name, share in arms.items() if not _LEAST_SHARE <= share < 1]
    if low:
        raise ExperimentError(f"arm '{low[0]}' has the share {arms[low[0]]:g}. Give each between {_LEAST_SHARE} and 1.")
    if abs(sum(arms.values()) - 1) > 1e-6:
        raise ExperimentError(f"the arms' shares add up to {sum(arms.values()):g}. They must add up to 1.")
    return arms


def checked(name: str, unit: str, days: int, metrics: Sequence[str]) -> None:
    """Refuse what a design cannot hold.

    Raises
    ------
    ExperimentError
    """
    if not _NAME.fullmatch(name):
        raise ExperimentError(f"'{name}' cannot name a trial. Use letters, digits, dashes and underscores.")
    if unit not in UNITS:
        raise ExperimentError(f"--by {unit} is no unit. Deal by {', '.join(UNITS)}.")
    if days < 1:
        raise ExperimentError(f"--days {days}: a trial lasts a day or more.")
    for metric in metrics:
        if metric not in METRICS:
            raise ExperimentError(f"--metric {metric} is no metric. There are {', '.join(METRICS)}.")


def write_design(folder: Path, design: Design) -> None:
    """Keep a design in a trial's folder; a reader sees the old file or the new one."""
    told = {**asdict(design), "starts": f"{design.starts:%Y-%m-%d}"}
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / FILE) as part:
        part.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_design(folder: Path) -> Design:
    """The design of a trial.

    Raises
    ------
    ExperimentError     if there is no such trial
    """
    path = folder / FILE
    if not path.is_file():
        others = sorted(one.parent.name for one in folder.parent.glob(f"*/{FILE}"))
        there = f"There are: {', '.join(others)}." if others else "None was assigned yet."
        raise ExperimentError(
            f"there is no experiment '{folder.name}'. {there} "
            f"Deal one: perennial experiment assign --name {folder.name}"
        )
    told = json.loads(path.read_text(encoding="utf-8"))
    lists = {name: tuple(told[name]) for name in ("strata", "metrics")}
    return Design(**{**told, **lists, "starts": datetime.fromisoformat(told["starts"])})
