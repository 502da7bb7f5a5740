"""Who gets what, when not everything worth doing can be done: at most one option a customer, within all bounds.

Every bound gets a price: the value the last unit of it brought. At the right prices each customer simply takes the
option worth most after prices, and what those choices overrun or leave unused by a little is mended. The prices' own
figure, the dual, is a bound that no choice can beat, so the gap to the optimum is known and told. Where it is wider
than one in ten thousand, and up to 50,000 pairs of customer and option, HiGHS solves the problem itself. The same
problem has the same answer however busy the machine is.

Source: Fisher (1981), "The Lagrangian relaxation method for solving integer programming problems"; the dual is smoothed
before it is descended (Nesterov 2005), because many customers alike make it kinked.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp, minimize
from scipy.sparse import coo_array, vstack

from decisions.allocation.arms import NOTHING
from decisions.allocation.problem import Allocation, Choices, Limit, Problem, Values

MOST_PAIRS = 50_000  # of customer and option, that HiGHS is given
BUDGET = "budget"
_SAMPLE = 40_000  # customers the first prices are found on
_SMOOTHING = (0.1, 0.02, 0.004)  # of the mean value, one after the other
_ROUNDS = 30
_DECIMALS = 4
_NEAR = 1e-4  # of the bound: what is no further below it is as good as best
# HiGHS branches on so many, before what it has is taken; seconds would make decisions depend on the machine's load.
_NODES = 200


def allocate(problem: Problem) -> Allocation:
    """Choose an option for each customer, so that all bounds are kept and the values add up to as much as can be found.

    An option worth 0 or less is never chosen.
    """
    prices = _prices(problem)
    choice, bound = _taken(problem, prices)
    choice = _improved(problem, _kept(problem, choice, prices), prices)
    value = _value(problem, choice)
    if int((problem.values > 0).sum()) <= MOST_PAIRS and value < (1 - _NEAR) * bound:
        exact, limit = _exactly(problem)
        bound = min(bound, limit)
        exact = _improved(problem, _kept(problem, exact, prices), prices)
        if _value(problem, exact) > value:
            choice, value = exact, _value(problem, exact)
    names = [BUDGET, *(one.name for one in problem.limits)]
    return Allocation(choice, dict(zip(names, prices.tolist(), strict=True)), value, max(bound, value))


def priced(values: Values, costs: Values, budget_price: float, option_prices: NDArray[np.float64]) -> Values:
    """What options are worth after prices, (n, k)."""
    return values - np.float32(budget_price) * costs - option_prices.astype(np.float32)


def best_of(worth: Values) -> Choices:
    """The option worth most to each customer; NOTHING where none is worth more than 0."""
    if not worth.shape[1]:
        return np.full(len(worth), NOTHING, dtype=np.int16)
    at = worth.argmax(axis=1).astype(np.int16)
    return np.where(worth[np.arange(len(worth)), at] > 0, at, NOTHING).astype(np.int16)


def picked(matrix: Values, choice: Choices) -> NDArray[np.float64]:
    """Each customer's entry for their choice, 0 for nothing; to a ten-thousandth, so that files add up exactly."""
    if not matrix.shape[1]:
        return np.zeros(len(choice))
    found = matrix[np.arange(len(choice)), np.maximum(choice, 0)].astype(np.float64)
    return np.where(choice == NOTHING, 0.0, np.round(found, _DECIMALS))


def _value(problem: Problem, choice: Choices) -> float:
    return float(picked(problem.values, choice).sum())


def _prices(problem: Problem) -> NDArray[np.float64]:
    """Prices of the budget and the limits, ≥ 0, array (1 + limits,)."""
    worth = problem.values.max(axis=1, initial=0.0)
    gains = worth[worth > 0]
    prices = np.zeros(1 + len(problem.limits))
    if not len(gains) or (problem.budget is None and not problem.limits):
        return prices
    unit = float(gains.mean())
    scale = np.full(len(prices), unit)
    scale[0] = unit / max(float(problem.costs.mean()), 1e-9)
    parts = [problem]
    if len(problem.values) > 2 * _SAMPLE:
        parts.insert(0, _sample(problem))
    for part in parts:
        for smoothing in _SMOOTHING if part is parts[0] else _SMOOTHING[-1:]:
            prices = _descended(part, prices, scale, smoothing * unit)
    return prices


