"""What watching found: figures beside what was expected, findings, and what each of them asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from operations.monitor.permutation import Shift

WAIT, RECALIBRATE, RETRAIN, MEND_FEED, ROLL_BACK = "wait", "recalibrate", "retrain", "mend_feed", "roll_back"
# What a scheduler sees; the more urgent, the higher. 1, 2 and 3 are errors of the command itself.
EXIT_CODES = {WAIT: 0, RECALIBRATE: 4, RETRAIN: 5, MEND_FEED: 6, ROLL_BACK: 7}
URGENCY = tuple(EXIT_CODES)

OUTCOMES, EXPECTED, DRIFT, DELIVERY, SKEW = "outcomes", "expected", "drift", "delivery", "skew"
CHECKS = (OUTCOMES, EXPECTED, DRIFT, DELIVERY, SKEW)


@dataclass(frozen=True)
class Alert:
    """One thing that is not as it should be, and what to do about it.

    Attributes
    ----------
    check : str        one of CHECKS
    code : str         which sentence tells it, in perennial/texts/monitor.<language>.toml
    subject : str      the task, table or column it is about; never a customer
    advice : str       one of URGENCY
    facts : dict       what fills the sentence's gaps
    """

    check: str
    code: str
    subject: str
    advice: str
    facts: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """One figure of one group of customers, beside what was expected of it.

    Attributes
    ----------
    check : str                   OUTCOMES or EXPECTED
    task, version : str
    as_of : str                   the cutoff of the scores, ISO day
    grouping, group : str         such as "stage", "at_risk"; "all", "all" for everybody
    metric : str                  as training/evaluation/metrics/registry.py names it
    rows : int                    customers
    found, low, high : float      the figure with its 95 % interval; NaN bounds where none was drawn
    expected : float              what the version's own folds showed in training; NaN where they did not
    """

    check: str
    task: str
    version: str
    as_of: str
    grouping: str
    group: str
    metric: str
    rows: int
    found: float
    low: float = float("nan")
    high: float = float("nan")
    expected: float = float("nan")


@dataclass(frozen=True)
class Findings:
    """Everything one look found.

    Attributes
    ----------
    shop : str                the shop's name
    at : datetime             local midnight before which everything was known
    findings : tuple          the most urgent first
    figures : tuple
    shifts : tuple            every input and answer beside the newest training cutoff
    not_checked : dict        check, or check and subject with a colon between → code of the sentence that says why
    """

    shop: str
    at: datetime
    findings: tuple[Alert, ...] = ()
    figures: tuple[Figure, ...] = ()
    shifts: tuple[Shift, ...] = ()
    not_checked: Mapping[str, str] = field(default_factory=dict)

    @property
    def advice(self) -> str:
        """The most urgent thing to do; WAIT where nothing is to be done."""
        return max((one.advice for one in self.findings), key=URGENCY.index, default=WAIT)

    @property
    def exit_code(self) -> int:
        """0 where nothing is to be done, else what EXIT_CODES says of the advice."""
        return EXIT_CODES[self.advice]


def most_urgent_first(findings: Iterable[Alert]) -> tuple[Alert, ...]:
    """The findings, sorted; those alike keep their order."""
    return tuple(sorted(findings, key=lambda one: -URGENCY.index(one.advice)))


@dataclass(frozen=True)
class Found:
    """What one check adds to the whole."""

    findings: tuple[Alert, ...] = ()
    figures: tuple[Figure, ...] = ()
    shifts: tuple[Shift, ...] = ()
    not_checked: Mapping[str, str] = field(default_factory=dict)


def together(parts: Iterable[Found]) -> Found:
    """Several checks as one."""
    kept = list(parts)
    return Found(
        tuple(one for part in kept for one in part.findings),
        tuple(one for part in kept for one in part.figures),
        tuple(one for part in kept for one in part.shifts),
        {name: why for part in kept for name, why in part.not_checked.items()},
    )
