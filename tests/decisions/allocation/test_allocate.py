"""Bounds are kept exactly, whatever the problem; what is given up against the optimum is little, and known."""

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.allocation import allocate as module
from decisions.allocation.allocate import allocate, best_of, picked, priced
from decisions.allocation.arms import NOTHING
from decisions.allocation.problem import Limit, Problem
from tests.decisions.random_problems import random_problem


def by_prices(problem, monkeypatch):
    monkeypatch.setattr(module, "MOST_PAIRS", 0)
    return allocate(problem)


def holds(problem, choice):
    assert (problem.values[np.arange(len(choice)), np.maximum(choice, 0)][choice != NOTHING] > 0).all()
    if problem.budget is not None:
        assert picked(problem.costs, choice).sum() <= problem.budget
    for limit in problem.limits:
        assert ((choice != NOTHING) & limit.options[choice]).sum() <= limit.most


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(0, 60), ties=st.booleans(), exact=st.booleans())
def test_every_bound_is_kept_exactly(seed, n, ties, exact):
    problem = random_problem(n, 3, 2, seed, ties=ties)
    with pytest.MonkeyPatch.context() as patch:
        found = allocate(problem) if exact else by_prices(problem, patch)
    holds(problem, found.choice)
    assert found.value <= found.bound * (1 + 1e-9)
    assert all(price >= 0 for price in found.prices.values())


def test_what_highs_prints_reaches_nobody(monkeypatch, capfd):
    """Some builds name functions of theirs on standard output, hundreds of lines of them in the midst of a night."""
    solve = module.milp

    def loud(*given, **more):
        os.write(1, b"HighsMipSolverData::of no interest\n")
        return solve(*given, **more)

    monkeypatch.setattr(module, "milp", loud)
    monkeypatch.setattr(module, "_taken", lambda problem, prices: (np.full(len(problem.values), NOTHING), math.inf))
    allocate(random_problem(40, 3, 2, 1))
    print("after")
    assert capfd.readouterr().out == "after\n"


def test_nothing_that_depends_on_the_machines_load_bounds_the_search(monkeypatch):
    """A limit in seconds gave a busy machine other decisions than a quiet one, from the same data."""
    solve, asked = module.milp, []

    def told(*given, options, **more):
        asked.append(dict(options))
        return solve(*given, options=options, **more)

    monkeypatch.setattr(module, "milp", told)
    monkeypatch.setattr(module, "_taken", lambda problem, prices: (np.full(len(problem.values), NOTHING), math.inf))
    allocate(random_problem(40, 3, 2, 1))
    (options,) = asked
    assert "time_limit" not in options
    assert options["node_limit"] > 0


def test_what_prices_settle_to_within_one_in_ten_thousand_is_not_searched_for(monkeypatch):
    problem = random_problem(4_000, 4, 3, 5)
    assert by_prices(problem, monkeypatch).gap <= 1e-4
    monkeypatch.undo()
    monkeypatch.setattr(module, "milp", None)
    assert allocate(problem).gap <= 1e-4


@pytest.mark.parametrize("seed", range(3))
def test_prices_come_near_what_highs_finds(seed, monkeypatch):
    problem = random_problem(2_000, 3, 2, seed, ties=seed % 2 == 1)
    exact = allocate(problem)
    own = by_prices(problem, monkeypatch)
    assert exact.gap < 1e-4
    assert own.value <= exact.bound * (1 + 1e-9)
    assert exact.value - own.value < 0.01 * exact.value
    assert own.bound >= exact.value * (1 - 1e-9)


@pytest.mark.parametrize("ties", [False, True])
def test_from_ten_thousand_customers_on_at_most_half_a_percent_is_given_up(ties):
    problem = random_problem(10_000, 4, 3, 5, ties=ties)
    assert (problem.values > 0).sum() > module.MOST_PAIRS / 2
    found = allocate(problem)
    holds(problem, found.choice)
    assert found.gap <= 0.005


def test_all_alike_are_told_apart_by_what_is_left():
    values = np.tile(np.array([[10.0, 15.0]], np.float32), (1_000, 1))
    costs = np.tile(np.array([[1.0, 2.0]], np.float32), (1_000, 1))
    both = Limit("people", np.array([True, True]), 300)
    found = allocate(Problem(values, costs, 500.0, (both,)))
    assert found.value == pytest.approx(100 * 10 + 200 * 15)


def test_without_bounds_everybody_gets_what_is_worth_most():
    values = np.array([[1.0, 2.0], [-1.0, -2.0], [-np.inf, 0.5], [0.0, -np.inf]], np.float32)
    found = allocate(Problem(values, np.ones_like(values)))
    assert found.choice.tolist() == [1, NOTHING, 1, NOTHING]
    assert found.gap == 0.0
    assert found.prices == {"budget": 0.0}


def test_a_budget_of_nothing_buys_only_what_costs_nothing():
    values = np.array([[5.0, 1.0], [5.0, 1.0]], np.float32)
    costs = np.array([[1.0, 0.0], [1.0, 0.0]], np.float32)
    assert allocate(Problem(values, costs, 0.0)).choice.tolist() == [1, 1]


def test_the_price_is_what_one_more_unit_is_worth(monkeypatch):
    rng = np.random.default_rng(3)
    values = rng.uniform(0, 10, (20_000, 1)).astype(np.float32)
    costs = np.ones_like(values)
    found = by_prices(Problem(values, costs, 5_000.0), monkeypatch)
    more = by_prices(Problem(values, costs, 5_100.0), monkeypatch)
    assert found.prices["budget"] == pytest.approx((more.value - found.value) / 100, rel=0.02)


def test_under_its_prices_a_night_is_decided_again_customer_by_customer(monkeypatch):
    problem = random_problem(10_000, 3, 2, 11)
    found = by_prices(problem, monkeypatch)
    prices = np.array([found.prices[limit.name] for limit in problem.limits])
    alone = best_of(priced(problem.values, problem.costs, found.prices["budget"], prices @ problem.inside))
    assert (alone == found.choice).mean() > 0.995