def _descended(
    problem: Problem, start: NDArray[np.float64], scale: NDArray[np.float64], smoothing: float
) -> NDArray[np.float64]:
    bounded = np.isfinite(problem.most)
    most = np.where(bounded, problem.most, 0.0)
    size = max(1.0, len(problem.values) * float(scale[-1]))

    def dual(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, used = _smoothed(problem, at * scale, smoothing)
        return (value + float(at * scale @ most)) / size, np.where(bounded, (most - used) * scale, 0.0) / size

    found = minimize(
        dual, start / scale, jac=True, method="L-BFGS-B", bounds=[(0.0, None if one else 0.0) for one in bounded],
        options={"maxiter": 60, "maxfun": 90, "ftol": 1e-9, "gtol": 1e-7},
    )  # fmt: skip
    return np.asarray(found.x * scale, dtype=np.float64)


def _smoothed(problem: Problem, prices: NDArray[np.float64], smoothing: float) -> tuple[float, NDArray[np.float64]]:
    """Sum of the customers' soft maxima after prices, and how much of each bound they use."""
    inside, total = problem.inside, 0.0
    counts, spent = np.zeros(problem.values.shape[1]), 0.0
    option_prices = prices[1:] @ inside
    for _, values, costs in problem.chunks():
        worth = priced(values, costs, prices[0], option_prices) / np.float32(smoothing)
        top = worth.max(axis=1, initial=0.0)
        share = np.exp(worth - top[:, None])
        whole = np.exp(-top) + share.sum(axis=1)
        total += smoothing * float((top + np.log(whole)).sum(dtype=np.float64))
        share /= whole[:, None]
        counts += share.sum(axis=0, dtype=np.float64)
        spent += float(np.einsum("ij,ij->", share, costs, dtype=np.float64))
    return total, np.array([spent, *(inside @ counts)])


def _sample(problem: Problem) -> Problem:
    """Every so-many-th customer, with bounds in proportion."""
    step = len(problem.values) // _SAMPLE
    share = len(problem.values[::step]) / len(problem.values)
    budget = None if problem.budget is None else problem.budget * share
    limits = [Limit(one.name, one.options, one.most * share) for one in problem.limits]
    values, costs = (np.ascontiguousarray(one[::step]) for one in (problem.values, problem.costs))
    return Problem(values, costs, budget, limits)


def _taken(problem: Problem, prices: NDArray[np.float64]) -> tuple[Choices, float]:
    """What everybody takes at these prices, and the bound they give."""
    choice = np.full(len(problem.values), NOTHING, dtype=np.int16)
    option_prices, bound = prices[1:] @ problem.inside, 0.0
    for at, values, costs in problem.chunks():
        worth = priced(values, costs, prices[0], option_prices)
        choice[at] = best_of(worth)
        bound += float(worth.max(axis=1, initial=0.0).sum(dtype=np.float64))
    most = problem.most
    return choice, bound + float(prices[most < math.inf] @ most[most < math.inf])


def _worth_of(problem: Problem, choice: Choices, prices: NDArray[np.float64]) -> NDArray[np.float64]:
    option_prices = np.append(prices[1:] @ problem.inside, 0.0)
    worth = picked(problem.values, choice) - prices[0] * picked(problem.costs, choice) - option_prices[choice]
    return np.where(choice == NOTHING, 0.0, worth)


def _kept(problem: Problem, choice: Choices, prices: NDArray[np.float64]) -> Choices:
    """The choice without those that overrun a bound: whose worth after prices is least goes first."""
    choice = choice.copy()
    for limit in problem.limits:
        uses = np.flatnonzero((choice != NOTHING) & limit.options[choice])
        if len(uses) > limit.most:
            worth = _worth_of(problem, choice, prices)[uses]
            choice[uses[np.argsort(worth, kind="stable")[: len(uses) - int(limit.most)]]] = NOTHING
    if problem.budget is not None:
        cost = picked(problem.costs, choice)
        rate = _worth_of(problem, choice, prices) / np.maximum(cost, 1e-12)
        order = np.argsort(-np.where(cost > 0, rate, np.inf), kind="stable")
        gone = order[np.round(np.cumsum(cost[order]), _DECIMALS) > problem.budget]
        choice[gone[cost[gone] > 0]] = NOTHING
    return choice


def _left(problem: Problem, choice: Choices) -> NDArray[np.float64]:
    counts = np.bincount(choice[choice != NOTHING], minlength=problem.values.shape[1]).astype(np.float64)
    used = np.array([picked(problem.costs, choice).sum(), *(problem.inside @ counts)])
    return np.asarray(problem.most - used, dtype=np.float64)


def _improved(problem: Problem, choice: Choices, prices: NDArray[np.float64]) -> Choices:
    """Use what is left of the bounds: round after round the moves that are worth most and fit."""
    choice = choice.copy()
    for _ in range(_ROUNDS):
        who, to, gain = _moves(problem, choice, prices, _left(problem, choice))
        order = np.argsort(-gain, kind="stable")
        fits = _fitting(problem, choice[who[order]], to[order], who[order], _left(problem, choice))
        if not fits.any():
            break
        choice[who[order][fits]] = to[order][fits]
    return choice


def _moves(
    problem: Problem, choice: Choices, prices: NDArray[np.float64], left: NDArray[np.float64]
) -> tuple[NDArray[np.intp], Choices, NDArray[np.float64]]:
    """Customers for whom another option that fits is worth more, the option, and how much after prices."""
    inside = problem.inside > 0
    # Row o, column k: going from option o to k takes up nothing that is used up; the last row is from nothing.
    has = np.vstack([inside.T, np.zeros(len(inside), dtype=bool)])
    free = ~(inside.T[None, :, :] & ~has[:, None, :] & (left[1:] < 1)).any(axis=2)
    option_prices = prices[1:] @ problem.inside
    found: list[tuple[NDArray[np.intp], Choices, NDArray[np.float64]]] = []
    for at, values, costs in problem.chunks():
        now = choice[at]
        value, cost = (picked(one, now).astype(np.float32)[:, None] for one in (values, costs))
        may = free[now] & (values > np.maximum(value, 0.0)) & (costs - cost <= np.float32(left[0]))
        rows = np.flatnonzero(may.any(axis=1))
        if len(rows):
            worth = np.where(may[rows], priced(values[rows], costs[rows], prices[0], option_prices), -np.inf)
            to = worth.argmax(axis=1).astype(np.int16)
            gain = worth[np.arange(len(rows)), to] - _worth_of_rows(values, costs, now, rows, prices[0], option_prices)
            found.append((rows + at.start, to, gain.astype(np.float64)))
    if not found:
        return np.empty(0, np.intp), np.empty(0, np.int16), np.empty(0)
    who, to, gain = (np.concatenate(part) for part in zip(*found, strict=True))
    return who, to, gain


def _worth_of_rows(
    values: Values,
    costs: Values,
    now: Choices,
    rows: NDArray[np.intp],
    price: float,
    option_prices: NDArray[np.float64],
) -> NDArray[np.float64]:
    one = now[rows]
    worth = picked(values[rows], one) - price * picked(costs[rows], one) - np.append(option_prices, 0.0)[one]
    return np.where(one == NOTHING, 0.0, worth)


def _fitting(
    problem: Problem, now: Choices, to: Choices, who: NDArray[np.intp], left: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which moves, taken in order, fit together; what others give back is not counted before the next round."""
    inside = np.vstack([problem.inside.T > 0, np.zeros(len(problem.limits), dtype=bool)])
    costs = problem.costs[who]
    more = np.maximum(picked(costs, to) - picked(costs, now), 0.0)
    fits = np.cumsum(more) <= left[0] if math.isfinite(left[0]) else np.ones(len(to), dtype=bool)
    fits |= more == 0.0
    for place in range(len(problem.limits)):
        uses = inside[to, place] & ~inside[now, place]
        fits &= ~uses | (np.cumsum(uses) <= left[1 + place])
    return np.asarray(fits)


def _exactly(problem: Problem) -> tuple[Choices, float]:
    """What HiGHS finds, and the bound it proves; nothing for anybody and no bound where it finds none."""
    who, option = np.nonzero(problem.values > 0)
    pairs, n = len(who), len(problem.values)
    gains = problem.values[who, option].astype(np.float64)
    ones, places = np.ones(pairs), np.arange(pairs)
    rows = [coo_array((ones, (who, places)), shape=(n, pairs))]
    most = [np.ones(n)]
    if problem.budget is not None:
        rows.append(coo_array(problem.costs[who, option].astype(np.float64)[None, :]))
        most.append(np.array([problem.budget]))
    if problem.limits:
        rows.append(coo_array(problem.inside[:, option]))
        most.append(np.array([float(limit.most) for limit in problem.limits]))
    bounds = LinearConstraint(vstack(rows).tocsr(), -np.inf, np.concatenate(most))
    options = {"node_limit": _NODES, "mip_rel_gap": 1e-5}
    with _silent():
        found = milp(-gains, constraints=bounds, integrality=ones, bounds=Bounds(0, 1), options=options)
    choice = np.full(n, NOTHING, dtype=np.int16)
    if found.x is None:
        return choice, math.inf
    taken = found.x > 0.5
    choice[who[taken]] = option[taken].astype(np.int16)
    return choice, math.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what C code writes to standard output off it: HiGHS prints names of its functions even when told not to."""
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
