"""What is to be shared out, what bounds it, and what everybody gets: the problem of `allocate` and its answer."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Choices = NDArray[np.int16]

_CHUNK = 16_384


@dataclass(frozen=True)
class Limit:
    """At most `most` customers may be given any of some options.

    Attributes
    ----------
    options : bool array (k,)
    """

    name: str
    options: NDArray[np.bool_]
    most: float


@dataclass(frozen=True)
class Allocation:
    """What everybody gets.

    Attributes
    ----------
    choice : int16 array (n,)       place of the option; NOTHING for none
    prices : by bound               value of one more unit: of money for the budget, of a customer for a limit
    value, bound : float            sum of the choices' values; what no choice can exceed
    """

    choice: Choices
    prices: Mapping[str, float]
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """Share of the bound that is not reached, 0 … 1."""
        return 0.0 if self.bound <= 0 else max(0.0, 1.0 - self.value / self.bound)


@dataclass(frozen=True)
class Problem:
    """Values and costs of every option for every customer, and what bounds them.

    Attributes
    ----------
    values : float32 array (n, k)   net value in money; −inf where the option is not allowed
    costs : float32 array (n, k)    expected cost in money, ≥ 0
    budget : float or None          most expected cost in all
    """

    values: Values
    costs: Values
    budget: float | None = None
    limits: Sequence[Limit] = field(default_factory=tuple)

    @property
    def inside(self) -> NDArray[np.float64]:
        """Which options a limit counts, array (limits, k)."""
        rows = [limit.options for limit in self.limits]
        return np.array(rows, dtype=np.float64).reshape(len(rows), self.values.shape[1])

    @property
    def most(self) -> NDArray[np.float64]:
        """Bounds in the order of prices: the budget (infinite without one), then the limits."""
        return np.array([math.inf if self.budget is None else self.budget, *(limit.most for limit in self.limits)])

    def chunks(self) -> Iterator[tuple[slice, Values, Values]]:
        """Some customers at a time."""
        for start in range(0, len(self.values), _CHUNK):
            at = slice(start, start + _CHUNK)
            yield at, self.values[at], self.costs[at]
