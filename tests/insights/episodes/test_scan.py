"""The oddest stretch is that of a plain loop; chance is called chance, and what was planted is found to the day."""

from math import log, sqrt

import numpy as np
import pytest

from insights.episodes.scan import LONGEST, SHORTEST, oddest


def plain_score(part: list[int], whole: list[int], begin: int, end: int) -> float:
    """Signed root of the likelihood ratio of the days [begin, end) against the others."""

    def likelihood(hit: int, of: int) -> float:
        return sum(count * log(count / of) for count in (hit, of - hit) if count)

    inside, looked = sum(part[begin:end]), sum(whole[begin:end])
    outside, beside = sum(part) - inside, sum(whole) - looked
    gain = likelihood(inside, looked) + likelihood(outside, beside) - likelihood(sum(part), sum(whole))
    return sqrt(max(2 * gain, 0.0)) * (1 if inside / looked > outside / beside else -1)


@pytest.mark.parametrize("seed", range(4))
def test_the_oddest_stretch_is_that_of_a_plain_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = rng.integers(20, 60, 50)
    part = rng.binomial(whole, 0.2)
    part[30:36] = rng.binomial(whole[30:36], 0.6)
    found = oddest(part.astype(float), whole.astype(float), 20)
    places = [(b, e) for b in range(20, 50) for e in range(b + SHORTEST, min(b + LONGEST, 50) + 1)]
    best = max(places, key=lambda place: abs(plain_score(part.tolist(), whole.tolist(), *place)))
    assert found is not None
    assert (found.begin, found.end) == best
    assert found.part == part[best[0] : best[1]].sum() and found.whole == whole[best[0] : best[1]].sum()
    assert 0 < found.score <= plain_score(part.tolist(), whole.tolist(), *best) + 1e-9
    assert found.excess == pytest.approx(found.part - found.usual * found.whole)


def false(spread: float, rounds: int = 150) -> int:
    """How many of so many unchanged series are called odd at one in twenty; weeks differ by `spread` in log-odds."""
    rng, called = np.random.default_rng(5), 0
    for _ in range(rounds):
        weeks = np.repeat(rng.normal(-2.0, spread, 26), 7)
        whole = rng.poisson(40, 182).astype(float)
        part = rng.binomial(whole.astype(int), 1 / (1 + np.exp(-weeks))).astype(float)
        found = oddest(part, whole, 91)
        called += found is not None and found.log_chance < log(0.05)
    return called


def test_chance_is_called_chance() -> None:
    assert false(0.0) <= 13  # one in twenty of 150 and what chance adds, 95 %
    assert false(0.3) <= 13  # weeks that differ more than coins do are no story either


def test_what_was_planted_is_found_to_the_day() -> None:
    rng = np.random.default_rng(3)
    whole = np.full(182, 60.0)
    part = rng.binomial(60, 0.03, 182).astype(float)
    part[120:131] = rng.binomial(60, 0.5, 11)
    found = oddest(part, whole, 91)
    assert found is not None and (found.begin, found.end) == (120, 131)
    assert found.log_chance < log(1e-9)


def test_a_fall_is_below_nought_and_a_rate_may_pass_one() -> None:
    whole = np.full(100, 10.0)
    part = np.full(100, 15.0)
    part[60:80] = 0.0
    found = oddest(part, whole, 50)
    assert found is not None and found.score < -5 and (found.begin, found.end) == (60, 80)


def test_nothing_to_look_at_is_no_stretch() -> None:
    assert oddest(np.zeros(50), np.full(50, 9.0), 20) is None
    assert oddest(np.ones(50), np.full(50, 9.0), 48) is None
