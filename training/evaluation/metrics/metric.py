"""What a metric is: its function, the outcome and answer it needs, its title, and which way is better."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Values = Mapping[str, Array]

HIGHER, LOWER, NEAR = "higher", "lower", "near"


@dataclass(frozen=True)
class Metric:
    """One metric of one question.

    Attributes
    ----------
    name, title : str
    better : str           "higher", "lower", or "near" a target
    truth, answer : str    the outcome and the answer it needs, by name; one that ends in _ begins several
    function : callable    (outcomes, answers) → float, both by name; raises MetricError where it is not defined.
                           None: estimated from something else than folds
    target : float         what a perfect model has, for "near"
    digits : int           shown behind the point
    pooled : bool          computed over all folds' rows together, for it needs more than one fold has
    paired : bool          among the differences from baselines and champions
    decides : bool         whether such a difference counts for or against a model. Not where another answer than the
                           one that is judged has the best of it, as a median has the least absolute error: of two
                           expected amounts the one that is too low wins
    instead : str          the answer that stands in for `answer` where a model or baseline gives none; "" is none
    """

    name: str
    title: str
    better: str
    truth: str
    answer: str
    function: Callable[[Values, Values], float] | None
    target: float = 0.0
    digits: int = 3
    pooled: bool = False
    paired: bool = True
    decides: bool = True
    instead: str = ""

    def fits(self, truth: Iterable[str], answers: Iterable[str]) -> bool:
        """Whether outcomes and answers of these names are what it needs."""
        given = _among(self.answer, answers) or (bool(self.instead) and self.instead in answers)
        return self.function is not None and given and _among(self.truth, truth)


def _among(wanted: str, names: Iterable[str]) -> bool:
    return any(name.startswith(wanted) for name in names) if wanted.endswith("_") else wanted in names
